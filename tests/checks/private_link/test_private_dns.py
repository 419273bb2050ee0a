# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The names of the private endpoint in a virtual network: what they resolve to here."""

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
from tests.checks.table import MYREGISTRY, Row, run, shown, verify

GROUP = '/subscriptions/s/resourceGroups/Net'
VNET = f'{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet1'
ID = f'{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry'
DATA = 'myregistry.eastus.data.azurecr.io'
EXPECTED = {HOST: '10.0.0.5', DATA: '10.0.0.4'}


def interface_resources(**interfaces: Mapping[str, str]) -> dict[str, Any]:
    """Return the resources of network interfaces: each lists addresses by name."""
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
    """Return the resource of a private endpoint in a network."""
    return {
        'properties': {
            'subnet': {'id': f'{network}/subnets/default'},
            'networkInterfaces': [{'id': name} for name in interfaces],
        }
    }


ONE_ENDPOINT = {'pe1': endpoint(VNET, 'nic1'), **interface_resources(nic1=EXPECTED)}


def resolutions(names: Mapping[str, Any]) -> dict[str, Resolution]:
    """Return how names resolve: as expected, but for those with other addresses in `names`."""
    return {
        host: Resolution(host, (addresses,) if isinstance(addresses, str) else addresses)
        for host, addresses in {**EXPECTED, **names}.items()
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
    """Return a row.

    `resources`: ARM's JSON by resource id, or a result. `names`: what resolves to other addresses
    than expected.
    """
    reads = {
        key: value if isinstance(value, ArmResult) else ArmResult(value)
        for key, value in (resources or ONE_ENDPOINT).items()
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
    probes = FakeProbes(resources=reads, names=resolutions(names or {}))
    return Row(
        name,
        private_dns,
        status,
        problem and (problem if ' ' in problem else f'CONNECTIVITY_DNS_ERROR {problem}'),
        **{
            'needs': (login,),
            'probes': probes,
            'options': Options(vnet=vnet, targets=(MYREGISTRY,)),
            **more,
        },
    )


def failure(kind: str) -> ArmResult:
    return ArmResult(failure=Failure(kind, 'simulated'))


def fact(name: str, right: bool = True, *addresses: str) -> dict[str, Any]:
    """Return the fact of a name and the addresses that it resolves to."""
    return {
        'name': name,
        'expected': [EXPECTED[name]],
        'resolved': list(addresses) or [EXPECTED[name]] * right,
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
UNKNOWN_READER = ('object_id', 'endpoint_group')
FORBIDDEN, UNAVAILABLE = 'ARM_READ_ERROR EndpointForbidden', 'ARM_READ_ERROR EndpointUnavailable'
TABLE = (
    row(
        'all names match',
        'Passed',
        facts={'network': VNET, 'endpoints': ['pe1'], 'names': [fact(HOST), fact(DATA)]},
    ),
    row('a network by its id', 'Passed', vnet=VNET),
    row('a network by its id, in capitals, with a slash', 'Passed', vnet=VNET.upper() + '/'),
    row(
        'several interfaces',
        'Passed',
        resources={
            'pe1': endpoint(VNET, 'nic1', 'nic2'),
            **interface_resources(nic1={HOST: '10.0.0.5'}, nic2={DATA: '10.0.0.4'}),
        },
        detail='2 names',
    ),
    row(
        'several endpoints, one in the network',
        'Passed',
        resources={
            'pe0': endpoint(f'{VNET}0', 'nic0'),
            **interface_resources(nic0={HOST: '10.9.9.9'}),
            **ONE_ENDPOINT,
        },
        facts={'endpoints': ['pe1']},
    ),
    row(
        'several endpoints in the network',
        'Passed',
        resources={
            'pe2': endpoint(VNET, 'nic2'),
            **interface_resources(nic2={HOST: '10.0.0.9'}),
            **ONE_ENDPOINT,
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
        'a deleted endpoint lies in no network',
        'Passed',
        resources={'pe0': failure('NotFound'), **ONE_ENDPOINT},
    ),
    *(
        row(
            f'an unread endpoint that may lie in the network: {kind}',
            'Warning',
            problem,
            resources={'pe0': failure(kind), **ONE_ENDPOINT},
            detail="1 of 2 private endpoints weren't read",
            facts={'notRead': ['pe0']},
            unfilled_placeholders=UNKNOWN_READER if kind == 'Forbidden' else (),
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
        'a request for support',
        'Passed',
        resources={
            'pe1': ArmResult(
                endpoint(VNET, 'nic1'),
                status=200,
                at='2026-01-02T03:04:05Z',
                correlation_id='c0ffee',
            ),
            **interface_resources(nic1=EXPECTED),
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
        'too many endpoints',
        'Warning',
        UNAVAILABLE,
        detail="private endpoints weren't read",
        resources={
            **ONE_ENDPOINT,
            **{f'pe{number}': endpoint(f'{VNET}0') for number in range(2, 300)},
        },
    ),
    row(
        'too many names',
        'Warning',
        UNAVAILABLE,
        detail="weren't checked",
        resources=configured(named([f'n{number}.azurecr.io' for number in range(400)])),
        names={f'n{number}.azurecr.io': '10.0.0.5' for number in range(400)},
    ),
    row(
        'too many interfaces',
        'Failed',
        UNAVAILABLE,
        {
            'pe1': endpoint(VNET, *(f'nic{number}' for number in range(99))),
            **interface_resources(nic0=EXPECTED),
        },
    ),
    row(
        'a public address',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: '203.0.113.10'},
        detail=f'{HOST} resolves to 203.0.113.10, not 10.0.0.5',
        solution='--record-set-name myregistry --ipv4-address 10.0.0.5',
        facts={'names': [fact(HOST, False, '203.0.113.10'), fact(DATA)]},
    ),
    row(
        'another private address',
        'Failed',
        'NotPrivateEndpointAddress',
        names={DATA: '10.0.0.5'},
        detail=DATA,
    ),
    row(
        'a private and a public address',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: ('10.0.0.5', '203.0.113.10')},
    ),
    row(
        'no name matches',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: '8.8.8.8', DATA: '8.8.8.8'},
        detail='2 of 2 names differ',
    ),
    row(
        'an unknown name',
        'Failed',
        'NotPrivateEndpointAddress',
        resources=configured(named(['new.azurecr.io'])),
        detail="new.azurecr.io doesn't resolve (no such name), expected 10.0.0.5",
    ),
    row(
        'a name without an address',
        'Failed',
        'NotPrivateEndpointAddress',
        names={HOST: ()},
        detail=f"{HOST} doesn't resolve (no address), expected 10.0.0.5",
    ),
    row('no endpoint', 'Failed', NONE, endpoints=[]),
    *(
        row(f'no endpoint: {endpoints!r}', 'Failed', NONE, endpoints=endpoints)
        for endpoints in (
            {},
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
    row(
        'vnet1 is not vnet10',
        'Failed',
        ELSEWHERE,
        vnet='vnet10',
        detail='vnet10 has no private endpoint of the registry (1 in other networks)',
    ),
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
    row(
        'no interface', 'Failed', WITHOUT, {'pe1': endpoint(VNET)}, detail='pe1 lists no DNS names'
    ),
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
        "the registry wasn't read",
        'Failed',
        'ARM_READ_ERROR RegistryUnreadable',
        needs=(LoginServer(HOST, FakeConnection(), True),),
    ),
    row(
        'no permission to read the endpoint',
        'Failed',
        FORBIDDEN,
        {'pe1': failure('Forbidden')},
        unfilled_placeholders=UNKNOWN_READER,
        detail='simulated',
    ),
    row(
        'no permission to read the interface',
        'Failed',
        FORBIDDEN,
        {'pe1': endpoint(VNET, 'nic1'), 'nic1': failure('Forbidden')},
        unfilled_placeholders=UNKNOWN_READER,
    ),
    row('ARM is unavailable', 'Failed', UNAVAILABLE, {'pe1': failure('Unavailable')}),
    row('a deleted endpoint', 'Failed', UNAVAILABLE, {'pe1': failure('NotFound')}),
    row('an interface without an id', 'Failed', UNAVAILABLE, {'pe1': endpoint(VNET, None)}),
    row(
        'an unreadable interface of two',
        'Failed',
        FORBIDDEN,
        {
            'pe1': endpoint(VNET, 'nic1', 'nic2'),
            **interface_resources(nic1=EXPECTED),
            'nic2': failure('Forbidden'),
        },
        unfilled_placeholders=UNKNOWN_READER,
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


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


def test_it_is_asked_for_by_a_network() -> None:
    assert private_dns.skip_reason(Options()) == "--vnet wasn't specified"
    assert private_dns.skip_reason(Options(vnet='vnet1')) is None
