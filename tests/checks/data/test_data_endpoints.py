# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's data endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.data.data_endpoints import data_endpoints
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.tcp import TcpConnection
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_data_host import DATA, rows, told
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

FAR, REGIONAL = 'myregistry.eastasia.data.azurecr.io', 'myregistry.westeurope.geo.azurecr.io'
DEAD = TcpConnection(failure=told('Timeout'))
SERVED = FakeConnection(
    resolved=Resolution(HOST, ('203.0.113.1',), 'r1.westeurope.cloudapp.azure.com')
)


def at(
    *data: Any, regional: Sequence[str] = (), connection: FakeConnection = FakeConnection()
) -> LoginServer:
    """Return a login server whose registry has these endpoints."""
    properties = {'dataEndpointHostNames': list(data), 'regionalEndpointHostNames': list(regional)}
    return replace(
        AT, connection=connection, resource={'id': REGISTRY_ID, 'properties': properties}
    )


def row(name: str, status: str, problem: str, *dead: str, login: LoginServer, **more: Any) -> Row:
    """Return a row of data-endpoints in which these hosts are out of reach."""
    hosts = {host: replace(FakeConnection(host), dialling=DEAD) for host in dead}
    return Row(
        name,
        data_endpoints,
        status,
        problem and f'DATA_ENDPOINT_ERROR {problem}',
        needs=(login,),
        probes=FakeProbes(hosts=hosts),
        **more,
    )


def alone(name: str, status: str, problem: str, connection: FakeConnection, **more: Any) -> Row:
    """Return a row of a registry whose one endpoint is out of reach."""
    return Row(
        name,
        data_endpoints,
        status,
        problem,
        needs=(at(DATA),),
        probes=FakeProbes(hosts={DATA: connection}),
        **more,
    )


TABLE = (
    row(
        'none',
        'Skipped',
        '',
        login=at(),
        detail='*.blob.core.windows.net',
        facts={'allow': ['*.blob.core.windows.net']},
    ),
    row('not known', 'Skipped', '', login=replace(AT, resource=None), detail='row login-server'),
    row('nonsense for hosts', 'Skipped', '', login=at(None, 7, 'not a host', ['x'], HOST.upper())),
    row(
        'one',
        'Passed',
        '',
        login=at(DATA),
        detail=f'1 data endpoint ({DATA}) can be reached',
        facts={'failed': []},
    ),
    row(
        'one of each, named twice',
        'Passed',
        '',
        login=at(DATA, DATA.upper(), regional=[REGIONAL]),
        detail=f'1 data endpoint and 1 regional endpoint ({DATA}, …)',
    ),
    row(
        'of two, ours',
        'Failed',
        'ConnectTimeout',
        DATA,
        login=at(DATA, FAR, connection=SERVED),
        facts={'failed': [DATA], 'host': DATA},
    ),
    row(
        "of two, the other region's",
        'Warning',
        'ConnectTimeout',
        FAR,
        login=at(DATA, FAR, connection=SERVED),
        facts={'failed': [FAR]},
    ),
    row(
        'of two, one, and who serves us is not known',
        'Failed',
        'ConnectTimeout',
        FAR,
        login=at(DATA, FAR),
    ),
    row(
        'both',
        'Failed',
        'ConnectTimeout',
        DATA,
        FAR,
        login=at(DATA, FAR, connection=SERVED),
        detail='(and 1 more)',
    ),
    row(
        'a regional one', 'Warning', 'ConnectTimeout', REGIONAL, login=at(DATA, regional=[REGIONAL])
    ),
    *rows(alone, DATA),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


def test_not_more_hosts_are_reached_than_a_registry_has() -> None:
    one = row(
        'many', 'Passed', '', login=at(*(f'r.{number}.data.azurecr.io' for number in range(1000)))
    )
    assert len(shown(one.check, run(one))['facts']['hosts']) == 64
