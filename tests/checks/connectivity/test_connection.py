# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connection."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.connectivity.connection import connection
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings
from azext_acrhealth.probes.http.reachability import Reachability
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, passes_on, verify

PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
NO_ELSEWHERE = {'elsewhere': 'not among the facts'}
DEAD, V6 = Attempt('203.0.113.1', 'Timeout', 5.02), Attempt('2001:db8::1', 'Unreachable')


def connect_tcp(
    title: str, status: str, problem: str = '', failure: str = '', way: Route = Route(), **more: Any
) -> Row:
    """Return a row of connection."""
    parts = {
        key: more.pop(key)
        for key in ('address', 'tried', 'proxy', 'at', 'proxy_status')
        if key in more
    }
    tcp = TcpConnection(
        **parts, failure=Failure(failure, 'it said so') if failure else None, seconds=0.0312
    )
    return Row(
        title,
        connection,
        status,
        problem and f'CONNECTIVITY_CHALLENGE_ERROR {problem}',
        needs=(FakeConnection(dialling=tcp, way=way),),
        **more,
    )


TABLE = (
    connect_tcp(
        'direct',
        'Passed',
        address='203.0.113.2',
        tried=(DEAD, Attempt('203.0.113.2', 'Connected', 0.01)),
        at='2026-01-02T03:04:05Z',
        detail='to 203.0.113.2 in 31 ms, after no answer from 203.0.113.1 in 5.0 s',
        facts={
            'address': '203.0.113.2',
            'elapsedMs': 31,
            'proxy': None,
            'at': '2026-01-02T03:04:05Z',
            'tried': [
                {
                    'address': '203.0.113.1',
                    'family': 'IPv4',
                    'result': 'Timeout',
                    'elapsedMs': 5020,
                },
                {
                    'address': '203.0.113.2',
                    'family': 'IPv4',
                    'result': 'Connected',
                    'elapsedMs': 10,
                },
            ],
            **NO_ELSEWHERE,
        },
    ),
    connect_tcp(
        'one family has no route',
        'Passed',
        address='203.0.113.2',
        tried=(V6, Attempt('203.0.113.2', 'Connected')),
        detail='after no route to 2001:db8::1 (IPv6)',
    ),
    connect_tcp(
        'through a proxy',
        'Passed',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        facts={'proxy': SHOWN, 'proxyStatus': 'not among the facts'},
    ),
    connect_tcp(
        'dropped',
        'Failed',
        'ConnectTimeout',
        'Timeout',
        tried=(DEAD, V6),
        solution=f'`{HOST}` on port 443',
        detail='only this host: no answer from 203.0.113.1 in 5.0 s; no route to 2001:db8::1 '
        '(IPv6); mcr.test can be '
        'reached',
        facts={'elsewhere': {'host': 'mcr.test', 'reachable': True, 'why': None, 'at': None}},
    ),
    connect_tcp(
        'dropped in a hurry',
        'Failed',
        'ConnectTimeout',
        'Timeout',
        tried=(Attempt('203.0.113.1', 'Timeout', 0.91),),
        detail='203.0.113.1 in 0.9 s (cut short, as --timeout wants)',
    ),
    connect_tcp(
        'refused, as all is',
        'Failed',
        'ConnectionRefused',
        'Refused',
        tried=(Attempt('203.0.113.1', 'Refused'),),
        probes=FakeProbes(elsewhere=Reachability('mcr.test', False, 'too')),
        detail='no registry is reachable (mcr.test neither): 203.0.113.1 refused the connection',
    ),
    connect_tcp(
        'reset',
        'Failed',
        'ConnectionReset',
        'Reset',
        tried=(Attempt('203.0.113.1', 'Reset'),) * 4,
        detail='203.0.113.1 reset the connection; …',
    ),
    connect_tcp(
        'no route',
        'Failed',
        'Unreachable',
        'Unreachable',
        tried=(V6, Attempt('203.0.113.1', 'Unreachable')),
    ),
    connect_tcp(
        'no route for its only family',
        'Failed',
        'AddressFamilyUnreachable',
        'AddressFamilyUnreachable',
        tried=(V6,),
        solution='IPv6',
        detail='no route to 2001:db8::1 (IPv6)',
    ),
    connect_tcp(
        'anything else',
        'Failed',
        'ConnectFailed',
        'Failed',
        detail=f'it said so, connecting to {HOST}',
    ),
    connect_tcp(
        'proxy is down',
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        way=PROXY,
        solution='`proxy.test:8080`, which comes from https_proxy',
        facts=NO_ELSEWHERE,
        probes=FakeProbes(settings=ProxySettings(proxy='https_proxy')),
    ),
    connect_tcp(
        "the system's proxy is down",
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        way=PROXY,
        solution=f'comes from {SYSTEM}',
        probes=FakeProbes(settings=ProxySettings(proxy=SYSTEM)),
    ),
    connect_tcp(
        'proxy wants a login',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy=SHOWN,
        way=PROXY,
        facts=NO_ELSEWHERE,
        solution="`export ALL_PROXY='http://USER:PASSWORD@proxy.test:8080'`",
        probes=FakeProbes(settings=ProxySettings(proxy='ALL_PROXY')),
    ),
    connect_tcp(
        'a proxy that is no host wants a login',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy='x',
        way=Route(Proxy('http', "p';rm", 80)),
        solution="`export HTTPS_PROXY='http://USER:PASSWORD@PROXY:PORT'`",
    ),
    connect_tcp(
        'proxy refuses',
        'Failed',
        'ProxyRefused',
        'ProxyRefused',
        proxy=SHOWN,
        solution=f'{HOST}:443',
        proxy_status=403,
        facts={'proxyStatus': 403},
        detail='mcr.test can be reached',
    ),
    connect_tcp(
        'proxy setting is nonsense',
        'Failed',
        'InvalidProxy',
        'InvalidProxy',
        Route(failure=Failure('InvalidProxy', 'x')),
        detail='the proxy setting cannot be read',
        facts={'proxy': None, **NO_ELSEWHERE},
    ),
    connect_tcp(
        'proxy is none',
        'Failed',
        'InvalidProxy',
        'InvalidProxy',
        PROXY,
        proxy=SHOWN,
        detail=f'through {SHOWN}',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_same_connection_is_passed_on_and_the_proxys_password_is_not(row: Row) -> None:
    passes_on(row, row.needs[0])
