# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What names are resolved in which networks of nodes, and the placeholders of solutions."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.dns_subject import (
    DnsSubject,
    NodeNetwork,
    endpoint_network_placeholders,
    endpoint_placeholders,
    networks_of,
)
from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, NodeSubnet
from azext_acrhealth.checks.cluster.private_zones import ZoneLink
from azext_acrhealth.model import Context
from tests.checks.cluster.fixtures import (
    ENDPOINT_ID,
    NETWORK_ID,
    OPTIONS,
    SUBNET_ID,
    SUBSCRIPTION,
    TARGET,
    ZONE_ID,
    cluster_resource,
    private_registry,
)
from tests.checks.fake_probes import FakeProbes

CTX = Context(TARGET, OPTIONS, FakeProbes(), 1e9)
NETWORK = NodeNetwork(NETWORK_ID, {}, ('one',))


@pytest.mark.parametrize(
    'options, custom',
    [
        (None, []),
        ({}, []),
        ({'dnsServers': []}, []),
        ({'dnsServers': ['168.63.129.16']}, []),
        ({'dnsServers': ['10.9.0.4', '168.63.129.16']}, ['10.9.0.4']),
        ({'dnsServers': ['odd', 7]}, ['odd', '7']),
    ],
)
def test_dns_servers(options: Any, custom: list[str]) -> None:
    network = NodeNetwork(NETWORK_ID, {'dhcpOptions': options}, ())
    assert network.custom_servers == custom
    assert network.facts()['dnsServers'] == (custom or ['168.63.129.16'])


def test_subnets_of_a_network_are_one_network() -> None:
    subnets = (
        NodeSubnet(SUBNET_ID, ('one',), {}, {'dhcpOptions': {}}),
        NodeSubnet(f'{NETWORK_ID.upper()}/subnets/b', ('two', 'one'), {}, {}),
        NodeSubnet('/v2/subnets/c', (), {}, {}),
    )
    found = networks_of(NodeNetworks(subnets))
    assert [(network.network_id, network.node_pools) for network in found] == [
        (NETWORK_ID, ('one', 'two')),
        ('/v2', ()),
    ]


@pytest.mark.parametrize(
    'host, zone',
    [
        ('MyRegistry.azurecr.io', 'privatelink.azurecr.io'),
        ('myregistry.eastus.geo.azurecr.io', 'privatelink.azurecr.io'),
        ('myregistry.azurecr.us', 'privatelink.azurecr.us'),
    ],
)
def test_the_zone_of_a_cloud(host: str, zone: str) -> None:
    login = private_registry()._replace(host=host)
    assert DnsSubject(CTX, login, cluster_resource()).zone == zone


def test_private_endpoints() -> None:
    approved = DnsSubject(CTX, private_registry(), cluster_resource())
    assert approved.connected and approved.endpoints == [ENDPOINT_ID]
    pending = DnsSubject(CTX, private_registry(status='Pending'), cluster_resource())
    assert not pending.connected and pending.endpoints == []


def test_placeholders() -> None:
    link = ZoneLink(ZONE_ID, 'link1', NETWORK_ID, None, False)
    found = DnsSubject(CTX, private_registry(), cluster_resource()).placeholders(NETWORK, link)
    assert found['zone_group'] == 'rg-dns' and found['zone_subscription'] == SUBSCRIPTION
    assert (found['network'], found['link']) == ('aks-vnet-12345678', 'link1')
    assert found['record'] == 'myregistry' and found['suffix'] == '.azurecr.io'
    other = endpoint_network_placeholders(NETWORK_ID)
    assert other['endpoint_network_group'] == 'MC_rg-aks_aks1_eastus'
    assert other['endpoint_network'] == 'aks-vnet-12345678'


def test_what_a_server_invents_goes_into_no_command() -> None:
    invented = NodeNetwork(f'{NETWORK_ID}/$(reboot)', {}, ())
    link = ZoneLink(f'{ZONE_ID};reboot', '--help', NETWORK_ID, None, False)
    found = DnsSubject(CTX, private_registry(), cluster_resource()).placeholders(invented, link)
    names = ('network_id', 'network_group', 'zone_id', 'zone_group', 'zone_subscription', 'link')
    assert [found[name] for name in names] == [''] * len(names)
    for odd in ('', '/', f'{NETWORK_ID} x'):
        assert set(endpoint_network_placeholders(odd).values()) == {''}
        assert set(endpoint_placeholders(odd).values()) == {''}
