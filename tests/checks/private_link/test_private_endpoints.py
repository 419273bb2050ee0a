# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connections of private endpoints, and the names that should resolve to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given

from azext_acrhealth.checks.private_link.private_endpoints import private_endpoints
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection, FakeProbes
from tests.checks.private_link.test_private_dns import JSON, endpoint, interface_resources
from tests.checks.registry.test_endpoint_connections import told
from tests.checks.table import Row, run, shown, verify

EAST, WEST = 'myregistry.eastus.data.azurecr.io', 'myregistry.westeurope.data.azurecr.io'
REGIONAL = 'myregistry.eastus.geo.azurecr.io'
PRIVATE = {HOST: '10.0.0.5', EAST: '10.0.0.4', WEST: '10.0.0.6', REGIONAL: '10.0.0.7'}
PUBLIC = '203.0.113.10'
NOWHERE: tuple[str, ...] = ()


def resolving(host: str, addresses: Sequence[str]) -> FakeConnection:
    """Return a connection with a host that resolves to these addresses."""
    unknown = None if addresses else Failure('NotFound', 'no such name')
    return FakeConnection(
        host, resolution_result=Resolution(host, tuple(addresses), failure=unknown)
    )


def row(
    name: str,
    status: str,
    problem: str = '',
    names: Mapping[str, Any] | None = None,
    connections: Any = None,
    public: Any = 'Disabled',
    resources: Mapping[str, Any] | None = None,
    host: str = HOST,
    **more: Any,
) -> Row:
    """Return a row for a registry with two data endpoints and a regional endpoint.

    `names`: those that resolve to other addresses than in PRIVATE. `resources`: ARM's JSON by
    resource id, or a result; without it nothing may be read.
    """
    resolved = {
        name: (addresses,) if isinstance(addresses, str) else addresses
        for name, addresses in {**PRIVATE, **(names or {})}.items()
    }
    hosts = {name: resolving(name, addresses) for name, addresses in resolved.items()}
    reads = {
        key: value if isinstance(value, ArmResult) else ArmResult(value)
        for key, value in (resources or {}).items()
    }
    login = LoginServer(
        host,
        hosts[host.lower()],
        True,
        {
            'id': REGISTRY_ID,
            'properties': {
                'loginServer': HOST,
                'publicNetworkAccess': public,
                'dataEndpointHostNames': [EAST, WEST, 'x y', None],
                'regionalEndpointHostNames': [REGIONAL],
                'privateEndpointConnections': [told()] if connections is None else connections,
            },
        },
    )
    return Row(
        name,
        private_endpoints,
        status,
        problem and f'PRIVATE_ENDPOINT_ERROR {problem}',
        **{'needs': (login,), 'probes': FakeProbes(hosts=hosts, resources=reads), **more},
    )


def failure(kind: str) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'simulated'), status=403)


ONE_ENDPOINT = {
    '/x/pe1': endpoint('/vnet1', 'nic1', 'nic2'),
    **interface_resources(
        nic1={HOST: '10.0.0.5', EAST: '10.0.0.4'}, nic2={WEST: '10.0.0.6', REGIONAL: '10.0.0.7'}
    ),
}
TWO_ENDPOINTS = {
    **ONE_ENDPOINT,
    '/x/pe2': endpoint('/vnet2', 'nic3'),
    **interface_resources(
        nic3={HOST: '10.9.0.5', EAST: '10.9.0.4', WEST: '10.9.0.6', REGIONAL: '10.9.0.7'}
    ),
}
TWO_CONNECTIONS = [told(), told(endpoint='/x/pe2')]
LACKS_WEST = {
    'name': WEST,
    'addresses': [],
    'private': False,
    'record': 'myregistry.westeurope.data',
    'address': '10.0.0.6',
}
TABLE = (
    row(
        "the registry wasn't read",
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail=RESOURCE_NOT_READ,
    ),
    *(
        row(f'no connection: {odd!r}', 'Skipped', connections=odd, detail='no private endpoint')
        for odd in ([], 'x', 7, {})
    ),
    row(
        'all names are private',
        'Passed',
        detail='1 connection approved; 4 names resolve to private addresses here',
        facts={
            'connections': [
                {
                    'name': 'pe1',
                    'endpoint': '/x/pe1',
                    'status': 'Approved',
                    'description': 'd',
                    'provisioningState': 'Succeeded',
                    'actionsRequired': 'None',
                }
            ],
            'names': [
                {'name': name, 'addresses': [address], 'private': True}
                for name, address in (
                    (HOST, '10.0.0.5'),
                    (REGIONAL, '10.0.0.7'),
                    (EAST, '10.0.0.4'),
                    (WEST, '10.0.0.6'),
                )
            ],
        },
    ),
    row('a host in capitals', 'Passed', host=HOST.upper(), detail='4 names'),
    row(
        'all names are public',
        'Passed',
        names=dict.fromkeys(PRIVATE, PUBLIC),
        connections=TWO_CONNECTIONS,
        detail='2 connections approved; names resolve to public addresses here',
    ),
    row('no name resolves', 'Passed', names=dict.fromkeys(PRIVATE, NOWHERE), detail='`dns` check'),
    row('a host that was typed', 'Passed', host=REGIONAL, detail='4 names resolve to private'),
    *(
        row(
            f'{status}, public access is on',
            'Warning',
            problem,
            connections=[told(), told(status, name='c2')],
            public='Enabled',
            detail=f'connection c2 is {status or "in an unknown state"} (d)',
            solution=solution,
        )
        for status, problem, solution in (
            ('Pending', 'ConnectionPending', 'approve --registry-name myregistry --name c2'),
            ('Rejected', 'ConnectionRejected', 'delete --registry-name myregistry --name c2'),
            (
                'Disconnected',
                'ConnectionDisconnected',
                f'--private-connection-resource-id {REGISTRY_ID}',
            ),
            ('Other', 'ConnectionNotApproved', 'show --registry-name myregistry --name c2'),
            (None, 'ConnectionNotApproved', 'show'),
        )
    ),
    row(
        'the only connection is pending, public access is on',
        'Warning',
        'ConnectionPending',
        dict.fromkeys(PRIVATE, PUBLIC),
        [told('Pending')],
        'Enabled',
    ),
    row(
        'a connection of two is pending, public access is off',
        'Warning',
        'ConnectionPending',
        connections=[told(), told('Pending')],
    ),
    *(
        row(
            f'all are {status}, public access is off',
            'Failed',
            f'Connection{status}',
            connections=[told(status)],
            detail='; none is approved, and public network access is disabled',
        )
        for status in ('Pending', 'Rejected', 'Disconnected')
    ),
    row(
        'several connections, the worst first',
        'Failed',
        'ConnectionRejected',
        connections=[told('Pending'), told('Rejected')],
        detail='connection pe1 is Rejected (d) (and 1 more)',
    ),
    row(
        'an invalid name of a connection',
        'Warning',
        'ConnectionPending',
        connections=[told(), told('Pending', name='a; reboot')],
        unfilled_placeholders=['connection'],
    ),
    row(
        'entries of another type',
        'Failed',
        'ConnectionNotApproved',
        connections=[None, 'x'],
        detail='in an unknown state',
        unfilled_placeholders=['connection'],
    ),
    row(
        'a replica without a record',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        resources=ONE_ENDPOINT,
        facts={'missing': [LACKS_WEST], 'notRead': []},
        detail=f"{WEST} doesn't resolve, but other names resolve to private addresses: the zone "
        'privatelink.azurecr.io needs the record myregistry.westeurope.data for 10.0.0.6',
        solution='--record-set-name myregistry.westeurope.data --ipv4-address 10.0.0.6`',
    ),
    row(
        'a replica without a record, public access is on',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        public='Enabled',
        resources=ONE_ENDPOINT,
    ),
    row(
        'the login server without a record',
        'Failed',
        'RecordMissing',
        {HOST: NOWHERE},
        resources=ONE_ENDPOINT,
        solution='--record-set-name myregistry --ipv4-address 10.0.0.5`',
    ),
    row(
        'a public name',
        'Failed',
        'NameResolvesPublicly',
        {EAST: PUBLIC},
        resources=ONE_ENDPOINT,
        detail=f'{EAST} resolves to {PUBLIC}, but other names',
        solution='forward the zone `azurecr.io`',
    ),
    row(
        'a public name, public access is on',
        'Warning',
        'NameResolvesPublicly',
        {EAST: PUBLIC},
        public='Enabled',
        resources=ONE_ENDPOINT,
    ),
    row(
        'a name with a private and a public address',
        'Failed',
        'NameResolvesPublicly',
        {EAST: ('10.0.0.4', PUBLIC)},
        resources=ONE_ENDPOINT,
    ),
    row(
        'several missing records',
        'Failed',
        'RecordMissing',
        {EAST: PUBLIC, WEST: NOWHERE, REGIONAL: NOWHERE},
        resources=ONE_ENDPOINT,
        detail=f"{REGIONAL} doesn't resolve, but other names resolve to private addresses (3 names "
        'affected)',
    ),
    row(
        'two endpoints: the names resolve to the first',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        TWO_CONNECTIONS,
        resources=TWO_ENDPOINTS,
        facts={'missing': [LACKS_WEST]},
    ),
    row(
        'two endpoints: the names resolve to the second',
        'Failed',
        'RecordMissing',
        {HOST: '10.9.0.5', EAST: '10.9.0.4', REGIONAL: '10.9.0.7', WEST: NOWHERE},
        TWO_CONNECTIONS,
        resources=TWO_ENDPOINTS,
        facts={'missing': [{**LACKS_WEST, 'address': '10.9.0.6'}]},
    ),
    row(
        'two endpoints: the names resolve to neither',
        'Failed',
        'RecordMissing',
        {HOST: '10.7.0.5', EAST: '10.7.0.4', REGIONAL: '10.7.0.7', WEST: NOWHERE},
        TWO_CONNECTIONS,
        resources=TWO_ENDPOINTS,
    ),
    row(
        'IPv4 before IPv6',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        resources={
            '/x/pe1': endpoint('/vnet1', 'nic1', 'nic2'),
            **interface_resources(nic1={WEST: 'fd00::6'}, nic2={WEST: '10.0.0.6'}),
        },
        facts={'missing': [LACKS_WEST]},
    ),
    row(
        'a missing record and a pending connection',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        [told(), told('Pending')],
        resources=ONE_ENDPOINT,
        detail='; 1 connection is not approved',
    ),
    *(
        row(
            f'the endpoint cannot be read: {kind}',
            'Failed',
            'RecordMissing',
            {WEST: NOWHERE},
            resources={'/x/pe1': failure(kind)},
            detail='whose address is listed by the network interface of pe1 (simulated)',
            unfilled_placeholders=['address'],
            facts={'notRead': ['pe1']},
        )
        for kind in ('Forbidden', 'Unavailable')
    ),
    row(
        'the interface cannot be read',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        resources={'/x/pe1': endpoint('/vnet1', '/x/nic1'), '/x/nic1': failure('Forbidden')},
        detail='whose address is listed by the network interface nic1',
        unfilled_placeholders=['address'],
    ),
    row(
        'the endpoint is deleted',
        'Failed',
        'RecordMissing',
        {WEST: NOWHERE},
        resources={'/x/pe1': failure('NotFound')},
        detail="whose address is listed by the endpoint's network interface",
        unfilled_placeholders=['address'],
    ),
    row(
        'a host of another suffix',
        'Failed',
        'RecordMissing',
        {'myregistry.example.org': '10.0.0.5', WEST: NOWHERE},
        host='myregistry.example.org',
        resources=ONE_ENDPOINT,
        detail='the zone privatelink.example.org',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@pytest.mark.parametrize(
    'names, asked',
    [({}, []), (dict.fromkeys(PRIVATE, PUBLIC), []), ({WEST: NOWHERE}, ['/x/pe1', 'nic1', 'nic2'])],
)
def test_endpoints_are_read_only_for_missing_records(names: Any, asked: list[str]) -> None:
    case = row('reads', '', names=names, resources=ONE_ENDPOINT)
    probes = case.probes
    context = Context(case.target, case.options, probes, 1e9, probes.host_connections())
    private_endpoints.run(context, *case.needs)
    assert case.probes.requests == asked


@given(JSON, JSON)
def test_any_json_makes_a_row(connections: Any, resource: Any) -> None:
    for listed in (connections, None):
        outcome = run(
            row(
                'odd',
                '',
                names={WEST: NOWHERE},
                connections=listed,
                resources={'/x/pe1': {'properties': resource}, 'nic1': {'properties': resource}},
            )
        )
        assert shown(private_endpoints, outcome)['status'] in (
            'Passed',
            'Warning',
            'Failed',
            'Skipped',
        )
