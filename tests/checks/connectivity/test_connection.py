# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connection."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.connectivity.connection import connection
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings
from azext_acrhealth.probes.http.reachability import Elsewhere
from azext_acrhealth.probes.http.tcp import Attempt, Dialled
from tests.checks.fake_probes import HOST, FakeConnection, FakeWorld
from tests.checks.table import Row, passes_on, verify

PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
NO_ELSEWHERE = {'elsewhere': 'not among the facts'}
DEAD, V6 = Attempt('203.0.113.1', 'Timeout', 5.02), Attempt('2001:db8::1', 'Unreachable')


def dial(
    title: str, status: str, problem: str = '', trouble: str = '', way: Route = Route(), **more: Any
) -> Row:
    """Give a row of connection."""
    parts = {
        key: more.pop(key)
        for key in ('address', 'tried', 'proxy', 'at', 'proxy_status')
        if key in more
    }
    dialled = Dialled(
        **parts, trouble=Trouble(trouble, 'it said so') if trouble else None, seconds=0.0312
    )
    return Row(
        title,
        connection,
        status,
        problem and f'CONNECTIVITY_CHALLENGE_ERROR {problem}',
        needs=(FakeConnection(dialling=dialled, way=way),),
        **more,
    )


TABLE = (
    dial(
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
    dial(
        'one family has no route',
        'Passed',
        address='203.0.113.2',
        tried=(V6, Attempt('203.0.113.2', 'Connected')),
        detail='after no route to 2001:db8::1 (IPv6)',
    ),
    dial(
        'through a proxy',
        'Passed',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        facts={'proxy': SHOWN, 'proxyStatus': 'not among the facts'},
    ),
    dial(
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
    dial(
        'dropped in a hurry',
        'Failed',
        'ConnectTimeout',
        'Timeout',
        tried=(Attempt('203.0.113.1', 'Timeout', 0.91),),
        detail='203.0.113.1 in 0.9 s (cut short, as --timeout wants)',
    ),
    dial(
        'refused, as all is',
        'Failed',
        'ConnectionRefused',
        'Refused',
        tried=(Attempt('203.0.113.1', 'Refused'),),
        world=FakeWorld(elsewhere=Elsewhere('mcr.test', False, 'too')),
        detail='no registry is reachable (mcr.test neither): 203.0.113.1 refused the connection',
    ),
    dial(
        'reset',
        'Failed',
        'ConnectionReset',
        'Reset',
        tried=(Attempt('203.0.113.1', 'Reset'),) * 4,
        detail='203.0.113.1 reset the connection; …',
    ),
    dial(
        'no route',
        'Failed',
        'Unreachable',
        'Unreachable',
        tried=(V6, Attempt('203.0.113.1', 'Unreachable')),
    ),
    dial(
        'no route for its only family',
        'Failed',
        'NoRouteForFamily',
        'NoFamily',
        tried=(V6,),
        solution='IPv6',
        detail='no route to 2001:db8::1 (IPv6)',
    ),
    dial(
        'anything else',
        'Failed',
        'ConnectFailed',
        'Failed',
        detail=f'it said so, connecting to {HOST}',
    ),
    dial(
        'proxy is down',
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        way=PROXY,
        solution='`proxy.test:8080`, which comes from https_proxy',
        facts=NO_ELSEWHERE,
        world=FakeWorld(settings=ProxySettings(proxy='https_proxy')),
    ),
    dial(
        "the system's proxy is down",
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        way=PROXY,
        solution=f'comes from {SYSTEM}',
        world=FakeWorld(settings=ProxySettings(proxy=SYSTEM)),
    ),
    dial(
        'proxy wants a login',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy=SHOWN,
        way=PROXY,
        facts=NO_ELSEWHERE,
        solution="`export ALL_PROXY='http://USER:PASSWORD@proxy.test:8080'`",
        world=FakeWorld(settings=ProxySettings(proxy='ALL_PROXY')),
    ),
    dial(
        'a proxy that is no host wants a login',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy='x',
        way=Route(Proxy('http', "p';rm", 80)),
        solution="`export HTTPS_PROXY='http://USER:PASSWORD@PROXY:PORT'`",
    ),
    dial(
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
    dial(
        'proxy setting is nonsense',
        'Failed',
        'ProxyUnusable',
        'BadProxy',
        Route(trouble=Trouble('BadProxy', 'x')),
        detail='the proxy setting cannot be read',
        facts={'proxy': None, **NO_ELSEWHERE},
    ),
    dial(
        'proxy is none',
        'Failed',
        'ProxyUnusable',
        'BadProxy',
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
