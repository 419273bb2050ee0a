# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `proxy` check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.connectivity.proxy import proxy
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Status
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, Route
from azext_acrhealth.probes.http.proxy_settings import SYSTEM, ProxySettings
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

CODE = 'CONNECTIVITY_PROXY_ERROR'
PROXIED, DIRECT = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2')), Route()
UNREADABLE = Route(failure=Failure('InvalidProxy', 'no host in the setting'))
SHOWN, DATA = 'http://proxy.test:8080', 'myregistry.westeurope.data.azurecr.io'
NO_SETTINGS = ProxySettings()
PROXY_SET = ProxySettings((('HTTPS_PROXY', SHOWN),), 'HTTPS_PROXY')
BYPASS = ProxySettings(
    (('HTTPS_PROXY', SHOWN), ('NO_PROXY', HOST)), 'HTTPS_PROXY', 'NO_PROXY', (HOST,)
)


def proxy_row(
    title: str,
    status: str,
    problem: str = '',
    route: Route = DIRECT,
    settings: ProxySettings = NO_SETTINGS,
    data: Any = None,
    addresses: tuple[str, ...] = ('203.0.113.10',),
    **more: Any,
) -> Row:
    """Return a row of the `proxy` check.

    `data` holds the data endpoints; `routes` and `names` describe hosts other than the login
    server.
    """
    properties = {'dataEndpointHostNames': data} if data is not None else {}
    resource = more.pop('resource', {'properties': properties})
    probes = FakeProbes(
        settings=settings,
        routes=more.pop('routes', {}),
        names={
            host: Resolution(host, resolved) for host, resolved in more.pop('names', {}).items()
        },
    )
    connection: Any = FakeConnection(
        route_result=route, resolution_result=Resolution(HOST, addresses)
    )
    login = LoginServer(HOST, connection, True, resource)
    more.setdefault('has_value', status != 'Failed')
    return Row(
        title, proxy, status, problem and f'{CODE} {problem}', probes=probes, needs=(login,), **more
    )


TABLE = (
    proxy_row(
        'none',
        'Passed',
        detail=f'no proxy: {HOST} is reached directly',
        data=[DATA],
        facts={
            'settings': {},
            'hosts': [
                {'host': host, 'proxy': None, 'why': 'no proxy is set'} for host in (HOST, DATA)
            ],
        },
    ),
    proxy_row('none, and a private address', 'Passed', addresses=('10.1.2.3',)),
    proxy_row(
        'one proxy for all hosts',
        'Passed',
        route=PROXIED,
        settings=PROXY_SET,
        data=[DATA],
        routes={DATA: PROXIED},
        detail=f'{HOST} is reached through {SHOWN} (HTTPS_PROXY)',
        facts={
            'settings': {'HTTPS_PROXY': SHOWN},
            'hosts': [
                {'host': host, 'proxy': SHOWN, 'why': 'HTTPS_PROXY'} for host in (HOST, DATA)
            ],
        },
    ),
    proxy_row(
        'a proxy that all hosts bypass',
        'Passed',
        settings=BYPASS,
        detail=f'{HOST} is reached directly, bypassing the proxy (NO_PROXY entry `{HOST}`)',
    ),
    proxy_row(
        'a name that does not resolve here',
        'Passed',
        route=PROXIED,
        settings=PROXY_SET,
        addresses=(),
    ),
    proxy_row(
        'invalid endpoints',
        'Passed',
        data=['a; rm -rf /', None, 7, HOST.upper(), ['x']],
        facts={'hosts': [{'host': HOST, 'proxy': None, 'why': 'no proxy is set'}]},
    ),
    proxy_row(
        'a private address',
        'Warning',
        'PrivateAddressThroughProxy',
        PROXIED,
        PROXY_SET,
        addresses=('10.1.2.3',),
        detail=f'{HOST} resolves to 10.1.2.3, which is private, but goes through {SHOWN}',
        solution=f'`export NO_PROXY={HOST}`',
        facts={'privateAddresses': {HOST: '10.1.2.3'}},
    ),
    proxy_row(
        'a private address, and exceptions already',
        'Warning',
        'PrivateAddressThroughProxy',
        PROXIED,
        ProxySettings((), 'https_proxy', 'no_proxy', ('localhost',)),
        addresses=('203.0.113.1', '10.1.2.3'),
        solution=f'`export no_proxy="$no_proxy,{HOST}"`',
    ),
    proxy_row(
        'a private data endpoint',
        'Warning',
        'PrivateAddressThroughProxy',
        PROXIED,
        PROXY_SET,
        [DATA],
        routes={DATA: PROXIED},
        names={DATA: ('fd00::1',)},
        detail=f'{DATA} resolves to fd00::1',
        solution=f'export NO_PROXY={DATA}',
    ),
    proxy_row(
        'both private',
        'Warning',
        'PrivateAddressThroughProxy',
        PROXIED,
        PROXY_SET,
        [DATA],
        ('10.1.2.3',),
        routes={DATA: PROXIED},
        names={DATA: ('10.1.2.4',)},
        detail='(and 1 more)',
        solution=f'export NO_PROXY={HOST},{DATA}',
    ),
    proxy_row(
        "a private address through the system's proxy",
        'Warning',
        'PrivateAddressThroughProxy',
        PROXIED,
        ProxySettings((), SYSTEM, SYSTEM),
        addresses=('10.1.2.3',),
        solution=f'if the proxy is configured there: `{HOST}`',
    ),
    proxy_row(
        'a setting that cannot be read',
        'Warning',
        'ProxyUnreadable',
        UNREADABLE,
        PROXY_SET,
        detail=f'HTTPS_PROXY is invalid for {HOST}: no host',
        solution='`unset HTTPS_PROXY`',
    ),
    proxy_row(
        'an unreadable setting for a data endpoint',
        'Warning',
        'ProxyUnreadable',
        DIRECT,
        BYPASS,
        [DATA],
        routes={DATA: UNREADABLE},
        detail=f'is invalid for {DATA}',
    ),
    proxy_row(
        'the login server bypasses it',
        'Warning',
        'PartlyBypassed',
        DIRECT,
        BYPASS,
        [DATA],
        routes={DATA: PROXIED},
        detail=f'{HOST} is reached directly, but {DATA} through {SHOWN}',
        solution=f'`export NO_PROXY="$NO_PROXY,{DATA}"`',
    ),
    proxy_row(
        'a data endpoint bypasses it',
        'Warning',
        'PartlyBypassed',
        PROXIED,
        BYPASS,
        [DATA],
        detail=f'{DATA} is reached',
    ),
    proxy_row(
        'a regional host bypasses it',
        'Warning',
        'PartlyBypassed',
        PROXIED,
        BYPASS,
        resource={
            'properties': {'regionalEndpointHostNames': ['myregistry.westeurope.geo.azurecr.io']}
        },
        detail='geo.azurecr.io is reached',
    ),
    proxy_row(
        'two spellings',
        'Warning',
        'ConflictingSettings',
        PROXIED,
        ProxySettings(
            (('https_proxy', SHOWN), ('HTTPS_PROXY', '')),
            'https_proxy',
            conflicting=('https_proxy', 'HTTPS_PROXY'),
        ),
        detail=f'https_proxy ({SHOWN}) and HTTPS_PROXY (empty) differ',
        solution='export HTTPS_PROXY="$https_proxy"',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)
    assert 'hunter2' not in str(shown(proxy, run(row)))


def test_without_a_proxy_nothing_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve_all(_: FakeProbes, hosts: list[str], __: float) -> list[Resolution]:
        assert not hosts
        return []

    monkeypatch.setattr(FakeProbes, 'resolve_all', resolve_all)
    assert run(TABLE[0]).status is Status.PASSED


JSON = st.recursive(st.none() | st.integers() | st.text() | st.just(DATA), st.lists, max_leaves=6)


@given(JSON)
def test_any_endpoints_make_a_row(data: Any) -> None:
    assert run(proxy_row('odd', '', route=PROXIED, settings=PROXY_SET, data=data)).detail
