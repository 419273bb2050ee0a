# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `clock` check."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.clock import clock, parse_http_date
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


def date_header(ahead: float) -> str:
    """Return the Date header of a server whose clock is `ahead` seconds behind this machine's."""
    return format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)


def clock_row(
    title: str,
    status: str,
    problem: str = '',
    registry: Any = None,
    arm: Any = None,
    token: Any = None,
    peer_date: Any = None,
    failure: str = '',
    **more: Any,
) -> Row:
    """Return a row of the `clock` check.

    `registry`, `arm` and `peer_date` are a Date header, or the seconds that this machine's clock
    is ahead of it; `token` holds claims.
    """
    registry, arm, peer_date = (
        date_header(value) if isinstance(value, (int, float)) else value
        for value in (registry, arm, peer_date)
    )
    connection = FakeConnection(
        handshake_result=Handshake(failure=Failure(failure, 'it said so') if failure else None),
        first=response(
            401,
            b'',
            BEARER,
            **more.pop('headers', {}),
            **({'Date': registry} if registry is not None else {}),
        ),
    )
    connection.peer_result = UnverifiedPeer(date=peer_date, at=AT)
    login = LoginServer(HOST, connection, True, {}, ArmResult(at=AT if arm else '', date=arm))  # type: ignore[arg-type]
    token_login = None if token is None else Login(None, signed(**token), None)  # type: ignore[arg-type]
    return Row(
        title,
        clock,
        status,
        problem and f'{CODE} {problem}',
        probes=more.pop('probes', FakeProbes()),
        needs=(login, None, token_login),
        **more,
    )


def password_row(name: str, status: str, problem: str, **claims: Any) -> Row:
    """Return a row for a login by password, which returns an access token.

    No response has a Date header.
    """
    login = LoginServer(HOST, FakeConnection(), True, {}, ArmResult())  # type: ignore[arg-type]
    token_login = Login(None, '', None, None, token_response(signed(**claims)))  # type: ignore[arg-type]
    return Row(
        name,
        clock,
        status,
        f'{CODE} {problem}',
        needs=(login, None, token_login),
        detail='the access token',
    )


STAMP = NOW.timestamp()
INVALID_TIMES: tuple[Any, ...] = ('soon', True, None, [1], 1e300, {})
TABLE = (
    clock_row(
        'correct',
        'Passed',
        registry=0,
        arm=0,
        detail=f'the clock is accurate to 1 s, compared with {HOST}',
        facts={
            'skewSeconds': 0,
            'sources': [
                {'source': source, 'theirs': AT, 'ours': AT, 'skewSeconds': 0}
                for source in (HOST, 'Azure Resource Manager')
            ],
        },
    ),
    clock_row(
        'a minute', 'Passed', registry=60, facts={'skewSeconds': 60}, detail='accurate to 60 s'
    ),
    clock_row('without ARM', 'Passed', registry=-60),
    clock_row(
        'by ARM alone',
        'Passed',
        arm=7,
        detail='compared with Azure Resource Manager',
        facts={'skewSeconds': 7},
    ),
    clock_row('a single odd server', 'Passed', registry=4000, arm=2, facts={'skewSeconds': 2}),
    clock_row('an odd ARM', 'Passed', registry=1, arm=-9999),
    clock_row(
        'an earlier token', 'Passed', registry=0, token={'nbf': STAMP - 300, 'exp': STAMP + 9999}
    ),
    clock_row(
        'a token from a service that is ahead',
        'Passed',
        registry=0,
        token={'nbf': STAMP + 900},
        facts={'skewSeconds': 0},
    ),
    clock_row(
        'a cache, then ARM',
        'Passed',
        registry=5000,
        headers={'Age': '5000'},
        arm=0,
        detail='compared with Azure Resource Manager',
    ),
    clock_row(
        'an expired certificate, and a correct clock',
        'Passed',
        failure='Expired',
        peer_date=3,
        detail='not verified',
    ),
    clock_row(
        'drifts ahead',
        'Warning',
        'ClockDrift',
        registry=61,
        detail=f"61 s ahead of {HOST}'s",
        solution='sudo timedatectl set-ntp true',
        facts={'skewSeconds': 61},
    ),
    clock_row(
        'drifts behind',
        'Warning',
        'ClockDrift',
        registry=-300,
        arm=-301,
        detail='behind',
        solution='wsl --shutdown',
    ),
    clock_row(
        'fast',
        'Failed',
        'ClockFast',
        registry=420,
        arm=421,
        detail=f"clock is 7 min ahead of {HOST}'s",
        solution='w32tm /resync',
        facts={'skewSeconds': 420},
    ),
    clock_row('slow', 'Failed', 'ClockSlow', registry=-86400 * 3, detail=f"3 days behind {HOST}'s"),
    clock_row(
        'hours', 'Failed', 'ClockFast', arm=7300, detail='2 h ahead of Azure Resource Manager'
    ),
    clock_row(
        'fast, by the server of a rejected certificate',
        'Failed',
        'ClockFast',
        failure='Expired',
        peer_date=99999,
        arm=100000,
    ),
    clock_row(
        'slow, by the server of a rejected certificate',
        'Failed',
        'ClockSlow',
        failure='NotYetValid',
        peer_date=-99999,
    ),
    clock_row(
        'a token rules a server out',
        'Failed',
        'ClockSlow',
        registry=-900,
        arm=0,
        token={'nbf': STAMP + 600},
        facts={'skewSeconds': -900},
    ),
    clock_row(
        'a token that has expired',
        'Failed',
        'ClockFast',
        token={'exp': STAMP - 900},
        detail='at least 15 min ahead',
    ),
    clock_row(
        'a token that is not valid yet',
        'Failed',
        'ClockSlow',
        token={'nbf': STAMP + 900, 'exp': STAMP + 9999},
        detail="at least 15 min behind the refresh token's",
    ),
    clock_row('no date', 'Skipped', detail='no server reported its time', has_value=False),
    clock_row('no handshake', 'Skipped', failure='Timeout', registry=5000, peer_date=5000),
    clock_row('a cache', 'Skipped', registry=5000, headers={'Age': '0'}),
    clock_row(
        'a valid token is no evidence', 'Skipped', token={'nbf': STAMP - 5, 'exp': STAMP + 5}
    ),
    *(clock_row(f'a token of {odd!r}', 'Skipped', token={'exp': odd}) for odd in INVALID_TIMES),
    *(
        clock_row(f'a date of {odd!r}', 'Skipped', registry=odd)
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
    password_row("a password's token that is too young", 'Failed', 'ClockSlow', nbf=STAMP + 900),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


def test_the_time_of_a_slow_response_is_not_skew() -> None:
    row = clock_row('slow response', 'Passed', registry=-9)
    slow = row.needs[0].connection
    object.__setattr__(slow.first, 'seconds', 10.0)
    verify(Row('slow response', clock, 'Passed', needs=row.needs, facts={'skewSeconds': 0}))


def test_a_certificate_is_inspected_only_when_its_dates_failed() -> None:
    for failure in ('', 'Untrusted', 'Timeout', 'Refused'):
        row = clock_row('not inspected', 'Passed', registry=0, arm=0, failure=failure)
        row.needs[0].connection.unverified_peer = lambda: pytest.fail('a connection of its own')
        verify(row)


@given(st.text() | st.from_regex(r'\w{3}, -?\d+ (Jan|Feb) -?\d+ \d+:\d+:\d+ [-+]?\w*'))
def test_any_date_is_parsed_or_rejected(text: str) -> None:
    date = parse_http_date(text)
    assert date is None or date.tzinfo is timezone.utc
