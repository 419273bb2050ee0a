# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a command in a cluster through Azure Resource Manager (managedClusters/runCommand).

Azure starts a pod for it, and keeps the command's exit code and its output. Sources: the REST
reference and the SDK's recordings of api-version 2025-05-01; issues of azure-cli for the errors.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from azext_acrhealth.grammar import CLUSTER_ID
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.arm_response import (
    SHAPE_ERRORS,
    ArmError,
    failure_of,
    support_facts,
)
from azext_acrhealth.probes.azure.arm_session import ArmSession
from azext_acrhealth.probes.azure.bounded_adapter import origin
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.json_access import object_of, properties_of, text_of
from azext_acrhealth.redaction import redact_values, sanitize

CommandKind = Literal[
    'NotSignedIn',
    'NoClusterToken',  # for the API server, which an Entra-integrated cluster requires
    'TooLate',  # too little time was left to begin
    'RunForbidden',
    'ResultForbidden',  # the command has run, but its result can't be read
    'NotRegistered',  # the subscription, for the resource provider
    'Disabled',
    'Blocked',  # by a policy of the cluster
    'NotStarted',  # the pod of the command: no node has room, or its image can't be pulled
    'Conflict',  # the cluster is changing, or stopped
    'Throttled',
    'NoResult',  # no URL of Azure Resource Manager to read the result from, or nothing there
    'Unfinished',
    'Failed',  # the command itself
    'Cut',  # its output
    'Unavailable',
]

# The application of the API servers of Entra-integrated clusters, with the same ID in all clouds.
CLUSTER_AUDIENCE = '6dae42f8-4368-4678-94ff-3960e28e3630'
_API = '2025-05-01'
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 5.0
_RESULT = lazy_pattern(r'/commandResults/([0-9A-Za-z-]{1,64})/?(?:\?|$)', re.IGNORECASE)
_KINDS: Mapping[int, CommandKind] = {
    401: 'NotSignedIn',
    403: 'RunForbidden',
    409: 'Conflict',
    429: 'Throttled',
}
# By the code, or by words of the message. The first that matches decides.
_REFUSALS: tuple[tuple[CommandKind, str], ...] = (
    ('NotRegistered', r'\(MissingSubscriptionRegistration\)'),
    ('Disabled', r'(?i)run ?command[^.]{0,60} disabled|disableRunCommand'),
    ('Blocked', r'BlockedByAzurePolicy|admission webhook "[^"]*" denied the request'),
    ('NotStarted', r'\(Kubernetes(?:Performance|Operation)Error\)|did not start within'),
    ('NotStarted', r'^\(NotFound\)'),  # no node that fits: a missing cluster is ResourceNotFound
    ('Conflict', r'\(OperationNotAllowed\)'),
)


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: its exit code and its output, or why there is none.

    `may_run` is whether it may have been started, or still run. `facts` are what Microsoft support
    asks for, and the command's ID.
    """

    logs: str = field(default='', repr=False)
    exit_code: int | None = None
    failure: Failure[CommandKind] | None = None
    may_run: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


class RunCommand:
    """A command of a cluster; `interrupted` ends the wait for its result.

    The token for the cluster is sent only to Azure Resource Manager, which requires it in the body.
    """

    def __init__(
        self,
        client: ArmClient,
        cluster_id: str,
        cluster_token: str | None,
        interrupted: threading.Event,
    ) -> None:
        match = CLUSTER_ID.fullmatch(cluster_id)
        if not match:
            raise ValueError(f"{cluster_id!r} isn't the resource ID of a cluster")
        self._client, self._cluster_id = client, cluster_id
        self._subscription, self._interrupted = match['subscription'], interrupted
        self._cluster_token, self._token = cluster_token, Token()
        self._url, self._facts = '', dict[str, Any]()
        self._is_sent = True  # whether the last request can have arrived without a response

    def run(self, line: str, files: str, deadline: float) -> CommandResult:
        """Run a command line with files, a base64 zip archive; never raises."""
        token = self._client.token(deadline, self._subscription)
        if token.failure:
            return CommandResult(failure=Failure('NotSignedIn', token.failure.text))
        self._token = token
        body = {'command': line, 'context': files}
        if self._cluster_token:
            body['clusterToken'] = self._cluster_token
        response = self._request('POST', 'runCommand', deadline, deadlines.RUN_COMMAND, body)
        if isinstance(response, Failure):
            return self._failed(response, self._is_sent)
        status = response.status or 0
        if status == 200:
            return self._ended(response) or self._failed(_NO_RESULT, may_run=True)
        if status != 202:
            # What failed on the way back has started the command.
            return self._failed(_refusal(response), may_run=status >= 500)
        location = response.header('Location') or ''
        match = _RESULT.search(location)
        # The token goes to no other host.
        if not match or origin(urljoin(self._url, location)) != origin(self._url):
            return self._failed(_NO_RESULT, may_run=True)
        self._facts['commandId'] = match[1]
        return self._wait(f'commandResults/{match[1]}', deadline)

    def _wait(self, path: str, deadline: float) -> CommandResult:
        """Wait for the result. What fails on the way can pass."""
        pause, text = _FIRST_PAUSE, ''
        while not self._interrupted.wait(pause) and time.monotonic() < deadline:
            response = self._request('GET', path, deadline, deadlines.ARM)
            pause = _next_pause(pause, response, deadline)
            if isinstance(response, Failure):
                text = f'; {response.text}'
                continue
            status = response.status or 0
            if status == 200 and (result := self._ended(response)):
                return result
            if status == 429 or status >= 500:
                text = f'; {_refusal(response).text}'
            elif status >= 300:
                return self._unreadable(response)
        failure: Failure[CommandKind] = Failure(
            'Unfinished', f"Azure Resource Manager didn't return the result in time{text}"
        )
        return self._failed(failure, may_run=True)

    def _unreadable(self, response: Response) -> CommandResult:
        failure = _refusal(response)
        kind: CommandKind = 'ResultForbidden' if failure.kind == 'RunForbidden' else 'NoResult'
        return self._failed(Failure(kind, failure.text), may_run=True)

    def _ended(self, response: Response) -> CommandResult | None:
        """Return the result that a response has; None while the command runs."""
        properties = properties_of(response.json())
        state = (text_of(properties.get('provisioningState')) or '').lower()
        if state in ('failed', 'canceled'):
            reason = text_of(properties.get('reason')) or state
            text = f'the pod of the command failed: {sanitize(response.redact(reason), 200)}'
            started = 'imagepull' not in reason.lower()
            return self._failed(Failure('Failed' if started else 'NotStarted', text), started)
        if state != 'succeeded':
            return None
        code = properties.get('exitCode')
        logs = text_of(properties.get('logs')) or ''
        return CommandResult(
            redact_values(logs, [secret for secret in self._secrets() if secret]),
            code if isinstance(code, int) else None,
            may_run=True,
            facts=self._facts,
        )

    def _failed(self, failure: Failure[CommandKind], may_run: bool = False) -> CommandResult:
        return CommandResult(failure=failure, may_run=may_run, facts=self._facts)

    def _secrets(self) -> tuple[str, ...]:
        return self._token.value, self._cluster_token or ''

    def _request(
        self,
        method: str,
        path: str,
        deadline: float,
        limit: float,
        body: Mapping[str, str] | None = None,
    ) -> Response | Failure[CommandKind]:
        from knack.util import CLIError

        seconds = deadlines.left(deadline, limit)
        session = ArmSession(self._client, self._token, time.monotonic() + seconds)
        try:
            self._url = session.url(f'{self._cluster_id}/{path}?api-version={_API}')
            # A GET changes nothing.
            response = session.send(method, self._url, body, resend=method == 'GET')
        except (CLIError, *SHAPE_ERRORS) as error:
            self._is_sent = False
            return Failure('Unavailable', failure_of(error, None).text)
        response = response.without(*self._secrets())
        if response.failure:
            self._is_sent = bool(response.at)
            text = failure_of(ArmError(), response, session.seconds).text
            return Failure('Unavailable', response.redact(text))
        found = support_facts(response)
        self._facts |= {'correlationId': found.pop('correlation_id'), **found}
        return response


_NO_RESULT: Failure[CommandKind] = Failure(
    'NoResult', 'Azure Resource Manager returned no URL of its own for the result'
)


def _next_pause(last: float, response: Response | Failure[CommandKind], deadline: float) -> float:
    """Return the seconds until the next request: as asked for, but not past the deadline."""
    retry_after = None if isinstance(response, Failure) else response.retry_after
    pause = min(2 * last, _LONGEST_PAUSE) if retry_after is None else float(retry_after)
    # The last request is sent before the deadline, even if the server asks for a longer pause.
    latest = deadline - time.monotonic() - _FIRST_PAUSE
    return max(_FIRST_PAUSE, min(pause, latest))


def _refusal(response: Response) -> Failure[CommandKind]:
    """Return the failure of a response that is no success."""
    content = object_of(response.json())
    error = object_of(content.get('error')) or content
    code, message = (text_of(error.get(name)) or '' for name in ('code', 'message'))
    if not code:  # not written by Azure Resource Manager, or by a failing part of it
        text = failure_of(ValueError(), response).text
        return Failure('Throttled' if response.status == 429 else 'Unavailable', text)
    text = response.redact(f'({code}) {message}')
    kind = next((kind for kind, pattern in _REFUSALS if re.search(pattern, text)), None)
    kind = kind or _KINDS.get(response.status or 0, 'Unavailable')
    retry = f', retry after {response.retry_after} s' if response.retry_after is not None else ''
    return Failure(kind, sanitize(text, 2000) + retry)
