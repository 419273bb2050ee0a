# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Azure Firewall behind the next hop of a route."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.azure_firewalls import with_firewalls
from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, NodeSubnet
from azext_acrhealth.checks.cluster.outbound_paths import OutboundPath
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import NETWORK_ID, OPTIONS, SUBNET_ID, TARGET, failure
from tests.checks.cluster.test_cluster_egress import FIREWALL_ID, NOTHING, OTHER_ID, firewalls
from tests.checks.fake_probes import FakeProbes

HUB = NETWORK_ID.replace('aks-vnet-12345678', 'hub')
PEERING = {'properties': {'remoteVirtualNetwork': {'id': HUB.upper()}}}
PATH = OutboundPath('VirtualAppliance', SUBNET_ID, ('one',), '10.1.0.4')


def found(graph: ArmResult, *paths: OutboundPath, peerings: Any = ()) -> tuple[OutboundPath, ...]:
    network = {'virtualNetworkPeerings': list(peerings)}
    networks = NodeNetworks((NodeSubnet(SUBNET_ID, ('one',), {}, network),))
    ctx = Context(TARGET, OPTIONS, FakeProbes(graph=graph), 1e9)
    return with_firewalls(ctx, networks, paths)


@pytest.mark.parametrize('network, peerings', [(NETWORK_ID, ()), (HUB, (PEERING, None, {}))])
def test_a_firewall_near_the_nodes(network: str, peerings: Any) -> None:
    other = PATH._replace(kind='LoadBalancer')
    named, same = found(firewalls(network), PATH, other, peerings=peerings)
    assert (named.via, named.address_ids) == (FIREWALL_ID, (OTHER_ID,)) and same == other


@pytest.mark.parametrize(
    'graph',
    [firewalls(HUB), firewalls(NETWORK_ID, '10.1.0.5'), NOTHING, failure('Forbidden')],
    ids=['another network', 'another address', 'none', 'not read'],
)
def test_another_appliance(graph: ArmResult) -> None:
    assert found(graph, PATH) == (PATH,)


def test_without_an_appliance_nothing_is_asked() -> None:
    probes = FakeProbes()
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    path = PATH._replace(kind='LoadBalancer')
    assert with_firewalls(ctx, NodeNetworks(), [path]) == (path,) and not probes.requests
