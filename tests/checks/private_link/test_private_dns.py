# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The names of the private endpoint in a virtual network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.private_link.private_dns import private_dns
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes
from tests.checks.table import Row, run, shown, verify

GROUP = '/subscriptions/s/resourceGroups/Net'
VNET = f'{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet1'
ID = f'{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry'
DATA = 'myregistry.eastus.data.azurecr.io'
SIGHT = {HOST: '10.0.0.5', DATA: '10.0.0.4'}


def given_interfaces(**interfaces: Mapping[str, str]) -> dict[str, Any]:
    """Return the interfaces' resources: for each its names and their addresses."""
    return {
        name: {
            'properties': {
                'ipConfigurations': [
                    {
                        'properties': {
                            'privateIPAddress': address,
                            'privateLinkConnectionProperties': {'fqdns': [host]},
                        }
                    }
                    for host, address in names.items()
                ]
            }
        }
        for name, names in interfaces.items()
    }


def endpoint(network: Any, *interfaces: Any) -> dict[str, Any]:
    """Return an endpoint's resource."""
    return {
        'properties': {
            'subnet': {'id': f'{network}/subnets/default'},
            'networkInterfaces': [{'id': name} for name in interfaces],
        }
    }


ONE = {'pe1': endpoint(VNET, 'nic1'), **given_interfaces(nic1=SIGHT)}


def resolved(**more: Any) -> dict[str, Resolution]:
    names = {**SIGHT, **more.get('names', {})}
    return {
        host: Resolution(host, (address,) if isinstance(address, str) else address)
        for host, address in names.items()
    }


def row(
    name: str,
    status: str,
    problem: str = '',
    resources: Any = None,
    names: Mapping[str, Any] | None = None,
    endpoints: Any = None,
    vnet: str | None = 'vnet1',
    registry_id: Any = ID,
    **more: Any,
) -> Row:
    """Return a row; `resources` is ARM's JSON by id, or a trouble.

    `names` what resolves otherwise than it should.
    """
    reads = {
        key: value if isinstance(value, ArmResult) else ArmResult(value)
        for key, value in (resources or ONE).items()
    }
    if endpoints is None:
        endpoints = [
            {'properties': {'privateEndpoint': {'id': key}}}
            for key in reads
            if key.startswith('pe')
        ]
    login = LoginServer(
        HOST,
        FakeConnection(),
        True,
        {'id': registry_id, 'properties': {'privateEndpointConnections': endpoints}},
    )
    probes = FakeProbes(resources=reads, names=resolved(names=names or {}))
    return Row(
        name,
        private_dns,
        status,
        problem and (problem if ' ' in problem else f'CONNECTIVITY_DNS_ERROR {problem}'),
        **{
            'needs': (login,),
            'probes': probes,
            'options': Options(vnet=vnet, with_registry=True),
            **more,
        },
    )


def failure(kind: str) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'it said so'))


def fact(name: str, right: bool = True, *seen: str) -> dict[str, Any]:
    return {
        'name': name,
        'expected': [SIGHT[name]],
        'resolved': list(seen) or [SIGHT[name]] * right,
        'right': right,
    }


def configured(*configurations: Any) -> dict[str, Any]:
    return {
        'pe1': endpoint(VNET, 'nic1'),
        'nic1': {'properties': {'ipConfigurations': list(configurations)}},
    }


def named(fqdns: Any, address: Any = '10.0.0.5') -> dict[str, Any]:
    return {
        'properties': {
            'privateIPAddress': address,
            'privateLinkConnectionProperties': {'fqdns': fqdns},
        }
    }


WITHOUT, ELSEWHERE, NONE = 'EndpointWithoutRecords', 'NoEndpointInNetwork', 'NoPrivateEndpoint'
FORBIDDEN, UNAVAILABLE = 'ARM_READ_ERROR EndpointForbidden', 'ARM_READ_ERROR EndpointUnavailable'
TABLE = (
    row('not asked for', 'Skipped', vnet=None, detail='--vnet'),
    row(
        'right',
        'Passed',
        facts={'network': VNET, 'endpoints': ['pe1'], 'names': [fact(HOST), fact(DATA)]},
    ),
    row('by id', 'Passed', vnet=VNET),
    row('by id in other capitals, with a slash', 'Passed', vnet=VNET.upper() + '/'),
    row(
        'several interfaces',
        'Passed',
        resources={
            'pe1': endpoint(VNET, 'nic1', 'nic2'),
            **given_interfaces(nic1={HOST: '10.0.0.5'}, nic2={DATA: '10.0.0.4'}),
        },
        detail='2 names',
    ),
    row(
        'several endpoints, one here',
        'Passed',
        resources={
            'pe0': endpoint(f'{VNET}0', 'nic0'),
            **given_interfaces(nic0={HOST: '10.9.9.9'}),
            **ONE,
        },
        facts={'endpoints': ['pe1']},
    ),
    row(
        'several endpoints here',
        'Passed',
        resources={
            'pe2': endpoint(VNET, 'nic2'),
            **given_interfaces(nic2={HOST: '10.0.0.9'}),
            **ONE,
        },
        facts={'endpoints': ['pe2', 'pe1']},
    ),
    row(
        'several names in one configuration',
        'Passed',
        resources=configured(named([HOST, 'Other.AzureCR.io'])),
        names={'other.azurecr.io': '10.0.0.5'},
        detail='2 names',
    ),
    row(
        'an endpoint that is gone lies nowhere',
        'Passed',
        resources={'pe0': failure('NotFound'), **ONE},
    ),
    *(
        row(
            f'an endpoint that may lie here: {kind}',
            'Warning',
            problem,
            resources={'pe0': failure(kind), **ONE},
            detail='1 of 2 endpoints were not read',
            facts={'notRead': ['pe0']},
        )
        for kind, problem in (('Forbidden', FORBIDDEN), ('Unavailable', UNAVAILABLE))
    ),
    row(
        'an IPv6 address in another spelling',
        'Passed',
        resources=configured(named([HOST], 'FD00:0:0::0005')),
        names={HOST: 'fd00::5'},
    ),
    row(
        'an answer for support',
        'Passed',
        resources={
            'pe1': ArmResult(
                endpoint(VNET, 'nic1'),
                status=200,
                at='2026-01-02T03:04:05Z',
                correlation_id='c0ffee',
            ),
            **given_interfaces(nic1=SIGHT),
        },
        facts={
            'requests': [
                {
                    'what': 'pe1',
                    'at': '2026-01-02T03:04:05Z',
                    'status': 200,
                    'correlationId': 'c0ffee',
                },
                {'what': 'nic1', 'at': None, 'status': None, 'correlationId': None},
            ]
        },
    ),
    row(
        'more endpoints than are read',
        'Warning',
        UNAVAILABLE,
        detail='endpoints were not read',
        resources={**ONE, **{f'pe{number}': endpoint(f'{VNET}0') for number in range(2, 300)}},
    ),
    row(
        'more names than are looked at',
        'Warning',
        UNAVAILABLE,
        detail='were not looked at',
        resources=configured(named([f'n{number}.azurecr.io' for number in range(400)])),
        names={f'n{number}.azurecr.io': '10.0.0.5' for number in range(400)},
    ),
    row(
        'more interfaces than an endpoint has',
        'Failed',
        UNAVAILABLE,
        {
            'pe1': endpoint(VNET, *(f'nic{number}' for number in range(99))),
            **given_interfaces(nic0=SIGHT),
        },
    ),
    row(
        'public',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: '203.0.113.10'},
        detail=f'{HOST} gives 203.0.113.10, not 10.0.0.5',
        solution='--record-set-name myregistry --ipv4-address 10.0.0.5',
        facts={'names': [fact(HOST, False, '203.0.113.10'), fact(DATA)]},
    ),
    row(
        'private, but another',
        'Failed',
        'NotPrivateEndpointAddress',
        names={DATA: '10.0.0.5'},
        detail=DATA,
    ),
    row(
        'private and public',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: ('10.0.0.5', '203.0.113.10')},
    ),
    row(
        'all wrong',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: '8.8.8.8', DATA: '8.8.8.8'},
        detail='2 of 2 names are wrong',
    ),
    row(
        'an unknown name',
        'Failed',
        'NotPrivateEndpointAddress',
        resources=configured(named(['new.azurecr.io'])),
        detail='new.azurecr.io gives no such name',
    ),
    row(
        'a name without an address',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: ()},
        detail=f'{HOST} gives nothing',
    ),
    row('no endpoint', 'Failed', NONE, endpoints=[]),
    *(
        row(f'no endpoint: {endpoints!r}', 'Failed', NONE, endpoints=endpoints)
        for endpoints in (
            None or {},
            'text',
            7,
            ['text', None, 7],
            [{}],
            [{'properties': None}],
            [{'properties': {'privateEndpoint': 'pe1'}}],
            [{'properties': {'privateEndpoint': {'id': ['pe1']}}}],
        )
    ),
    row(
        'vnet10 is not vnet1',
        'Failed',
        ELSEWHERE,
        {'pe1': endpoint(f'{VNET}0', 'nic1')},
        facts={'network': VNET},
    ),
    row('vnet1 is not vnet10', 'Failed', ELSEWHERE, vnet='vnet10', detail='lies in vnet10'),
    row(
        'a network of that name in another group',
        'Failed',
        ELSEWHERE,
        vnet=VNET.replace('/Net/', '/Other/'),
    ),
    *(
        row(f'a registry without an id: {odd!r}', 'Failed', ELSEWHERE, registry_id=odd)
        for odd in (None, '', 'x', ['x'])
    ),
    *(
        row(f'an endpoint that is {odd!r}', 'Failed', ELSEWHERE, {'pe1': odd})
        for odd in (
            {},
            {'properties': 'text'},
            {'properties': {'subnet': VNET}},
            {'properties': {'subnet': {'id': None}}},
        )
    ),
    row('no interface', 'Failed', WITHOUT, {'pe1': endpoint(VNET)}, detail='pe1 lists no names'),
    *(
        row(
            f'interfaces that are {odd!r}',
            'Failed',
            WITHOUT,
            {'pe1': {'properties': {'subnet': {'id': VNET}, 'networkInterfaces': odd}}},
        )
        for odd in (None, 'nic1', {'id': 'nic1'})
    ),
    *(
        row(f'configurations that are {odd!r}', 'Failed', WITHOUT, configured(odd))
        for odd in (
            'text',
            None,
            {},
            {'properties': ['x']},
            {'properties': {'privateIPAddress': '10.0.0.5'}},
            named(None),
            named(HOST),
            named([None, 7, 'no host', 'a; rm -rf /']),
            named([HOST], None),
            named([HOST], ''),
        )
    ),
    row(
        'no resource',
        'Failed',
        'ARM_READ_ERROR RegistryUnreadable',
        needs=(LoginServer(HOST, FakeConnection(), True),),
    ),
    row(
        'no rights on the endpoint',
        'Failed',
        FORBIDDEN,
        {'pe1': failure('Forbidden')},
        detail='it said so',
    ),
    row(
        'no rights on the interface',
        'Failed',
        FORBIDDEN,
        {'pe1': endpoint(VNET, 'nic1'), 'nic1': failure('Forbidden')},
    ),
    row('ARM is away', 'Failed', UNAVAILABLE, {'pe1': failure('Unavailable')}),
    row('an endpoint that is gone', 'Failed', UNAVAILABLE, {'pe1': failure('NotFound')}),
    row('an interface without an id', 'Failed', UNAVAILABLE, {'pe1': endpoint(VNET, None)}),
    row(
        'one of two interfaces unreadable',
        'Failed',
        FORBIDDEN,
        {
            'pe1': endpoint(VNET, 'nic1', 'nic2'),
            **given_interfaces(nic1=SIGHT),
            'nic2': failure('Forbidden'),
        },
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([VNET, HOST, 'nic1']),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    'id',
                    'properties',
                    'subnet',
                    'networkInterfaces',
                    'ipConfigurations',
                    'fqdns',
                    'privateIPAddress',
                    'privateLinkConnectionProperties',
                    'privateEndpoint',
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.sampled_from(['id', 'properties']), JSON)


@given(JSON, OBJECT, OBJECT)
def test_any_json_makes_a_row(endpoints: Any, first: Any, interface: Any) -> None:
    for listed in (endpoints, None):
        outcome = run(row('odd', '', '', {'pe1': first, 'nic1': interface}, endpoints=listed))
        assert shown(private_dns, outcome)['status'] in ('Passed', 'Warning', 'Failed')
