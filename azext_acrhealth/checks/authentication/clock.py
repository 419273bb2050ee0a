# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Compare this machine's clock with the servers' clocks and with the validity of a new token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.authentication import clock as problems
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.authentication.token_response import times_of
from azext_acrhealth.checks.connectivity.challenge import challenge
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import time_of

# In seconds: the first is tolerated, up to the second is a warning.
DRIFT, SKEW = 60, 300


class ClockReading(NamedTuple):
    """A server's time, and this machine's time at that moment.

    `skew` in seconds, positive when this machine's clock is ahead.
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
    verifies="This machine's clock agrees with the servers' clocks and with the validity of the "
    'issued token.',
    problems=problems.PROBLEMS,
)
def clock(ctx: Context, login: LoginServer, _: Any, token_login: Login | None) -> Outcome:
    readings = list(_server_readings(login))
    bound = _token_reading(token_login, ctx.probes.now()) if token_login else None
    chosen = _choose(readings, bound)
    if chosen is None:
        return not_applicable('no server reported its time')
    facts: dict[str, Any] = {
        'skewSeconds': chosen.skew,
        'sources': [
            {
                'source': reading.source,
                'theirs': format_utc(reading.theirs),
                'ours': format_utc(reading.ours),
                'skewSeconds': reading.skew,
            }
            for reading in (*readings, *([bound] if bound else []))
        ],
    }
    size = abs(chosen.skew)
    if size <= DRIFT:
        return passed(
            f'the clock is accurate to {max(size, 1)} s, compared with {chosen.source}', **facts
        )
    prefix = 'at least ' if chosen is bound else ''
    detail = (
        f"this machine's clock is {prefix}{_format_duration(size)} "
        f'{"ahead of" if chosen.skew > 0 else "behind"} '
        f"{chosen.source}'s"
    )
    if size <= SKEW:
        return warned(problems.CLOCK_DRIFT, detail, **facts)
    return failed(problems.CLOCK_FAST if chosen.skew > 0 else problems.CLOCK_SLOW, detail, **facts)


def _server_readings(login: LoginServer) -> Iterator[ClockReading]:
    """Yield the readings from responses of this run.

    Only a certificate that failed by its dates causes a connection of its own.
    """
    connection = login.connection
    failure = connection.handshake().failure
    if failure is None:
        response = connection.challenge()
        # The Date header of a cached response is the time when it was generated.
        date = None if response.header('Age') else response.header('Date')
        yield from _readings_of(login.host, date, response.at, response.seconds)
    elif failure.kind in ('Expired', 'NotYetValid'):
        peer = connection.unverified_peer()
        yield from _readings_of(f'{login.host} (certificate not verified)', peer.date, peer.at)
    yield from _readings_of('Azure Resource Manager', login.read.date, login.read.at)


def _readings_of(
    source: str, date: str | None, at: str, seconds: float = 0.0
) -> Iterator[ClockReading]:
    """Yield the reading from a server's Date header, if it is valid.

    The server wrote it between `at` and `seconds` later; the moment that yields the smallest skew
    counts.
    """
    theirs, ours = parse_http_date(date), time_of(at)
    if theirs and ours:
        elapsed = min(
            timedelta(seconds=max(0.0, min(seconds, 3600.0))), max(timedelta(), theirs - ours)
        )
        yield ClockReading(source, theirs, ours, round((ours + elapsed - theirs).total_seconds()))


def parse_http_date(text: str | None) -> datetime | None:
    """Parse an HTTP date (RFC 9110, section 5.6.7) as UTC, whatever zone it names.

    None if it is not a date.
    """
    try:
        date = parsedate_to_datetime((text or '')[:100])
        return date.astimezone(timezone.utc) if date.tzinfo else date.replace(tzinfo=timezone.utc)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None


def _token_reading(login: Login, now: datetime) -> ClockReading | None:
    """Return the least skew that explains why a new token is not valid now, or None if it is."""
    # A login by password returns an access token right away.
    kind, token = (
        ('access', login.token_response.token)
        if login.token_response
        else ('refresh', login.refresh_token)
    )
    times = times_of(token)
    limit = next(
        (
            time
            for time, sign in ((times.starts, -1), (times.ends, 1))
            if time and (now - time).total_seconds() * sign > 0
        ),
        None,
    )
    return (
        ClockReading(f'the {kind} token', limit, now, round((now - limit).total_seconds()))
        if limit
        else None
    )


def _choose(readings: Sequence[ClockReading], bound: ClockReading | None) -> ClockReading | None:
    """Return the reading with the smallest skew among those that fit the token.

    A single server with a wrong clock is no evidence against this machine's clock.
    """
    if not readings:
        return bound
    fitting = [
        reading
        for reading in readings
        if bound is None
        or (reading.skew <= bound.skew if bound.skew < 0 else reading.skew >= bound.skew)
    ]
    return min(fitting or readings, key=lambda reading: abs(reading.skew))


def _format_duration(seconds: int) -> str:
    for size, unit in ((86400, 'days'), (3600, 'h'), (60, 'min')):
        if seconds >= 2 * size:
            return f'{seconds // size} {unit}'
    return f'{seconds} s'
