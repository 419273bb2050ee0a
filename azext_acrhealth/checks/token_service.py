# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What an answer of the registry's token service that holds no token means, at both of its endpoints."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Mapping

from azext_acrhealth.checks.denied import UNSAID, again, facts_of, refusal, said, support
from azext_acrhealth.checks.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.tokens import Issued, claims

_SPARE, _FAR = 60, 10 ** 12


def out_of_date(token: str | None, now: datetime) -> str | None:
    """Say that a token is not valid by this machine's clock, with a minute to spare; None otherwise."""
    told = claims(token or '') or {}
    seconds = now.timestamp()
    for name, late, words in (('exp', 1, 'it ran out'), ('nbf', -1, 'it is valid only in')):
        then = told.get(name)
        if not isinstance(then, (int, float)) or isinstance(then, bool):
            continue
        then = max(-_FAR, min(_FAR, then))      # longer numbers than a clock, or a float, can hold
        if (seconds - then) * late > _SPARE:
            return f'{words} {abs(seconds - then):.0f} s{" ago" if late > 0 else ""}, by this machine\'s clock'
    return None


def without_token(issued: Issued, words: Mapping[str, Problem], login: LoginServer, fill: Mapping[str, str],
                  facts: Mapping[str, Any]) -> Outcome | None:
    """Judge an answer that holds no token by an endpoint's own problems; None when it holds one."""
    answer = issued.answer
    facts, fill = {**facts, **facts_of(answer)}, {**fill, **support(answer)}
    if answer.trouble:
        kind = answer.trouble.kind if answer.trouble.kind in words else 'Cut'
        return failed(words[kind], answer.trouble.text, fill=fill, **facts)
    denied = refusal(answer, own=words['refused'], foreign=words['foreign'], fill=fill, login=login)
    if denied:
        return replace(denied, facts={**facts, **denied.facts})
    if answer.status == 200:
        if issued.token:
            return None
        return failed(words['unreadable'], 'the answer (200) holds no token', fill=fill, **facts)
    status = answer.status or 0
    problem = words['refused'] if status == 401 else words['server'] if status >= 500 else words['status']
    how = 'this account is not accepted' if status == 401 else 'the token service does not answer as it should'
    return failed(problem, f'{how} ({status}){again(answer)}: {said(answer) or UNSAID}', fill=fill, **facts)
