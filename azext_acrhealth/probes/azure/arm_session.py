# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The requests of a question to Azure Resource Manager, within one time limit."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from knack.log import get_logger

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.response import Response

logger = get_logger(__name__)


class _Redacted(NamedTuple):
    """A text that is redacted where a log shows it: that takes longer than all else of a request.

    The CLI's loggers pass everything on to handlers, which show it with --debug only.
    """

    text: str
    redact: Callable[[str], str]

    def __str__(self) -> str:
        return self.redact(self.text)


class ArmSession:
    """Sends requests with a token until an instant of `time.monotonic()`.

    `last` is the last response, None before.
    """

    def __init__(self, client: ArmClient, token: Token, until: float) -> None:
        self._client, self._token, self._until = client, token.value, until
        self._since = time.monotonic()
        self.last: Response | None = None

    @property
    def seconds(self) -> float:
        """Return the seconds since the session began."""
        return time.monotonic() - self._since

    def url(self, path: str) -> str:
        """Return the URL of a path in this cloud. Raises CLIError if that has no endpoint."""
        return self._client.url(path)

    def send(self, method: str, url: str, body: Any = None, resend: bool = True) -> Response:
        """Return the response to a request, whose body is JSON, with the token redacted.

        With `resend=False`, the request is never sent a second time. Raises CLIError for a URL
        without https.
        """
        self.last = None
        headers = {
            'x-ms-client-request-id': str(uuid.uuid4()),
            'Authorization': f'Bearer {self._token}',
            **({} if body is None else {'Content-Type': 'application/json'}),
        }
        content = None if body is None else json.dumps(body).encode()
        response = self._client.transport().send(
            method, url, headers, content, until=self._until, resend=resend
        )
        self.last = response.without(self._token)
        outcome = self.last.failure.text if self.last.failure else self.last.status
        logger.debug('%s %s: %s', method, _Redacted(url, self.last.redact), outcome)
        return self.last
