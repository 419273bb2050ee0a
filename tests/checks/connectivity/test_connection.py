# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `connection` check."""

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
from tests.checks.table import Row, assert_value_is, verify

DIRECT = Route()
PROXY = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2'))
SHOWN = 'http://proxy.test:8080'
NO_REFERENCE_HOST = {'elsewhere': 'not among the facts'}
TIMED_OUT, NO_IPV6_ROUTE = (
    Attempt('203.0.113.1', 'Timeout', 5.02),
    Attempt('2001:db8::1', 'Unreachable'),
)


def connection_row(
    title: str,
    status: str,
    problem: str = '',
    failure: str = '',
    route: Route = DIRECT,
    **more: Any,
) -> Row:
    """Return a row of the `connection` check."""
    fields = {
        key: more.pop(key)
        for key in ('address', 'tried', 'proxy', 'at', 'proxy_status')
        if key in more
    }
    others = more.pop('others', ())
    tcp = TcpConnection(
        **fields, failure=Failure(failure, 'it said so') if failure else None, seconds=0.0312
    )
    return Row(
        title,
        connection,
        status,
        problem and f'CONNECTIVITY_CHALLENGE_ERROR {problem}',
        needs=(FakeConnection(tcp_result=tcp, route_result=route, other_results=others),),
        **more,
    )


TABLE = (
    connection_row(
        'one of two addresses is dead',
        'Warning',
        'AddressUnreachable',
        address='203.0.113.2',
        tried=(TIMED_OUT, Attempt('203.0.113.2', 'Connected', 0.01)),
        at='2026-01-02T03:04:05Z',
        detail='203.0.113.1 timed out after 5.0 s (IPv4, 5.0 s lost); connected to 203.0.113.2 in '
        '31 ms',
        solution=f'nslookup {HOST}',
        has_value=True,
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
            **NO_REFERENCE_HOST,
        },
    ),
    connection_row(
        'direct',
        'Passed',
        address='203.0.113.2',
        tried=(Attempt('203.0.113.2', 'Connected', 0.01),),
        others=(Attempt('203.0.113.3', 'Connected', 0.02), NO_IPV6_ROUTE),
        detail='connected to 203.0.113.2 in 31 ms',
    ),
    *(
        connection_row(
            f'another address is dead: {dead.address} {dead.result}',
            'Warning',
            'AddressUnreachable',
            address='203.0.113.2',
            tried=(Attempt('203.0.113.2', 'Connected', 0.01),),
            others=(dead,),
            detail=detail,
            has_value=True,
        )
        for dead, detail in (
            (Attempt('2001:db8::1', 'Timeout', 4.98), 'timed out after 5.0 s (IPv6, 0.0 s lost)'),
            (Attempt('203.0.113.1', 'Refused'), '203.0.113.1 refused the connection (IPv4, '),
            (Attempt('2001:db8::1', 'Reset'), '2001:db8::1 reset the connection (IPv6, '),
            (Attempt('203.0.113.1', 'Unreachable'), 'no route to 203.0.113.1 (IPv4'),
            (Attempt('2001:db8::1', 'Unreachable', 0.02, True), 'no route to 2001:db8::1 (IPv6'),
        )
    ),
    connection_row(
        'addresses of both families are dead',
        'Warning',
        'AddressUnreachable',
        address='203.0.113.2',
        tried=(TIMED_OUT, Attempt('203.0.113.2', 'Connected', 0.01)),
        others=(Attempt('2001:db8::1', 'Timeout', 4.98),),
        detail='(IPv4 and IPv6, 5.0 s lost)',
        has_value=True,
    ),
    connection_row(
        'one family has no route',
        'Passed',
        address='203.0.113.2',
        tried=(NO_IPV6_ROUTE, Attempt('203.0.113.2', 'Connected')),
        detail=' ms; no route to 2001:db8::1 (IPv6)',
    ),
    connection_row(
        'through a proxy',
        'Passed',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        facts={'proxy': SHOWN, 'proxyStatus': 'not among the facts'},
    ),
    connection_row(
        'dropped',
        'Failed',
        'ConnectTimeout',
        'Timeout',
        tried=(TIMED_OUT, NO_IPV6_ROUTE),
        solution=f'`{HOST}` on port 443',
        detail='only this host is affected: 203.0.113.1 timed out after 5.0 s; no route to '
        '2001:db8::1 '
        '(IPv6); mcr.test is reachable',
        facts={'elsewhere': {'host': 'mcr.test', 'reachable': True, 'why': None, 'at': None}},
    ),
    connection_row(
        'dropped, with a short time limit',
        'Failed',
        'ConnectTimeout',
        'Timeout',
        tried=(Attempt('203.0.113.1', 'Timeout', 0.91),),
        detail='203.0.113.1 timed out after 0.9 s (limited by --timeout)',
    ),
    connection_row(
        'refused, and no registry is reachable',
        'Failed',
        'ConnectionRefused',
        'Refused',
        tried=(Attempt('203.0.113.1', 'Refused'),),
        probes=FakeProbes(reachability=Reachability('mcr.test', False, 'too')),
        detail='no registry is reachable (including mcr.test): 203.0.113.1 refused the connection',
    ),
    connection_row(
        'reset',
        'Failed',
        'ConnectionReset',
        'Reset',
        tried=(Attempt('203.0.113.1', 'Reset'),) * 4,
        detail='203.0.113.1 reset the connection; …',
    ),
    connection_row(
        'no route',
        'Failed',
        'Unreachable',
        'Unreachable',
        tried=(NO_IPV6_ROUTE, Attempt('203.0.113.1', 'Unreachable')),
    ),
    connection_row(
        'no route for its only family',
        'Failed',
        'AddressFamilyUnreachable',
        'AddressFamilyUnreachable',
        tried=(NO_IPV6_ROUTE,),
        solution='IPv6',
        detail='no route to 2001:db8::1 (IPv6)',
    ),
    connection_row(
        'another error',
        'Failed',
        'ConnectFailed',
        'Failed',
        detail=f'it said so (connecting to {HOST})',
    ),
    connection_row(
        'proxy is down',
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        detail=f'through {SHOWN}',
        route=PROXY,
        solution='`proxy.test:8080`, which comes from https_proxy',
        facts=NO_REFERENCE_HOST,
        probes=FakeProbes(settings=ProxySettings(proxy='https_proxy')),
    ),
    connection_row(
        "the system's proxy is down",
        'Failed',
        'ProxyUnreachable',
        'ProxyUnreachable',
        proxy=SHOWN,
        route=PROXY,
        solution=f'comes from {SYSTEM}',
        probes=FakeProbes(settings=ProxySettings(proxy=SYSTEM)),
    ),
    connection_row(
        'proxy requires credentials',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy=SHOWN,
        route=PROXY,
        facts=NO_REFERENCE_HOST,
        solution="`export ALL_PROXY='http://USER:PASSWORD@proxy.test:8080'`",
        probes=FakeProbes(settings=ProxySettings(proxy='ALL_PROXY')),
    ),
    *(
        connection_row(
            f'a proxy at {host} requires credentials',
            'Failed',
            'ProxyAuthenticationRequired',
            'ProxyLogin',
            proxy='x',
            route=Route(Proxy('http', host, 8080, 'user', 'hunter2')),
            solution=f"`export HTTPS_PROXY='http://USER:PASSWORD@{shown}'`",
        )
        for host, shown in (
            *(
                (name, f'{name}:8080')
                for name in (
                    '10.0.0.5',
                    'proxy',
                    'proxy.corp.example.',
                    'squid_1',
                    'p.x',
                    '1.2.3',
                    'localhost',
                )
            ),
            ('::1', '[::1]:8080'),
            ('fe80::1%eth0', '[fe80::1%eth0]:8080'),
            *((name, 'PROXY:PORT') for name in ('fe80::1%;id', '-p', 'p|id', '$(id)', 'a..b')),
        )
    ),
    connection_row(
        'a proxy with an invalid host requires credentials',
        'Failed',
        'ProxyAuthenticationRequired',
        'ProxyLogin',
        proxy='x',
        route=Route(Proxy('http', "p';rm", 80)),
        solution="`export HTTPS_PROXY='http://USER:PASSWORD@PROXY:PORT'`",
    ),
    connection_row(
        'proxy refuses',
        'Failed',
        'ProxyRefused',
        'ProxyRefused',
        proxy=SHOWN,
        solution=f'{HOST}:443',
        proxy_status=403,
        facts={'proxyStatus': 403},
        detail='mcr.test is reachable',
    ),
    connection_row(
        'proxy setting is invalid',
        'Failed',
        'InvalidProxy',
        'InvalidProxy',
        Route(failure=Failure('InvalidProxy', 'x')),
        detail='the proxy setting is invalid: it said so',
        facts={'proxy': None, **NO_REFERENCE_HOST},
    ),
    connection_row(
        'proxy is not a proxy',
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
def test_the_connection_is_passed_on_without_the_password_of_the_proxy(row: Row) -> None:
    assert_value_is(row, row.needs[0])
