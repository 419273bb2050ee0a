# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether this machine's clock agrees with what the servers say, and with the times of the tokens that they gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from azext_acrhealth.catalogue.authentication import clock as problems
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.authentication.token_response import times_of
from azext_acrhealth.checks.connectivity.challenge import challenge
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.deadlines import SPELLING, format_utc

DRIFT, WRONG = 60, 300


@dataclass(frozen=True)
class Reading:
    """What a server's clock said, and ours at that time.

    `skew` in seconds: above zero, ours is ahead.
    """

    source: str
    theirs: datetime
    ours: datetime
    skew: int


@check(
    'clock',
    'Clock',
    'connectivity',
    needs=(login_server,),
    after=(challenge, refresh_token),
    verifies="This machine's clock agrees with the servers', and with the times of the token that "
    'they gave.',
    problems=problems.PROBLEMS,
)
def clock(ctx: Context, login: LoginServer, _: Any, login_at: Login | None) -> Outcome:
    dates = list(_dates(login))
    bound = _bound(login_at, ctx.probes.now()) if login_at else None
    chosen = _chosen(dates, bound)
    if chosen is None:
        return not_applicable('no server told its time')
    facts: dict[str, Any] = {
        'skewSeconds': chosen.skew,
        'sources': [
            {
                'source': one.source,
                'theirs': format_utc(one.theirs),
                'ours': format_utc(one.ours),
                'skewSeconds': one.skew,
            }
            for one in (*dates, *([bound] if bound else []))
        ],
    }
    size = abs(chosen.skew)
    if size <= DRIFT:
        return passed(f'the clock is right to {max(size, 1)} s, by {chosen.source}', **facts)
    least = 'at least ' if chosen is bound else ''
    detail = (
        f"this machine's clock is {least}{_spoken(size)} "
        f'{"ahead of" if chosen.skew > 0 else "behind"} '
        f"{chosen.source}'s"
    )
    if size <= WRONG:
        return warned(problems.CLOCK_DRIFT, detail, **facts)
    return failed(problems.CLOCK_FAST if chosen.skew > 0 else problems.CLOCK_SLOW, detail, **facts)


def _dates(login: LoginServer) -> Iterator[Reading]:
    """Return what the answers of this run say.

    Nothing is asked for it, but where a certificate's dates failed.
    """
    connection = login.connection
    failure = connection.handshake().failure
    if failure is None:
        response = connection.challenge()
        # A cache's answer tells when it was made, not what time it is.
        date = None if response.header('Age') else response.header('Date')
        yield from _read(login.host, date, response.at, response.seconds)
    elif failure.kind in ('Expired', 'NotYetValid'):
        peer = connection.unverified_peer()
        yield from _read(f'{login.host} (certificate not verified)', peer.date, peer.at)
    yield from _read('Resource Manager', login.read.date, login.read.at)


def _read(source: str, date: str | None, at: str, seconds: float = 0.0) -> Iterator[Reading]:
    """Read a server's date. It was given between `at` and `seconds` later.

    Of that, what fits it best counts.
    """
    theirs, ours = http_date(date), _local(at)
    if theirs and ours:
        late = min(
            timedelta(seconds=max(0.0, min(seconds, 3600.0))), max(timedelta(), theirs - ours)
        )
        yield Reading(source, theirs, ours, round((ours + late - theirs).total_seconds()))


def http_date(text: str | None) -> datetime | None:
    """Read an HTTP date (RFC 9110, section 5.6.7), which is GMT whatever it says.

    None for what is none.
    """
    try:
        date = parsedate_to_datetime((text or '')[:100])
        return date.astimezone(timezone.utc) if date.tzinfo else date.replace(tzinfo=timezone.utc)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None


def _local(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, SPELLING).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _bound(login: Login, now: datetime) -> Reading | None:
    """Return by how much at least the clock is wrong, if a token that was just given is not valid now."""
    # A password gives an access token at once.
    kind, token = (
        ('access', login.token_response.token)
        if login.token_response
        else ('refresh', login.refresh_token)
    )
    times = times_of(token)
    wrong = next(
        (
            one
            for one, off in ((times.starts, -1), (times.ends, 1))
            if one and (now - one).total_seconds() * off > 0
        ),
        None,
    )
    return (
        Reading(f'the {kind} token', wrong, now, round((now - wrong).total_seconds()))
        if wrong
        else None
    )


def _chosen(dates: Sequence[Reading], bound: Reading | None) -> Reading | None:
    """Choose the mildest reading: one odd server must not accuse the clock, and a token may rule it out."""
    if not dates:
        return bound
    fitting = [
        one
        for one in dates
        if bound is None or (one.skew <= bound.skew if bound.skew < 0 else one.skew >= bound.skew)
    ]
    return min(fitting or dates, key=lambda one: abs(one.skew))


def _spoken(seconds: int) -> str:
    for size, unit in ((86400, 'days'), (3600, 'h'), (60, 'min')):
        if seconds >= 2 * size:
            return f'{seconds // size} {unit}'
    return f'{seconds} s'
