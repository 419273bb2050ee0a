# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What an answer of the registry's token service that holds no token means, at both of its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth.checks.connectivity.error_responses import (
    UNSAID,
    again,
    facts_of,
    refusal,
    said,
    support,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.registry.tokens import TokenResponse, claims

_SPARE = 60
_LAST = 253402300799.0  # the end of the year 9999, beyond which no clock reads


@dataclass(frozen=True)
class Times:
    """From when until when a token is valid, as it says itself.

    `unreadable` are those claims that are no time.
    """

    starts: datetime | None = None
    ends: datetime | None = None
    unreadable: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """Return the claims that could not be read, if there are any."""
        return {'unreadableTimes': list(self.unreadable)} if self.unreadable else {}


def times_of(token: str | None) -> Times:
    """Read a token's times; of what is no instant on any clock nothing is claimed."""
    told = {
        name: one for name, one in (claims(token or '') or {}).items() if name in ('nbf', 'exp')
    }
    read = {
        name: datetime.fromtimestamp(one, timezone.utc)
        for name, one in told.items()
        if isinstance(one, (int, float)) and not isinstance(one, bool) and 0 <= one <= _LAST
    }
    return Times(read.get('nbf'), read.get('exp'), tuple(name for name in told if name not in read))


def out_of_date(token: str | None, now: datetime) -> str | None:
    """Say that a token is not valid by this machine's clock, with a minute to spare.

    None otherwise.
    """
    times = times_of(token)
    for then, late, words in (
        (times.ends, 1, 'it ran out'),
        (times.starts, -1, 'it is valid only in'),
    ):
        seconds = (now - then).total_seconds() * late if then else 0.0
        if seconds > _SPARE:
            return f"{words} {seconds:.0f} s{' ago' if late > 0 else ''}, by this machine's clock"
    return None


def token_failure(
    token_response: TokenResponse,
    words: Mapping[str, Problem],
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome | None:
    """Judge an answer that holds no token by an endpoint's own problems; None when it holds one."""
    response = token_response.response
    facts, placeholders = {**facts, **facts_of(response)}, {**placeholders, **support(response)}
    if response.failure:
        kind = response.failure.kind if response.failure.kind in words else 'Cut'
        return failed(words[kind], response.failure.text, placeholders=placeholders, **facts)
    denied = refusal(
        response,
        own=words['refused'],
        foreign=words['foreign'],
        placeholders=placeholders,
        login=login,
    )
    if denied:
        return replace(denied, facts={**facts, **denied.facts})
    if response.status == 200:
        if token_response.token:
            return None
        return failed(
            words['unreadable'],
            'the answer (200) holds no token',
            placeholders=placeholders,
            **facts,
        )
    status = response.status or 0
    problem = (
        words['refused'] if status == 401 else words['server'] if status >= 500 else words['status']
    )
    how = (
        'this account is not accepted'
        if status == 401
        else 'the token service does not answer as it should'
    )
    return failed(
        problem,
        f'{how} ({status}){again(response)}: {said(response) or UNSAID}',
        placeholders=placeholders,
        **facts,
    )
