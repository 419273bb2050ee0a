# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The proxy settings."""

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
THROUGH, DIRECT = Route(Proxy('http', 'proxy.test', 8080, 'user', 'hunter2')), Route()
UNREADABLE = Route(failure=Failure('InvalidProxy', 'no host in the setting'))
SHOWN, DATA = 'http://proxy.test:8080', 'myregistry.westeurope.data.azurecr.io'
SET = ProxySettings((('HTTPS_PROXY', SHOWN),), 'HTTPS_PROXY')
BYPASS = ProxySettings(
    (('HTTPS_PROXY', SHOWN), ('NO_PROXY', HOST)), 'HTTPS_PROXY', 'NO_PROXY', (HOST,)
)


def row(
    title: str,
    status: str,
    problem: str = '',
    way: Route = DIRECT,
    settings: ProxySettings = ProxySettings(),
    data: Any = None,
    addresses: tuple[str, ...] = ('203.0.113.10',),
    **more: Any,
) -> Row:
    """Return a row; `data` are the data endpoints, `ways` and `names` of the other hosts."""
    properties = {'dataEndpointHostNames': data} if data is not None else {}
    resource = more.pop('resource', {'properties': properties})
    probes = FakeProbes(
        settings=settings,
        ways=more.pop('ways', {}),
        names={host: Resolution(host, found) for host, found in more.pop('names', {}).items()},
    )
    connection: Any = FakeConnection(way=way, resolved=Resolution(HOST, addresses))
    login = LoginServer(HOST, connection, True, resource)
    more.setdefault('leaves', status != 'Failed')
    return Row(
        title, proxy, status, problem and f'{CODE} {problem}', probes=probes, needs=(login,), **more
    )


TABLE = (
    row(
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
    row('none, and a private address', 'Passed', addresses=('10.1.2.3',)),
    row(
        'one for all',
        'Passed',
        way=THROUGH,
        settings=SET,
        data=[DATA],
        ways={DATA: THROUGH},
        detail=f'{HOST} is reached through {SHOWN} (HTTPS_PROXY)',
        facts={
            'settings': {'HTTPS_PROXY': SHOWN},
            'hosts': [
                {'host': host, 'proxy': SHOWN, 'why': 'HTTPS_PROXY'} for host in (HOST, DATA)
            ],
        },
    ),
    row(
        'one that all go past',
        'Passed',
        settings=BYPASS,
        detail=f'{HOST} is reached directly, past the proxy (NO_PROXY entry `{HOST}`)',
    ),
    row('a name that does not resolve here', 'Passed', way=THROUGH, settings=SET, addresses=()),
    row(
        'endpoints that are none',
        'Passed',
        data=['a; rm -rf /', None, 7, HOST.upper(), ['x']],
        facts={'hosts': [{'host': HOST, 'proxy': None, 'why': 'no proxy is set'}]},
    ),
    row(
        'a private address',
        'Warning',
        'PrivateAddressThroughProxy',
        THROUGH,
        SET,
        addresses=('10.1.2.3',),
        detail=f'{HOST} is 10.1.2.3 here, which is private, but goes through {SHOWN}',
        solution=f'`export NO_PROXY={HOST}`',
        facts={'privateAddresses': {HOST: '10.1.2.3'}},
    ),
    row(
        'a private address, and exceptions already',
        'Warning',
        'PrivateAddressThroughProxy',
        THROUGH,
        ProxySettings((), 'https_proxy', 'no_proxy', ('localhost',)),
        addresses=('203.0.113.1', '10.1.2.3'),
        solution=f'`export no_proxy="$no_proxy,{HOST}"`',
    ),
    row(
        'a private data endpoint',
        'Warning',
        'PrivateAddressThroughProxy',
        THROUGH,
        SET,
        [DATA],
        ways={DATA: THROUGH},
        names={DATA: ('fd00::1',)},
        detail=f'{DATA} is fd00::1',
        solution=f'export NO_PROXY={DATA}',
    ),
    row(
        'both private',
        'Warning',
        'PrivateAddressThroughProxy',
        THROUGH,
        SET,
        [DATA],
        ('10.1.2.3',),
        ways={DATA: THROUGH},
        names={DATA: ('10.1.2.4',)},
        detail='(and 1 more)',
        solution=f'export NO_PROXY={HOST},{DATA}',
    ),
    row(
        "a private address past the system's proxy",
        'Warning',
        'PrivateAddressThroughProxy',
        THROUGH,
        ProxySettings((), SYSTEM, SYSTEM),
        addresses=('10.1.2.3',),
        solution=f'add these hosts to the exceptions there: `{HOST}`',
    ),
    row(
        'a setting that cannot be read',
        'Warning',
        'ProxyUnreadable',
        UNREADABLE,
        SET,
        detail=f'HTTPS_PROXY, which is for {HOST}, cannot be read: no host',
        solution='`unset HTTPS_PROXY`',
    ),
    row(
        'one that cannot be read for a data endpoint',
        'Warning',
        'ProxyUnreadable',
        DIRECT,
        BYPASS,
        [DATA],
        ways={DATA: UNREADABLE},
        detail=f'which is for {DATA}',
    ),
    row(
        'the login server past it',
        'Warning',
        'PartlyBypassed',
        DIRECT,
        BYPASS,
        [DATA],
        ways={DATA: THROUGH},
        detail=f'{HOST} is reached directly, but {DATA} through {SHOWN}',
        solution=f'`export NO_PROXY="$NO_PROXY,{DATA}"`',
    ),
    row(
        'a data endpoint past it',
        'Warning',
        'PartlyBypassed',
        THROUGH,
        BYPASS,
        [DATA],
        detail=f'{DATA} is reached',
    ),
    row(
        'a regional host past it',
        'Warning',
        'PartlyBypassed',
        THROUGH,
        BYPASS,
        resource={
            'properties': {'regionalEndpointHostNames': ['myregistry.westeurope.geo.azurecr.io']}
        },
        detail='geo.azurecr.io is reached',
    ),
    row(
        'two spellings',
        'Warning',
        'ConflictingSettings',
        THROUGH,
        ProxySettings(
            (('https_proxy', SHOWN), ('HTTPS_PROXY', '')),
            'https_proxy',
            disagreeing=('https_proxy', 'HTTPS_PROXY'),
        ),
        detail=f'https_proxy ({SHOWN}) and HTTPS_PROXY (empty) differ',
        solution='export HTTPS_PROXY="$https_proxy"',
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)
    assert 'hunter2' not in str(shown(proxy, run(one)))


def test_without_a_proxy_nothing_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve_all(_: FakeProbes, hosts: list[str], __: float) -> list[Resolution]:
        assert not hosts
        return []

    monkeypatch.setattr(FakeProbes, 'resolve_all', resolve_all)
    assert run(TABLE[0]).status is Status.PASSED


JSON = st.recursive(st.none() | st.integers() | st.text() | st.just(DATA), st.lists, max_leaves=6)


@given(JSON)
def test_any_endpoints_make_a_row(data: Any) -> None:
    assert run(row('odd', '', way=THROUGH, settings=SET, data=data)).detail
