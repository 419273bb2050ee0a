# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is judged alike at every endpoint of the registry: its network rules, its throttling, who wrote a denial."""

from __future__ import annotations

from typing import Any, Mapping

from azext_acrhealth.catalogue import denial
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.answer import Answer, registry_error

UNSAID = 'an answer without an explanation'


def facts_of(answer: Answer) -> dict[str, Any]:
    """Give the facts of a request that a support engineer asks for."""
    return {'at': answer.at or None, 'status': answer.status, 'server': answer.header('Server'),
            'correlationId': answer.header('x-ms-correlation-request-id'), 'elapsedMs': round(answer.seconds * 1000)}


def refusal(answer: Answer, *, own: Problem, foreign: Problem, fill: Mapping[str, str],
            closed: bool = False) -> Outcome | None:
    """Judge a 429 or 403: the registry's firewall, another denial of its `own`, or one that somebody else wrote.

    `closed`: Resource Manager says that the registry's public access is off, so that no rule for an address would help.
    """
    facts = facts_of(answer)
    if answer.status == 429:
        facts['retryAfter'] = answer.header('Retry-After')
        return failed(denial.TOO_MANY, f'{said(answer) or UNSAID} (429)', fill=fill, **facts)
    if answer.status != 403:
        return None
    error = registry_error(answer)
    if error is None:
        return failed(foreign, f'403 from {answer.header("Server") or "a server without a name"}: '
                      f'{said(answer) or UNSAID}', fill=fill, **facts)
    if error.client_ip:
        seen = f'{error.client_ip}, the address it sees this machine come from'
        problem, detail = (denial.PUBLIC_ACCESS_OFF, f'public access is off; the registry does not let in {seen}') \
            if closed else (denial.CLIENT_IP, f'the registry does not let in {seen}')
        return failed(problem, detail, fill={**fill, 'client_ip': error.client_ip}, **facts, clientIp=error.client_ip)
    return failed(denial.DENIED if error.firewall else own, f'{error.message or error.code} (403)', fill=fill, **facts)


def said(answer: Answer) -> str:
    """Give what a refusing server said, in its own form or as plain text; markup is worth nothing on one line."""
    error = registry_error(answer)
    if error:
        return error.message or error.code
    text = answer.text().strip()
    return '' if text.startswith('<') else text
