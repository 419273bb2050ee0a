# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start an upload as a push does, and cancel it before it creates anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.data import push as problems
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.registry_token import with_scope_map
from azext_acrhealth.checks.authentication.scope import Access, includes
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint, challenge
from azext_acrhealth.checks.connectivity.error_responses import (
    NO_MESSAGE,
    Endpoint,
    error_message,
    facts_of,
    judge_error,
)
from azext_acrhealth.checks.connectivity.registry_errors import EVERYWHERE
from azext_acrhealth.checks.data.cached_repository import with_push_to_cache
from azext_acrhealth.checks.data.disallowed import explain_disallowed
from azext_acrhealth.checks.data.locks import Attributes, Locks, read_locks
from azext_acrhealth.checks.registry.cache_rules import cache_rules
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.roles import abac_placeholders, grant_placeholders, roles_for
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import CANCEL
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response, registry_error
from azext_acrhealth.probes.registry.upload import CONTENT, REFUSED, Step

_PROBLEMS: Mapping[str, Problem] = {
    'unauthorized': problems.UNAUTHORIZED,
    'denied': problems.DENIED,
    'disallowed': problems.DISALLOWED,
    'quarantined': problems.QUARANTINED,
    'quota': problems.QUOTA,
    'large': problems.TOO_LARGE,
    'length': problems.LENGTH_CHANGED,
    'name': problems.NAME_INVALID,
    'session': problems.SESSION_LOST,
    'unsupported': problems.READ_ONLY,
    'unknown': problems.UNKNOWN_CODE,
    'foreign': problems.BLOCKED_BY_INTERMEDIARY,
}
# A cancel is a request of its own: what refuses it says nothing about pushes.
_CANCEL = Endpoint(
    {
        'unauthorized': problems.CANCEL_REFUSED,
        'denied': problems.CANCEL_REFUSED,
        'unsupported': problems.CANCEL_REFUSED,
        'foreign': problems.CANCEL_REFUSED,
        'large': problems.UPLOAD_REMAINS,
        'unknown': problems.UPLOAD_REMAINS,
    }
)
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
    after=(cache_rules,),
    grace=CANCEL + 1,
    skip_reason=lambda options: None if options.push else "--push wasn't specified",
    verifies='With --push, an upload to the repository can be started and written to, and no lock '
    'that the token can read forbids the push; the upload is canceled at once.',
    problems=(*problems.PROBLEMS, *EVERYWHERE),
)
@with_push_to_cache
def push(
    ctx: Context, login: LoginServer, token_endpoint: TokenEndpoint, access: Access
) -> Outcome:
    repository, size = access.repository, ctx.options.push_size
    placeholders = {
        'host': login.host,
        'image': f'{repository}:TAG',
        **abac_placeholders(login),
        **grant_placeholders(login, access.account, ['push'], repository, access.actions),
    }
    client = token_endpoint.client(ctx.probes, access.token)
    upload = client.upload(repository)
    steps = [upload.begin()]
    failure = _step_failure(steps[0], login, placeholders, access)
    if not failure:
        steps.append(upload.append(size))
        failure = _step_failure(steps[1], login, placeholders, access, size)
    steps += upload.cancel(ctx.deadline + CANCEL)
    facts: dict[str, Any] = {
        'repository': repository,
        'size': len(CONTENT) if size is None else size,
        'remains': upload.remains,
        'requests': [{'step': step.kind, **facts_of(step.response)} for step in steps],
    }
    if failure and failure.problem not in (problems.DISALLOWED, problems.DENIED):
        return _failed_upload(failure, upload.remains, facts)
    locks = read_locks(client.attributes, repository, ctx.options.image, access.actions)
    facts.update(locks.facts)
    lock = locks.against('writeEnabled')
    if lock:
        return _failed_upload(
            _locked(lock, repository, failure, placeholders), upload.remains, facts
        )
    if failure:
        if failure.problem is problems.DISALLOWED:
            failure = explain_disallowed(ctx, login, locks, failure)
        failure = _failed_upload(failure, upload.remains, facts)
        return with_scope_map(ctx, login, access.account, failure)
    if upload.remains is not False:
        remains = _session_remains(steps, login, access, placeholders, facts)
        return with_scope_map(ctx, login, access.account, remains)
    return passed(
        f'uploaded {_format_size(facts["size"])} to {repository} and canceled the upload; nothing '
        f'remains; {_describe_locks(locks, ctx.options.image is not None)}'
        f'{"" if size else "; large layers not tested (see --push-size)"}',
        **facts,
    )


def _failed_upload(failure: Outcome, remains: bool | None, facts: dict[str, Any]) -> Outcome:
    session = ''
    if remains is not False:
        session = f'; an upload session {_REMAINS[remains]}'
    return failure._replace(detail=failure.detail + session, facts={**failure.facts, **facts})


def _locked(
    lock: Attributes, repository: str, failure: Outcome | None, placeholders: Mapping[str, str]
) -> Outcome:
    """Return the outcome for a lock, whether the upload was rejected or not."""
    name = lock.image or f'repository {repository}'
    rest = failure.detail if failure else 'a push fails at its end, although uploads can be started'
    return failed(
        problems.IMAGE_LOCKED if lock.image else problems.REPOSITORY_LOCKED,
        f'{name} is locked against writes; {rest}',
        placeholders={**placeholders, **({'image': lock.image} if lock.image else {})},
        **(failure.facts if failure else {}),
    )


def _describe_locks(locks: Locks, with_image: bool) -> str:
    if locks.unread:
        return f"locks couldn't be read ({locks.unread})"
    return 'no write lock' if with_image else 'no write lock on the repository; tags not checked'


def _format_size(size: int) -> str:
    for factor, unit in ((2**30, 'GiB'), (2**20, 'MiB'), (2**10, 'KiB')):
        if size >= factor:
            return f'{size / factor:g} {unit}'
    return f'{size} bytes'


def _step_failure(
    step: Step,
    login: LoginServer,
    placeholders: Mapping[str, str],
    access: Access,
    size: int | None = None,
) -> Outcome | None:
    """Judge a step that every push takes, None if it succeeded."""
    response, what = step.response, f'{_STEP_NAMES[step.kind]} to {access.repository}'
    facts = facts_of(response)
    if response.failure:
        return _no_response(response.failure, what, placeholders, facts, size)
    status = response.status or 0
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
    # The registry had just begun the session, at this offset.
    is_lost = step.kind == 'append' and status in (404, 416)
    endpoint = Endpoint(_PROBLEMS, {'quota': f'quota exceeded when {what}'}, f' when {what}')
    judged = judge_error(response, endpoint, login, placeholders)
    if judged:
        if judged.problem is problems.UNAUTHORIZED and includes(access.actions, 'push'):
            detail = f'denied although the token grants push: {judged.detail}'
            return judged._replace(problem=problems.GRANT_REJECTED, detail=detail)
        if judged.problem is problems.UNKNOWN_CODE and is_lost:
            return judged._replace(problem=problems.SESSION_LOST)
        return judged
    if status == 401:
        problem = problems.UNAUTHORIZED
    elif status == 405:
        problem = problems.BLOCKED_BY_INTERMEDIARY
    elif is_lost:
        problem = problems.SESSION_LOST
    else:
        problem = problems.SERVER_ERROR if status >= 500 else problems.UNEXPECTED_STATUS
    writer = f' from {response.writer}' if response.writer else ''
    return failed(
        problem,
        f'{status} when {what}{writer}: {error_message(response) or NO_MESSAGE}',
        placeholders=placeholders,
        **facts,
    )


def _no_response(
    failure: Failure[Any],
    what: str,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
    size: int | None,
) -> Outcome:
    if size is not None and failure.kind == 'Timeout':
        # The run's own limit ended it, which says nothing about the registry.
        return warned(
            problems.SIZE_UNVERIFIED,
            f"{_format_size(size)} couldn't be uploaded in time: {failure.text}",
            placeholders=placeholders,
            **facts,
        )
    problem = _NO_RESPONSE.get(failure.kind, problems.CUT)
    return failed(problem, f'{what} failed: {failure.text}', placeholders=placeholders, **facts)


def _session_remains(
    steps: list[Step],
    login: LoginServer,
    access: Access,
    placeholders: Mapping[str, str],
    facts: dict[str, Any],
) -> Outcome:
    """Judge an upload that succeeded, but whose session was not seen to end."""
    cancel = next((step.response for step in steps if step.kind == 'cancel'), None)
    judged = judge_error(cancel, _CANCEL, login, placeholders) if cancel else None
    remaining = f'an upload session {_REMAINS[facts["remains"]]} in {access.repository}'
    if judged and judged.problem in EVERYWHERE:
        # What is wrong with the registry or on the way is worth more than the session.
        return warned(
            judged.problem,
            f'uploads work, but canceling failed: {judged.detail}; {remaining}',
            True,
            judged.placeholders,
            **{**judged.facts, **facts},
        )
    granted = includes(access.actions, 'delete')
    denied = judged.problem is problems.CANCEL_REFUSED if judged else _is_refused(cancel)
    if cancel and denied and not granted:
        roles = roles_for(['delete'], login)
        return warned(
            problems.CANCEL_REFUSED,
            f'uploads work, but canceling was denied ({cancel.status}): {remaining}',
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
    effect = "didn't end the upload" if facts['remains'] else "couldn't be verified"
    return warned(
        problems.UPLOAD_REMAINS,
        f'uploads work, but canceling ({_describe_cancel(cancel)}) {effect}: {remaining}',
        True,
        placeholders,
        **facts,
    )


def _is_refused(cancel: Response | None) -> bool:
    return cancel is not None and cancel.status in REFUSED and not registry_error(cancel)


def _describe_cancel(cancel: Response | None) -> str:
    if cancel is None:
        return 'not attempted'
    if cancel.failure:
        return cancel.failure.text
    message = error_message(cancel) if (cancel.status or 0) >= 400 else ''
    return f'returned {cancel.status}{f": {message}" if message else ""}'
