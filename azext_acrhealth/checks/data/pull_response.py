# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What an answer to a pull that holds no content means: the registry's, or that of the host which keeps a blob."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.data import blob as blob_problems
from azext_acrhealth.catalogue.data import pull as pull_problems
from azext_acrhealth.checks.connectivity.error_responses import (
    UNSAID,
    again,
    facts_of,
    refusal,
    said,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.http.response import Answer, registry_error

_NO_ANSWER: Mapping[str, Problem] = {
    'Timeout': pull_problems.TIMEOUT,
    'Cut': pull_problems.CUT,
    'Reset': pull_problems.RESET,
    'NotHttp': pull_problems.NOT_HTTP,
}
# What a storage account answers in XML: its code is a word.
_CODE = re.compile(r'<Code>\s*([A-Za-z]{1,64})\s*</Code>')
_STALE = re.compile(r'time frame|expir|not valid in the specified', re.IGNORECASE)


def without_content(
    answer: Answer, what: str, login: LoginServer, fill: Mapping[str, str], facts: Mapping[str, Any]
) -> Outcome | None:
    """Judge the registry's answer to a request for `what`.

    None where it gave it, or sends us on.
    """
    facts = {**facts, **facts_of(answer)}
    if answer.trouble:
        return _broken(answer, what, fill, facts)
    status, error = answer.status or 0, registry_error(answer)
    if status in (401, 403) and error and 'quarantine' in f'{error.code} {error.message}'.lower():
        return failed(
            pull_problems.QUARANTINED,
            f'{what} is in quarantine ({status}): {said(answer)}',
            fill=fill,
            **facts,
        )
    denied = refusal(
        answer,
        own=pull_problems.DENIED,
        foreign=pull_problems.DENIED_ON_THE_WAY,
        fill=fill,
        login=login,
    )
    if denied:
        return replace(denied, facts={**facts, **denied.facts})
    if status in (200, 206) or (status // 100 == 3 and answer.header('Location')):
        return None
    if status == 401:
        return failed(
            pull_problems.NO_RIGHTS,
            f'no right to read {what} ({status}): {said(answer) or UNSAID}',
            fill=fill,
            **facts,
        )
    problem = pull_problems.SERVER_ERROR if status >= 500 else pull_problems.UNEXPECTED_STATUS
    return failed(
        problem,
        f'{status} came for {what}{again(answer)}: {said(answer) or UNSAID}',
        fill=fill,
        **facts,
    )


def not_from_storage(
    answer: Answer, host: str, fill: Mapping[str, str], facts: Mapping[str, Any]
) -> Outcome | None:
    """Judge the answer of the host that keeps a blob.

    None where it gave content, or sends us on again.
    """
    facts = {**facts, **facts_of(answer), 'requestId': answer.header('x-ms-request-id')}
    status = answer.status or 0
    if answer.trouble:
        return _broken(answer, f'a layer from {host}', fill, facts)
    if status in (200, 206) or (status // 100 == 3 and answer.header('Location')):
        return None
    found = _CODE.search(answer.text(4096))
    code = found[1] if found else None
    facts['storageCode'] = code
    if code is None and status in (401, 403, 407):
        writer = answer.header('Server') or answer.header('Via') or 'a server without a name'
        return failed(
            pull_problems.DENIED_ON_THE_WAY,
            f'{host}: {status} from {writer}, not from storage',
            fill=fill,
            **facts,
        )
    detail = f'{host} answered {code or "with an error"} ({status}){again(answer)}'
    if code == 'AuthenticationFailed' and _STALE.search(answer.text(4096)):
        return failed(
            blob_problems.SIGNATURE_EXPIRED,
            f'{detail}: the signed address is out of date',
            fill=fill,
            **facts,
        )
    if status == 404:
        return failed(blob_problems.BLOB_MISSING, detail, fill=fill, **facts)
    if status == 429 or status >= 500:
        return failed(pull_problems.SERVER_ERROR, detail, fill=fill, **facts)
    return failed(
        blob_problems.STORAGE_DENIED if code else pull_problems.UNEXPECTED_STATUS,
        detail,
        fill=fill,
        **facts,
    )


def _broken(
    answer: Answer, what: str, fill: Mapping[str, str], facts: Mapping[str, Any]
) -> Outcome:
    assert answer.trouble
    # A second connection, for a request after the first, can fail in all the ways of the first.
    problem = _NO_ANSWER.get(answer.trouble.kind, pull_problems.CUT)
    return failed(problem, f'{what}: {answer.trouble.text}', fill=fill, **facts)
