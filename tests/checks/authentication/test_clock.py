# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""This machine's clock against the servers'."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.clock import clock, http_date
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.tls import Handshake, UnverifiedPeer
from tests.checks.fake_probes import (
    BEARER,
    HOST,
    FakeConnection,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, verify

CODE, AT = 'CLOCK_SKEW_ERROR', '2026-01-02T03:04:05Z'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def date(ahead: float) -> str:
    """Spell the date of a server whose clock is so many seconds behind this machine's."""
    return format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)


def row(
    title: str,
    status: str,
    problem: str = '',
    registry: Any = None,
    arm: Any = None,
    token: Any = None,
    look: Any = None,
    failure: str = '',
    **more: Any,
) -> Row:
    """Return a row. `registry`, `arm` and `look`: a Date header, or how far we are ahead of it.

    `token`: claims.
    """
    registry, arm, look = (
        date(one) if isinstance(one, (int, float)) else one for one in (registry, arm, look)
    )
    connection = FakeConnection(
        hands=Handshake(failure=Failure(failure, 'it said so') if failure else None),
        first=response(
            401,
            b'',
            BEARER,
            **more.pop('headers', {}),
            **({'Date': registry} if registry is not None else {}),
        ),
    )
    connection.looked = UnverifiedPeer(date=look, at=AT)
    login = LoginServer(HOST, connection, True, {}, ArmResult(at=AT if arm else '', date=arm))  # type: ignore[arg-type]
    logged = None if token is None else Login(None, signed(**token), None)  # type: ignore[arg-type]
    return Row(
        title,
        clock,
        status,
        problem and f'{CODE} {problem}',
        probes=more.pop('probes', FakeProbes()),
        needs=(login, None, logged),
        **more,
    )


def by_password(name: str, status: str, problem: str, **claims: Any) -> Row:
    """Return a row of a login by password, which was answered with an access token.

    No server told its time.
    """
    login = LoginServer(HOST, FakeConnection(), True, {}, ArmResult())  # type: ignore[arg-type]
    logged = Login(None, '', None, None, token_response(signed(**claims)))  # type: ignore[arg-type]
    return Row(
        name,
        clock,
        status,
        f'{CODE} {problem}',
        needs=(login, None, logged),
        detail='the access token',
    )


STAMP = NOW.timestamp()
ENDS: tuple[Any, ...] = ('soon', True, None, [1], 1e300, {})
TABLE = (
    row(
        'right',
        'Passed',
        registry=0,
        arm=0,
        detail=f'the clock is right to 1 s, by {HOST}',
        facts={
            'skewSeconds': 0,
            'sources': [
                {'source': source, 'theirs': AT, 'ours': AT, 'skewSeconds': 0}
                for source in (HOST, 'Resource Manager')
            ],
        },
    ),
    row('a minute', 'Passed', registry=60, facts={'skewSeconds': 60}, detail='right to 60 s'),
    row('without ARM', 'Passed', registry=-60),
    row('by ARM alone', 'Passed', arm=7, detail='by Resource Manager', facts={'skewSeconds': 7}),
    row('one odd server', 'Passed', registry=4000, arm=2, facts={'skewSeconds': 2}),
    row('an odd ARM', 'Passed', registry=1, arm=-9999),
    row(
        'a token from before', 'Passed', registry=0, token={'nbf': STAMP - 300, 'exp': STAMP + 9999}
    ),
    row(
        'a token of a service that is ahead',
        'Passed',
        registry=0,
        token={'nbf': STAMP + 900},
        facts={'skewSeconds': 0},
    ),
    row(
        'a cache, then ARM',
        'Passed',
        registry=5000,
        headers={'Age': '5000'},
        arm=0,
        detail='by Resource Manager',
    ),
    row(
        'a certificate that expired by itself',
        'Passed',
        failure='Expired',
        look=3,
        detail='not verified',
    ),
    row(
        'drifts ahead',
        'Warning',
        'ClockDrift',
        registry=61,
        detail=f"61 s ahead of {HOST}'s",
        solution='sudo timedatectl set-ntp true',
        facts={'skewSeconds': 61},
    ),
    row(
        'drifts behind',
        'Warning',
        'ClockDrift',
        registry=-300,
        arm=-301,
        detail='behind',
        solution='wsl --shutdown',
    ),
    row(
        'fast',
        'Failed',
        'ClockFast',
        registry=420,
        arm=421,
        detail=f"clock is 7 min ahead of {HOST}'s",
        solution='w32tm /resync',
        facts={'skewSeconds': 420},
    ),
    row('slow', 'Failed', 'ClockSlow', registry=-86400 * 3, detail=f"3 days behind {HOST}'s"),
    row('hours', 'Failed', 'ClockFast', arm=7300, detail='2 h ahead of Resource Manager'),
    row(
        'fast, by what a certificate hid',
        'Failed',
        'ClockFast',
        failure='Expired',
        look=99999,
        arm=100000,
    ),
    row(
        'slow, by what a certificate hid', 'Failed', 'ClockSlow', failure='NotYetValid', look=-99999
    ),
    row(
        'a token rules a server out',
        'Failed',
        'ClockSlow',
        registry=-900,
        arm=0,
        token={'nbf': STAMP + 600},
        facts={'skewSeconds': -900},
    ),
    row(
        'a token that has ended',
        'Failed',
        'ClockFast',
        token={'exp': STAMP - 900},
        detail='at least 15 min ahead',
    ),
    row(
        'a token to come',
        'Failed',
        'ClockSlow',
        token={'nbf': STAMP + 900, 'exp': STAMP + 9999},
        detail="at least 15 min behind the refresh token's",
    ),
    row('no date', 'Skipped', detail='no server told its time', leaves=False),
    row('no handshake', 'Skipped', failure='Timeout', registry=5000, look=5000),
    row('a cache', 'Skipped', registry=5000, headers={'Age': '0'}),
    row(
        'a token that is valid tells nothing', 'Skipped', token={'nbf': STAMP - 5, 'exp': STAMP + 5}
    ),
    *(row(f'a token of {odd!r}', 'Skipped', token={'exp': odd}) for odd in ENDS),
    *(
        row(f'a date of {odd!r}', 'Skipped', registry=odd)
        for odd in (
            '',
            'now',
            'Fri, 99 Jan 2026 03:04:05 GMT',
            'Fri, 02 Jan 99999 03:04:05 GMT',
            '0',
            '\x1b[31m',
            'Fri, 02 Jan 2026 03:04:05 +99999999',
        )
    ),
    by_password("a password's token that is too young", 'Failed', 'ClockSlow', nbf=STAMP + 900),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


def test_the_time_that_an_answer_took_is_no_skew() -> None:
    one = row('slow answer', 'Passed', registry=-9)
    slow = one.needs[0].connection
    object.__setattr__(slow.first, 'seconds', 10.0)
    verify(Row('slow answer', clock, 'Passed', needs=one.needs, facts={'skewSeconds': 0}))


def test_a_certificate_is_looked_at_only_when_its_dates_failed() -> None:
    for failure in ('', 'Untrusted', 'Timeout', 'Refused'):
        one = row('no look', 'Passed', registry=0, arm=0, failure=failure)
        one.needs[0].connection.unverified_peer = lambda: pytest.fail('a connection of its own')
        verify(one)


@given(st.text() | st.from_regex(r'\w{3}, -?\d+ (Jan|Feb) -?\d+ \d+:\d+:\d+ [-+]?\w*'))
def test_any_date_is_read_or_not(text: str) -> None:
    read = http_date(text)
    assert read is None or read.tzinfo is timezone.utc
