# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge responses of the registry's token service, at both of its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from azext_acrhealth.checks.connectivity.error_responses import (
    NO_MESSAGE,
    Endpoint,
    error_message,
    facts_of,
    judge_error,
    retry_note,
    support_placeholders,
)
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Outcome, Problem, failed
from azext_acrhealth.probes.registry.tokens import TokenResponse, audiences_of, claims

_TOLERANCE = 60  # seconds
_LAST = 253402300799.0  # the end of the year 9999, the latest time that `datetime` supports


class ValidityPeriod(NamedTuple):
    """The validity period of a token by its claims `nbf` and `exp` (RFC 7519, section 4.1).

    `unreadable` names the claims that are not a time.
    """

    starts: datetime | None = None
    ends: datetime | None = None
    unreadable: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """Return the fact that names the unreadable claims; empty if there are none."""
        return {'unreadableTimes': list(self.unreadable)} if self.unreadable else {}


def times_of(token: str | None) -> ValidityPeriod:
    """Return the times of a token; claims outside the years 1970 to 9999 count as unreadable."""
    seconds = {
        name: claim for name, claim in (claims(token or '') or {}).items() if name in ('nbf', 'exp')
    }
    times = {
        name: datetime.fromtimestamp(claim, timezone.utc)
        for name, claim in seconds.items()
        if isinstance(claim, (int, float)) and not isinstance(claim, bool) and 0 <= claim <= _LAST
    }
    unreadable = tuple(name for name in seconds if name not in times)
    return ValidityPeriod(times.get('nbf'), times.get('exp'), unreadable)


def validity_error(token: str | None, now: datetime) -> str | None:
    """Return why a token isn't valid by this machine's clock, or None; 60 s are tolerated."""
    times = times_of(token)
    for limit, sign, text in (
        (times.ends, 1, 'it expired'),
        (times.starts, -1, 'it becomes valid in'),
    ):
        seconds = (now - limit).total_seconds() * sign if limit else 0.0
        if seconds > _TOLERANCE:
            return f"{text} {seconds:.0f} s{' ago' if sign > 0 else ''} by this machine's clock"
    return None


def token_failure(
    token_response: TokenResponse,
    endpoint_problems: Mapping[str, Problem],
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome | None:
    """Judge a response without a token for this registry; return None if it has one.

    `endpoint_problems` are the endpoint's own problems by kind of failure.
    """
    response = token_response.response
    facts, placeholders = (
        {**facts, **facts_of(response)},
        {**placeholders, **support_placeholders(response)},
    )
    if response.failure:
        kind = response.failure.kind if response.failure.kind in endpoint_problems else 'Cut'
        return failed(
            endpoint_problems[kind], response.failure.text, placeholders=placeholders, **facts
        )
    refused = endpoint_problems['refused']
    endpoint = Endpoint(
        {'unauthorized': refused, 'denied': refused, **endpoint_problems},
        {'unauthorized': 'the registry rejects this account'},
    )
    judged = judge_error(response, endpoint, login, placeholders)
    if judged:
        return judged._replace(facts={**facts, **judged.facts})
    if response.status == 200:
        if token_response.token:
            return _audience_failure(
                token_response.token, endpoint_problems, login, placeholders, facts
            )
        return failed(
            endpoint_problems['unreadable'],
            'the response (200) has no token',
            placeholders=placeholders,
            **facts,
        )
    status = response.status or 0
    problem = (
        refused
        if status == 401
        else endpoint_problems['server']
        if status >= 500
        else endpoint_problems['status']
    )
    summary = (
        'the registry rejects this account'
        if status == 401
        else 'the token service returned an unexpected response'
    )
    return failed(
        problem,
        f'{summary} ({status}){retry_note(response)}: {error_message(response) or NO_MESSAGE}',
        placeholders=placeholders,
        **facts,
    )


def _audience_failure(
    token: str,
    endpoint_problems: Mapping[str, Problem],
    login: LoginServer,
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome | None:
    """Return a failure if the token is for another registry, which this registry rejects."""
    audiences = audiences_of(token)
    if not audiences or not login.audiences.isdisjoint(audiences):
        return None
    return failed(
        endpoint_problems['audience'],
        f'the token is for {", ".join(audiences)}, not for {login.host}',
        placeholders={**placeholders, 'host': login.host},
        **facts,
        tokenAudience=list(audiences),
    )
