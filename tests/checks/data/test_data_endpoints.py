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
from azext_acrhealth.probes.http.dns_query import DnsServers
from azext_acrhealth.probes.http.tcp import TcpConnection
from tests.checks.authentication.test_token_response import AT
from tests.checks.data.test_data_host import DATA, UNKNOWN, failure, hidden_rows, rows
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

EAST_ASIA, REGIONAL = 'myregistry.eastasia.data.azurecr.io', 'myregistry.westeurope.geo.azurecr.io'
TIMED_OUT = TcpConnection(failure=failure('Timeout'))
# The region of its canonical name serves this machine.
WEST_EUROPE = FakeConnection(
    resolution_result=Resolution(HOST, ('203.0.113.1',), 'r1.westeurope.cloudapp.azure.com')
)
ANY_REGION = FakeConnection()


def login_server_with(
    *data: Any, regional: Sequence[str] = (), connection: FakeConnection = ANY_REGION
) -> LoginServer:
    """Return a login server whose registry has these endpoints."""
    properties = {'dataEndpointHostNames': list(data), 'regionalEndpointHostNames': list(regional)}
    return AT._replace(
        connection=connection, resource={'id': REGISTRY_ID, 'properties': properties}
    )


def row(
    name: str, status: str, problem: str, *unreachable: str, login: LoginServer, **more: Any
) -> Row:
    """Return a row of data-endpoints in which some hosts cannot be reached."""
    hosts = {host: replace(FakeConnection(host), tcp_result=TIMED_OUT) for host in unreachable}
    return Row(
        name,
        data_endpoints,
        status,
        problem and f'DATA_ENDPOINT_ERROR {problem}',
        needs=(login,),
        probes=FakeProbes(hosts=hosts),
        **more,
    )


def single(
    name: str,
    status: str,
    problem: str,
    connection: FakeConnection,
    dns_responses: DnsServers = UNKNOWN,
    **more: Any,
) -> Row:
    """Return a row of a registry whose only data endpoint cannot be reached."""
    return Row(
        name,
        data_endpoints,
        status,
        problem,
        needs=(login_server_with(DATA),),
        probes=FakeProbes(hosts={DATA: connection}, dns_responses=dns_responses),
        **more,
    )


TABLE = (
    row(
        'no data endpoint',
        'Skipped',
        '',
        login=login_server_with(),
        detail='*.blob.core.windows.net',
        facts={'allow': ['*.blob.core.windows.net']},
    ),
    row(
        "the registry wasn't read",
        'Skipped',
        '',
        login=AT._replace(resource=None),
        detail='`login-server` check',
    ),
    row(
        'entries that are no hosts',
        'Skipped',
        '',
        login=login_server_with(None, 7, 'not a host', ['x'], HOST.upper()),
    ),
    row(
        'a data endpoint',
        'Passed',
        '',
        login=login_server_with(DATA),
        detail=f'1 data endpoint ({DATA}) can be reached',
        facts={'failed': []},
    ),
    row(
        'a data endpoint, listed twice, and a regional endpoint',
        'Passed',
        '',
        login=login_server_with(DATA, DATA.upper(), regional=[REGIONAL]),
        detail=f'1 data endpoint and 1 regional endpoint ({DATA}, …)',
    ),
    row(
        'of two, the endpoint of the serving region',
        'Failed',
        'ConnectTimeout',
        DATA,
        login=login_server_with(DATA, EAST_ASIA, connection=WEST_EUROPE),
        facts={'failed': [DATA], 'host': DATA},
    ),
    row(
        'of two, the endpoint of another region',
        'Warning',
        'ConnectTimeout',
        EAST_ASIA,
        login=login_server_with(DATA, EAST_ASIA, connection=WEST_EUROPE),
        facts={'failed': [EAST_ASIA]},
    ),
    row(
        'of two, an endpoint, and the serving region is unknown',
        'Failed',
        'ConnectTimeout',
        EAST_ASIA,
        login=login_server_with(DATA, EAST_ASIA),
    ),
    row(
        'both endpoints',
        'Failed',
        'ConnectTimeout',
        DATA,
        EAST_ASIA,
        login=login_server_with(DATA, EAST_ASIA, connection=WEST_EUROPE),
        detail='(and 1 more)',
    ),
    row(
        'a regional endpoint',
        'Warning',
        'ConnectTimeout',
        REGIONAL,
        login=login_server_with(DATA, regional=[REGIONAL]),
    ),
    *rows(single, DATA),
    *hidden_rows(single, DATA),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_the_number_of_hosts_is_bounded() -> None:
    case = row(
        'many',
        'Passed',
        '',
        login=login_server_with(*(f'r.{number}.data.azurecr.io' for number in range(1000))),
    )
    assert len(shown(case.check, run(case))['facts']['hosts']) == 64
