# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's private DNS zones: found by Resource Graph, and listed by ARM."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from azext_acrhealth.checks.cluster.private_zones import zones_read
from tests.sandbox.services import cloud
from tests.sandbox.services.private_dns_zones import ZONE
from tests.sandbox_tests.test_clusters import ArmCaller, error

LINKS, RECORDS = '2024-06-01', '2018-09-01'
ENDPOINT = cloud.resource_id('rg-network', 'Microsoft.Network/privateEndpoints', 'privreg-vnet1')


@pytest.fixture
def arm(tmp_path: pathlib.Path) -> ArmCaller:
    return ArmCaller(tmp_path)


def properties(arm: ArmCaller, path: str, version: str) -> list[Any]:
    """Return the properties of a list's entries."""
    return [entry['properties'] for entry in arm.read(path, version)['value']]


def test_zones_are_found_by_their_name(arm: ArmCaller) -> None:
    zones = [arm.put_dns_zone({}), arm.put_dns_zone({}, group='rg-more')]
    arm.put_dns_zone({}, name='example.test')
    hidden = cloud.SECOND_SUBSCRIPTION
    arm.put_dns_zone({'/vnet': {}}, {'a': ['10.0.0.1']}, subscription=hidden)
    arm.update_settings(unreadableSubscriptions=[hidden])
    response = arm.send(
        '/providers/Microsoft.ResourceGraph/resources',
        '2021-03-01',
        method='POST',
        body={'query': zones_read(ZONE.upper(), cloud.SUBSCRIPTION).query},
    )
    assert json.loads(response.body)['data'] == [{'id': zone} for zone in zones]


def test_links(arm: ArmCaller) -> None:
    links = {'/v1': {'resolutionPolicy': 'NxDomainRedirect'}, '/v2': {}}
    zone = arm.put_dns_zone(links)
    arm.put_dns_zone({'/v3': {}}, group='rg-more')
    listed = properties(arm, f'{zone}/virtualNetworkLinks', LINKS)
    assert [entry['virtualNetwork']['id'] for entry in listed] == ['/v1', '/v2']
    assert [entry['resolutionPolicy'] for entry in listed] == ['NxDomainRedirect', 'Default']
    assert {entry['virtualNetworkLinkState'] for entry in listed} == {'Completed'}
    older = properties(arm, f'{zone}/virtualNetworkLinks', '2020-06-01')
    assert not [entry for entry in older if 'resolutionPolicy' in entry], 'a newer property'


def test_links_come_in_pages(arm: ArmCaller) -> None:
    zone = arm.put_dns_zone({f'/v{number}': {} for number in range(3)})
    arm.update_settings(pageSize=2)
    page = arm.read(f'{zone}/virtualNetworkLinks', LINKS)
    assert len(page['value']) == 2 and page['nextLink']


def test_records(arm: ArmCaller) -> None:
    zone = arm.put_dns_zone({}, {'contoso.eastus.data': ['10.0.0.5', '10.0.0.6']})
    (record,) = properties(arm, f'{zone}/A', RECORDS)
    assert record['fqdn'] == f'contoso.eastus.data.{ZONE}.'
    assert record['aRecords'] == [{'ipv4Address': '10.0.0.5'}, {'ipv4Address': '10.0.0.6'}]
    assert arm.read(f'{zone}/A/contoso.eastus.data', RECORDS)['name'] == 'contoso.eastus.data'


def test_zone_groups(arm: ArmCaller) -> None:
    assert properties(arm, f'{ENDPOINT}/privateDnsZoneGroups', '2022-01-01') == []
    zone = arm.put_dns_zone({})
    arm.put_zone_group(ENDPOINT, zone)
    (group,) = properties(arm, f'{ENDPOINT}/privateDnsZoneGroups', '2022-01-01')
    (configuration,) = group['privateDnsZoneConfigs']
    assert configuration['properties']['privateDnsZoneId'] == zone


def test_peerings(arm: ArmCaller) -> None:
    one, other = (arm.put_cluster(name)['network'] for name in ('aks1', 'aks2'))
    arm.peer_networks(one, other, 'Initiated', None)
    peerings = [
        arm.read(network, '2024-07-01')['properties']['virtualNetworkPeerings']
        for network in (one, other)
    ]
    assert peerings[1] == [] and len(peerings[0]) == 1
    shown = peerings[0][0]['properties']
    assert (shown['peeringState'], shown['remoteVirtualNetwork']['id']) == ('Initiated', other)


@pytest.mark.parametrize(
    'child, action',
    [
        ('/virtualNetworkLinks', 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'),
        ('/A', 'Microsoft.Network/privateDnsZones/A/read'),
        ('', 'Microsoft.Network/privateDnsZones/read'),
    ],
)
def test_permissions_and_versions(arm: ArmCaller, child: str, action: str) -> None:
    zone = arm.put_dns_zone({})
    assert error(arm.send(zone + child, '2022-01-01'))[1] == 'NoRegisteredProviderFound'
    arm.update_settings(deniedActions=[action])
    assert error(arm.send(zone + child, RECORDS))[:2] == (403, 'AuthorizationFailed')


def test_what_does_not_exist(arm: ArmCaller) -> None:
    zone = arm.put_dns_zone({})
    for path in (f'{zone}/TXT/x', f'{zone}x/A', f'{ENDPOINT}/A'):
        assert arm.send(path, RECORDS).status == 404
