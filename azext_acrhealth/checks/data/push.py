# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start an upload as a push does, and cancel it before it creates anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.connectivity import error_responses
from azext_acrhealth.catalogue.data import push as problems
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.registry_token import with_scope_map
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import (
    NO_MESSAGE,
    error_message,
    facts_of,
    refusal,
)
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import (
    abac_placeholders,
    grant_placeholders,
    roles_for,
)
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import CANCEL
from azext_acrhealth.probes.http.response import registry_error
from azext_acrhealth.probes.registry.upload import CONTENT, REFUSED, Step

_NO_RESPONSE: Mapping[str, Problem] = {
    'Timeout': problems.TIMEOUT,
    'Cut': problems.CUT,
    'Reset': problems.RESET,
    'NotHttp': problems.NOT_HTTP,
}
_REMAINS = {True: 'remains', None: 'may remain'}
_STEP_NAMES = {'begin': 'starting an upload', 'append': 'uploading data'}


@check(
    'push',
    'Push',
    'data',
    needs=(login_server, challenge, access_token),
    grace=CANCEL + 1,
    skip_reason=lambda options: None if options.push else "--push wasn't specified",
    verifies='With --push, an upload to the repository can be started and written to; it is '
    'canceled at once.',
    problems=(
        problems.UNAUTHORIZED,
        problems.DENIED,
        problems.BLOCKED_BY_INTERMEDIARY,
        problems.NAME_INVALID,
        problems.QUOTA,
        problems.READ_ONLY,
        problems.SESSION_LOST,
        problems.UNUSABLE_LOCATION,
        problems.SERVER_ERROR,
        problems.UNEXPECTED_STATUS,
        problems.TIMEOUT,
        problems.CUT,
        problems.RESET,
        problems.NOT_HTTP,
        problems.CANCEL_REFUSED,
        problems.UPLOAD_REMAINS,
        *error_responses.PROBLEMS,
    ),
)
def push(
    ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint, access: Access
) -> Outcome:
    repository = access.repository
    placeholders = {
        'host': login.host,
        **abac_placeholders(login),
        **grant_placeholders(login, access.account, ['push'], repository, access.actions),
    }
    upload = token_endpoint.client(ctx.probes, access.token).upload(repository)
    steps = [upload.begin()]
    failure = _step_failure(steps[0], login, placeholders, repository)
    if not failure:
        steps.append(upload.append())
        failure = _step_failure(steps[1], login, placeholders, repository)
    steps += upload.cancel(ctx.deadline + CANCEL)
    facts: dict[str, Any] = {
        'repository': repository,
        'remains': upload.remains,
        'requests': [{'step': step.kind, **facts_of(step.response)} for step in steps],
    }
    if failure:
        session = ''
        if upload.remains is not False:
            session = f'; an upload session {_REMAINS[upload.remains]}'
        failure = replace(
            failure, detail=failure.detail + session, facts={**failure.facts, **facts}
        )
        return with_scope_map(ctx, login, access.account, failure)
    if upload.remains is not False:
        remains = _session_remains(steps, login, access, placeholders, facts)
        return with_scope_map(ctx, login, access.account, remains)
    return passed(
        f'uploaded {len(CONTENT)} bytes to {repository} and canceled the upload; nothing remains',
        **facts,
    )


def _step_failure(
    step: Step, login: LoginServer, placeholders: Mapping[str, str], repository: str
) -> Outcome | None:
    """Judge a step that every push takes, None if it succeeded."""
    response, what = step.response, f'{_STEP_NAMES[step.kind]} to {repository}'
    facts = facts_of(response)
    if response.failure:
        problem = _NO_RESPONSE.get(response.failure.kind, problems.CUT)
        return failed(
            problem, f'{what} failed: {response.failure.text}', placeholders=placeholders, **facts
        )
    status, error = response.status or 0, registry_error(response)
    message = f'{error.code} {error.message}'.lower() if error else ''
    is_quota = 'quota' in message or 'storage limit' in message
    if status == 202:
        return (
            failed(
                problems.UNUSABLE_LOCATION,
                f'unusable Location when {what}: {step.redirect_error}',
                placeholders=placeholders,
                **facts,
            )
            if step.redirect_error
            else None
        )
    if error and status in (400, 403, 413, 507) and is_quota:
        return failed(
            problems.QUOTA,
            f'quota exceeded when {what} ({status}): {error_message(response)}',
            placeholders=placeholders,
            **facts,
        )
    denied = refusal(
        response,
        own=problems.DENIED,
        foreign=problems.BLOCKED_BY_INTERMEDIARY,
        placeholders=placeholders,
        login=login,
    )
    if denied:
        return denied
    if error and status in (400, 404) and error.code.upper() in ('NAME_INVALID', 'NAME_UNKNOWN'):
        problem = problems.NAME_INVALID
    elif status == 401:
        problem = problems.UNAUTHORIZED
    elif status == 405:
        problem = problems.READ_ONLY
    elif step.kind == 'append' and status in (404, 416):
        problem = problems.SESSION_LOST
    else:
        problem = problems.SERVER_ERROR if status >= 500 else problems.UNEXPECTED_STATUS
    return failed(
        problem,
        f'{status} when {what}: {error_message(response) or NO_MESSAGE}',
        placeholders=placeholders,
        **facts,
    )


def _session_remains(
    steps: list[Step],
    login: LoginServer,
    access: Access,
    placeholders: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome:
    """Judge an upload that succeeded, but whose session was not seen to end."""
    cancel = next((step.response for step in steps if step.kind == 'cancel'), None)
    if cancel and cancel.status in REFUSED:
        roles = roles_for(['delete'], login)
        return warned(
            problems.CANCEL_REFUSED,
            f'uploads work, but canceling was denied ({cancel.status}): an upload session remains '
            f'in {access.repository}',
            True,
            {
                **placeholders,
                **grant_placeholders(
                    login, access.account, ['delete'], access.repository, access.actions
                ),
            },
            **facts,
            roles=roles,
        )
    if cancel is None:
        result = 'not attempted'
    else:
        result = cancel.failure.text if cancel.failure else f'returned {cancel.status}'
    effect = "didn't end the upload" if facts['remains'] else "couldn't be verified"
    return warned(
        problems.UPLOAD_REMAINS,
        f'uploads work, but canceling ({result}) {effect}: an upload session '
        f'{_REMAINS[facts["remains"]]} in {access.repository}',
        True,
        placeholders,
        **facts,
    )
