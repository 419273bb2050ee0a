# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--vnet: all names of a private endpoint in a virtual network resolve to its private addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

DNS, ARM_READ = 'CONNECTIVITY_DNS_ERROR', 'ARM_READ_ERROR'
NETWORK = 'Microsoft.Network/'
REGISTRY, DATA = 'privreg.azurecr.test', 'privreg.eastus.data.azurecr.test'
ENDPOINT = cloud.resource_id('rg-network', NETWORK + 'privateEndpoints', 'privreg-vnet1')
INTERFACE = cloud.resource_id('rg-network', NETWORK + 'networkInterfaces', 'privreg-vnet1-nic')


def vnet_id(name: str, group: str = 'rg-network', subscription: str = cloud.SUBSCRIPTION) -> str:
    """Return a virtual network's id."""
    return cloud.resource_id(group, NETWORK + 'virtualNetworks', name, subscription)


def check_vnet(sandbox: Sandbox, network: str = 'vnet1', registry: str = 'privreg') -> Run:
    """Run only the checks that --vnet adds."""
    return check(
        sandbox, '-n', registry, '--vnet', network, '--only', 'private-dns', 'login-server'
    )


def interface(*configurations: tuple[str, list[str]]) -> dict[str, Any]:
    """Return a network interface whose addresses have these names."""
    return {
        'properties': {
            'ipConfigurations': [
                {
                    'properties': {
                        'privateIPAddress': address,
                        'privateLinkConnectionProperties': {'fqdns': names},
                    }
                }
                for address, names in configurations
            ]
        }
    }


@pytest.mark.parametrize(
    'network', ['vnet1', 'VNET1', vnet_id('vnet1'), vnet_id('VNet1', 'RG-Network') + '/']
)
def test_right(sandbox: Sandbox, network: str) -> None:
    row = check_vnet(sandbox, network).has('private-dns', 'Passed')
    assert {
        (record['name'], *record['expected'], *record['resolved'], record['right'])
        for record in row['facts']['names']
    } == {(REGISTRY, '10.1.0.5', '10.1.0.5', True), (DATA, '10.1.0.4', '10.1.0.4', True)}
    assert row['facts']['endpoints'] == [ENDPOINT]
    assert (
        len(sandbox.requests('arm-nic')) == 1 and len(sandbox.requests('arm-private-endpoint')) <= 2
    )


def test_the_other_checks_run_too(sandbox: Sandbox) -> None:
    run = check(
        sandbox, '-n', 'privreg', '--vnet', 'vnet1', '--repository', 'hello', '--need', 'pull'
    )
    assert (
        run.finished.code == 0
        and run.statuses()['private-dns'] == run.statuses()['access-token'] == 'Passed'
    )


@pytest.mark.parametrize(
    'names, shown',
    [
        ({REGISTRY: ['127.0.0.1']}, f'{REGISTRY} resolves to 127.0.0.1, not 10.1.0.5'),
        ({DATA: ['127.0.0.1']}, f'{DATA} resolves to 127.0.0.1, not 10.1.0.4'),
        ({REGISTRY: ['10.1.0.5', '127.0.0.1']}, f'{REGISTRY} resolves to '),
        ({REGISTRY: ['10.1.0.4'], DATA: ['10.1.0.5']}, '(2 of 2 names differ)'),
    ],
)
def test_wrong(sandbox: Sandbox, names: dict[str, list[str]], shown: str) -> None:
    for name, addresses in names.items():
        sandbox.set_dns(name, a=addresses)
    run = check_vnet(sandbox)
    row = run.has('private-dns', 'Failed', DNS, 'NotPrivateEndpointAddress')
    wrong_names = {record['name'] for record in row['facts']['names'] if not record['right']}
    assert wrong_names == set(names) and run.finished.code == 1
    assert shown in row['detail']
    assert 'privatelink.azurecr.test' in row['solutions'][0]


@pytest.mark.parametrize('answer', ['nxdomain', 'servfail', 'nodata'])
def test_name_without_an_answer(sandbox: Sandbox, answer: str) -> None:
    sandbox.set_dns(DATA, answer=answer)
    row = check_vnet(sandbox).has('private-dns', 'Failed', DNS, 'NotPrivateEndpointAddress')
    assert DATA in row['detail'] and [
        record['resolved'] for record in row['facts']['names'] if not record['right']
    ] == [[]]


@pytest.mark.parametrize('network', ['vnet10', vnet_id('vnet10')])
def test_vnet10_is_not_vnet1(sandbox: Sandbox, network: str) -> None:
    row = check_vnet(sandbox, network).has(
        'private-dns', 'Failed', DNS, 'NotPrivateEndpointAddress'
    )
    assert {record['expected'][0] for record in row['facts']['names']} == {'10.10.0.4', '10.10.0.5'}


@pytest.mark.parametrize(
    'network',
    [
        'vnet',
        'vnet100',
        vnet_id('vnet1', 'rg-apps'),
        vnet_id('vnet1', subscription=cloud.SECOND_SUBSCRIPTION),
    ],
)
def test_not_in_that_network(sandbox: Sandbox, network: str) -> None:
    row = check_vnet(sandbox, network).has('private-dns', 'Failed', DNS, 'NoEndpointInNetwork')
    assert (
        'has no private endpoint of the registry (2 in other networks)' in row['detail']
        and '--registry-name privreg' in row['solutions'][1]
    )


def test_no_endpoint(sandbox: Sandbox) -> None:
    check_vnet(sandbox, registry='contoso').has('private-dns', 'Failed', DNS, 'NoPrivateEndpoint')
    assert not sandbox.requests('arm-private-endpoint')


def test_several_interfaces_and_names(sandbox: Sandbox) -> None:
    second = INTERFACE + '2'
    sandbox.put_resource(second, interface(('10.1.0.9', ['replica.privreg.azurecr.test', DATA])))
    sandbox.put_resource(INTERFACE, interface(('10.1.0.5', [REGISTRY]), ('10.1.0.4', [DATA])))
    sandbox.put_resource(
        ENDPOINT,
        {
            'properties': {
                'subnet': {'id': vnet_id('vnet1') + '/subnets/default'},
                'networkInterfaces': [{'id': INTERFACE}, {'id': second}],
            }
        },
    )
    row = check_vnet(sandbox).has('private-dns', 'Failed', DNS, 'NotPrivateEndpointAddress')
    assert {record['name']: record['right'] for record in row['facts']['names']} == {
        REGISTRY: True,
        DATA: True,
        'replica.privreg.azurecr.test': False,
    }
    sandbox.set_dns('replica.privreg.azurecr.test', a=['10.1.0.9'])
    check_vnet(sandbox).has('private-dns', 'Passed')


def test_several_endpoints_in_the_network(sandbox: Sandbox) -> None:
    # The second endpoint of the registry moves into another subnet of the same network: either
    # address is correct.
    other = ENDPOINT.replace('privreg-vnet1', 'privreg-vnet10')
    sandbox.put_resource(
        other,
        {
            'properties': {
                'subnet': {'id': vnet_id('vnet1') + '/subnets/second'},
                'networkInterfaces': [{'id': INTERFACE.replace('privreg-vnet1', 'privreg-vnet10')}],
            }
        },
    )
    row = check_vnet(sandbox).has('private-dns', 'Passed')
    assert row['facts']['endpoints'] == [ENDPOINT, other]
    assert [
        record['expected'] for record in row['facts']['names'] if record['name'] == REGISTRY
    ] == [['10.1.0.5', '10.10.0.5']]


@pytest.mark.parametrize(
    'place, spec, reason',
    [
        ('arm-private-endpoint', 'status:403', 'EndpointForbidden'),
        ('arm-private-endpoint', 'status:500', 'EndpointUnavailable'),
        ('arm-private-endpoint', 'status:404', 'EndpointUnavailable'),
        ('arm-private-endpoint', 'notjson', 'EndpointUnavailable'),
        ('arm-private-endpoint', 'list', 'EndpointUnavailable'),
        ('arm-private-endpoint', 'reset', 'EndpointUnavailable'),
        ('arm-nic', 'status:403', 'EndpointForbidden'),
        ('arm-nic', 'status:404', 'EndpointUnavailable'),
        ('arm-nic', 'null', 'EndpointUnavailable'),
    ],
)
def test_unreadable(sandbox: Sandbox, place: str, spec: str, reason: str) -> None:
    sandbox.set_fault(place, spec)
    run = check_vnet(sandbox)
    run.has('private-dns', 'Failed', ARM_READ, reason)
    assert run.statuses()['login-server'] == 'Passed' and run.finished.code == 1


def test_registry_unreadable(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-list', 'status:403')
    check_vnet(sandbox).has('private-dns', 'Failed', ARM_READ, 'RegistryUnreadable')
    run = check(sandbox, '-n', 'privreg', '--vnet', 'vnet1', '--only', 'private-dns', login=False)
    run.has('private-dns', 'Failed', ARM_READ, 'RegistryUnreadable')


@pytest.mark.parametrize(
    'configurations',
    [[], [('10.1.0.5', [])], [('', [REGISTRY])], [('10.1.0.5', ['not a name', '-x', ''])]],
)
def test_pending(sandbox: Sandbox, configurations: list[tuple[str, list[str]]]) -> None:
    sandbox.put_resource(INTERFACE, interface(*configurations))
    check_vnet(sandbox).has('private-dns', 'Failed', DNS, 'EndpointWithoutRecords')


@pytest.mark.parametrize(
    'properties',
    [
        None,
        {},
        {'networkInterfaces': None},
        {'networkInterfaces': {'id': 7}},
        {'networkInterfaces': [None, {'id': None}]},
    ],
)
def test_odd_endpoints(sandbox: Sandbox, properties: Any) -> None:
    within = {'subnet': {'id': vnet_id('vnet1') + '/subnets/default'}}
    sandbox.put_resource(
        ENDPOINT, {'properties': {**within, **properties} if properties is not None else None}
    )
    run = check_vnet(sandbox)
    row = run.row('private-dns')
    assert row['status'] == 'Failed' and row['code'] in (DNS, ARM_READ)


def test_an_endpoint_elsewhere_that_cannot_be_read_does_not_matter(sandbox: Sandbox) -> None:
    sandbox.delete_resource(ENDPOINT.replace('privreg-vnet1', 'privreg-vnet10'))
    check_vnet(sandbox).has('private-dns', 'Passed')
    check_vnet(sandbox, 'vnet10').has('private-dns', 'Failed', ARM_READ, 'EndpointUnavailable')
