# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge responses to a pull that hold no content, from the registry or from a storage host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.data import blob as blob_problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.connectivity.error_responses import (
    NO_MESSAGE,
    error_message,
    facts_of,
    refusal,
    retry_note,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.http.response import Response, registry_error

_NO_RESPONSE: Mapping[str, Problem] = {
    'Timeout': pull_problems.TIMEOUT,
    'Cut': pull_problems.CUT,
    'Reset': pull_problems.RESET,
    'NotHttp': pull_problems.NOT_HTTP,
}
# Azure Storage returns errors as XML with a code in one word.
_STORAGE_CODE = re.compile(r'<Code>\s*([A-Za-z]{1,64})\s*</Code>')
_STALE = re.compile(r'time frame|expir|not valid in the specified', re.IGNORECASE)


def content_failure(
    response: Response,
    what: str,
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome | None:
    """Judge the registry's response to a request for `what`.

    None if it holds the content, or is a redirect.
    """
    facts = {**facts, **facts_of(response)}
    if response.failure:
        return _transfer_failure(response, what, placeholders, facts)
    status, error = response.status or 0, registry_error(response)
    if status in (401, 403) and error and 'quarantine' in f'{error.code} {error.message}'.lower():
        return failed(
            pull_problems.QUARANTINED,
            f'{what} is quarantined ({status}): {error_message(response)}',
            placeholders=placeholders,
            **facts,
        )
    denied = refusal(
        response,
        own=pull_problems.DENIED,
        foreign=pull_problems.BLOCKED_BY_INTERMEDIARY,
        placeholders=placeholders,
        login=login,
    )
    if denied:
        return replace(denied, facts={**facts, **denied.facts})
    if status in (200, 206) or (status // 100 == 3 and response.header('Location')):
        return None
    if status == 401:
        return failed(
            pull_problems.UNAUTHORIZED,
            f'no permission to read {what} ({status}): {error_message(response) or NO_MESSAGE}',
            placeholders=placeholders,
            **facts,
        )
    problem = pull_problems.SERVER_ERROR if status >= 500 else pull_problems.UNEXPECTED_STATUS
    return failed(
        problem,
        f'{status} for {what}{retry_note(response)}: {error_message(response) or NO_MESSAGE}',
        placeholders=placeholders,
        **facts,
    )


def storage_failure(
    response: Response, host: str, placeholders: Mapping[str, str], facts: Mapping[str, Any]
) -> Outcome | None:
    """Judge a storage host's response to a request for a blob.

    None if it holds the content, or is a redirect.
    """
    facts = {**facts, **facts_of(response), 'requestId': response.header('x-ms-request-id')}
    status = response.status or 0
    if response.failure:
        return _transfer_failure(response, f'layer from {host}', placeholders, facts)
    if status in (200, 206) or (status // 100 == 3 and response.header('Location')):
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
