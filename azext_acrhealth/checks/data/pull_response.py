# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge responses to a pull that hold no content, from the registry or from a storage host."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.data import blob as blob_problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.catalogue.data import upstream
from azext_acrhealth.catalogue.registry import encryption
from azext_acrhealth.checks.authentication.scope import Access, includes
from azext_acrhealth.checks.connectivity.error_responses import (
    NO_MESSAGE,
    Endpoint,
    error_message,
    facts_of,
    judge_error,
    retry_note,
)
from azext_acrhealth.checks.data.locks import QUARANTINE_TEXTS, has_quarantine, read_locks
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.protocols import RegistryApi

_NO_RESPONSE: Mapping[str, Problem] = {
    'Timeout': pull_problems.TIMEOUT,
    'Cut': pull_problems.CUT,
    'Reset': pull_problems.RESET,
    'NotHttp': pull_problems.NOT_HTTP,
}
# The redirects that clients follow (Go, net/http, client.go); for any other status they fail.
_FOLLOWED = (301, 302, 303, 307, 308)
# Azure Storage returns errors as XML with a code in one word.
_STORAGE_CODE = lazy_pattern(r'<Code>\s*([A-Za-z]{1,64})\s*</Code>')
_STALE = lazy_pattern(r'time frame|expir|not valid in the specified', re.IGNORECASE)


class PullRequest(NamedTuple):
    """Who pulls what, for what is read after a failure. `client` has the access token."""

    client: RegistryApi
    image: Image
    access: Access


_ENDPOINT_PROBLEMS: Mapping[str, Problem] = {
    'quarantined': pull_problems.QUARANTINED,
    'disallowed': pull_problems.DISALLOWED,
    'unauthorized': pull_problems.UNAUTHORIZED,
    'denied': pull_problems.DENIED,
    'source failed': upstream.SOURCE_FAILED,
    'source unauthorized': upstream.SOURCE_UNAUTHORIZED,
    'unknown': pull_problems.UNKNOWN_CODE,
    'large': pull_problems.TOO_LARGE,
    'foreign': pull_problems.BLOCKED_BY_INTERMEDIARY,
}


def is_redirect(response: Response) -> bool:
    """Return whether clients follow the response to another URL."""
    return response.status in _FOLLOWED and bool(response.header('Location'))


def content_failure(
    response: Response,
    what: str,
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
    request: PullRequest | None = None,
    accepted: Collection[int] = (200,),
    follows_redirects: bool = True,
) -> Outcome | None:
    """Judge the registry's response to a request for `what`.

    None if it has one of the statuses `accepted`, or is a redirect and `follows_redirects`. With
    `request`, locks are read after a denial, and a permission that the token grants isn't reported
    as missing.
    """
    facts = {**facts, **facts_of(response)}
    if response.failure:
        return _transfer_failure(response, what, placeholders, facts)
    summaries = {
        'quarantined': f'{what} is quarantined',
        'unauthorized': f'no permission to read {what}',
    }
    endpoint = Endpoint(_ENDPOINT_PROBLEMS, summaries, f' for {what}')
    judged = judge_error(response, endpoint, login, placeholders)
    status = response.status or 0
    if judged is None and status == 401:
        judged = failed(
            pull_problems.UNAUTHORIZED,
            f'no permission to read {what} ({status}): {error_message(response) or NO_MESSAGE}',
            placeholders=placeholders,
        )
    if judged:
        judged = judged._replace(facts={**facts, **judged.facts})
        return _explain(judged, what, login, request) if request else judged
    if status in accepted or (follows_redirects and is_redirect(response)):
        return None
    problem = pull_problems.SERVER_ERROR if status >= 500 else pull_problems.UNEXPECTED_STATUS
    return failed(
        problem,
        f'{status} for {what}{retry_note(response)}: {error_message(response) or NO_MESSAGE}',
        placeholders=placeholders,
        **facts,
    )


def _explain(judged: Outcome, what: str, login: LoginServer, request: PullRequest) -> Outcome:
    """Explain a denial by what the token grants, by locks, and by quarantine."""
    if judged.problem is pull_problems.UNAUTHORIZED:
        if not includes(request.access.actions, 'pull'):
            return judged
        detail = judged.detail.removeprefix(f'no permission to read {what}')
        return judged._replace(
            problem=pull_problems.GRANT_REJECTED,
            detail=f'{what} is denied although the token grants pull{detail}',
        )
    if judged.problem not in (pull_problems.DISALLOWED, pull_problems.DENIED):
        return judged
    image = request.image
    locks = read_locks(request.client.attributes, image.repository, image, request.access.actions)
    lock, quarantine = locks.against('readEnabled'), has_quarantine(login)
    facts = {**judged.facts, **locks.facts, 'quarantinePolicy': quarantine}
    if lock:
        return judged._replace(
            problem=pull_problems.IMAGE_LOCKED if lock.image else pull_problems.REPOSITORY_LOCKED,
            detail=f'{lock.image or f"repository {image.repository}"} is locked against reads: '
            f'{judged.detail}',
            placeholders={**judged.placeholders, **({'image': lock.image} if lock.image else {})},
            facts=facts,
        )
    if judged.problem is pull_problems.DENIED:
        return judged._replace(facts=facts)
    if locks.quarantined or quarantine:
        return judged._replace(
            problem=pull_problems.QUARANTINED,
            detail=f'{what} is quarantined: {judged.detail}',
            facts=facts,
        )
    excluded = (
        f"locks couldn't be read ({locks.unread})" if locks.unread else 'not locked against reads',
        QUARANTINE_TEXTS[quarantine],
    )
    return judged._replace(detail=f'{judged.detail}; {", ".join(excluded)}', facts=facts)


def storage_failure(
    response: Response,
    host: str,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
    accepted: Collection[int] = (200,),
) -> Outcome | None:
    """Judge a storage host's response to a request for a blob.

    None if it has one of the statuses `accepted`, or is a redirect.
    """
    facts = {**facts, **facts_of(response), 'requestId': response.header('x-ms-request-id')}
    status = response.status or 0
    if response.failure:
        return _transfer_failure(response, f'layer from {host}', placeholders, facts)
    if status in accepted or is_redirect(response):
        return None
    match = _STORAGE_CODE.search(response.text(4096))
    code = match[1] if match else None
    facts['storageCode'] = code
    if code is None and status in (401, 403, 407):
        writer = response.header('Server') or response.header('Via') or 'an unidentified server'
        return failed(
            pull_problems.BLOCKED_BY_INTERMEDIARY,
            f'{host}: {status} from {writer}, not from Azure Storage',
            placeholders=placeholders,
            **facts,
        )
    detail = f'{host} returned {code or "an error"} ({status}){retry_note(response)}'
    if code == 'AuthenticationFailed' and _STALE.search(response.text(4096)):
        return failed(
            blob_problems.SIGNATURE_EXPIRED,
            f'{detail}: the signed URL has expired',
            placeholders=placeholders,
            **facts,
        )
    if code and code.startswith('KeyVault'):
        return failed(encryption.KEY_FORBIDDEN, detail, placeholders=placeholders, **facts)
    if status == 404:
        return failed(blob_problems.BLOB_MISSING, detail, placeholders=placeholders, **facts)
    if status == 429 or status >= 500:
        return failed(pull_problems.SERVER_ERROR, detail, placeholders=placeholders, **facts)
    return failed(
        blob_problems.STORAGE_DENIED if code else pull_problems.UNEXPECTED_STATUS,
        detail,
        placeholders=placeholders,
        **facts,
    )


def _transfer_failure(
    response: Response, what: str, placeholders: Mapping[str, str], facts: Mapping[str, Any]
) -> Outcome:
    """Judge a response that did not arrive, or not completely."""
    assert response.failure
    # A later request can open a second connection, which can fail in every way that the first can.
    problem = _NO_RESPONSE.get(response.failure.kind, pull_problems.CUT)
    return failed(problem, f'{what}: {response.failure.text}', placeholders=placeholders, **facts)
