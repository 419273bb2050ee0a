# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The networks and subnets of nodes."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.checks.cluster.node_networks import (
    NETWORK_ACTION,
    NodeNetworks,
    first_reads,
    id_for_command,
    network_id_of,
    network_read,
    read_node_networks,
)
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    NETWORK_ID,
    NODES,
    OPTIONS,
    SUBNET_ID,
    TARGET,
    cluster_resource,
    failure,
    listed,
    network,
    pool,
    scale_set,
)
from tests.checks.fake_probes import FakeProbes

SCALE_SETS = 'providers/Microsoft.Compute/virtualMachineScaleSets'
OWN_NETWORK = NETWORK_ID.replace('MC_rg-aks_aks1_eastus', 'rg-net')
OWN = f'{OWN_NETWORK}/subnets/nodes'


def read(
    networks: dict[str, ArmResult], nodes: ArmResult | None = None, **properties: Any
) -> NodeNetworks:
    """Read the networks of a cluster's nodes. Without `nodes`, they must not be listed."""
    probes = FakeProbes(resources=networks, lists={SCALE_SETS: nodes} if nodes else {})
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    return read_node_networks(ctx, cluster_resource(**properties))


def test_a_network_that_aks_made() -> None:
    found = read({NETWORK_ID: network(dhcpOptions={})}, listed(scale_set(subnet=SUBNET_ID)))
    (subnet,) = found.subnets
    assert (subnet.resource_id, subnet.network_id) == (SUBNET_ID, NETWORK_ID)
    assert subnet.node_pools == ('nodepool1',) and subnet.properties['addressPrefix']
    assert 'dhcpOptions' in subnet.network and found.unread == ()


def test_subnets_of_the_customer() -> None:
    pools = [
        pool('one', vnetSubnetID=OWN),
        pool('two', vnetSubnetID=OWN.upper().replace('/SUBNETS/', '/subnets/')),
        pool('empty', vnetSubnetID=f'{OWN_NETWORK}/subnets/unused', count=0),
    ]
    (subnet,) = read({OWN_NETWORK: network(OWN)}, agentPoolProfiles=pools).subnets
    assert (subnet.resource_id, subnet.node_pools) == (OWN, ('one', 'two'))


def test_both_kinds_of_subnets() -> None:
    pools = [pool('one', vnetSubnetID=OWN), pool('two')]
    networks = {OWN_NETWORK: network(OWN), NETWORK_ID: network()}
    sets = listed(scale_set('two'), scale_set('one', subnet=OWN), scale_set('gone', subnet='/x'))
    found = read(networks, sets, agentPoolProfiles=pools)
    pools_by_subnet = {subnet.resource_id: subnet.node_pools for subnet in found.subnets}
    assert pools_by_subnet == {OWN: ('one',), SUBNET_ID: ('two',)} and not found.unread


def test_what_is_not_read() -> None:
    forbidden = failure('Forbidden', 'no', 403)
    (unread,) = read({}, forbidden).unread
    assert unread.result is forbidden and unread.scope == NODES
    assert unread.action == 'Microsoft.Compute/virtualMachineScaleSets/read'
    found = read({NETWORK_ID: forbidden}, listed(scale_set()))
    assert [(part.action, part.scope) for part in found.unread] == [(NETWORK_ACTION, NETWORK_ID)]
    assert found.subnets == ()


def test_what_is_missing() -> None:
    for nodes, networks in (
        (listed(), {}),
        (listed(scale_set()), {NETWORK_ID: network(f'{NETWORK_ID}/subnets/other')}),
        (listed(scale_set()), {NETWORK_ID: ArmResult({'properties': None})}),
    ):
        found = read(networks, nodes)
        (unread,) = found.unread
        assert unread.result.failure and unread.result.failure.kind == 'Unavailable'
        assert found.subnets == ()
    assert read({}, nodeResourceGroup=None).unread


def test_the_network_of_a_subnet() -> None:
    assert network_id_of(SUBNET_ID) == NETWORK_ID and network_id_of(NETWORK_ID) == NETWORK_ID


def test_what_the_reading_begins_with() -> None:
    (nodes,) = first_reads(cluster_resource())
    assert (nodes.resource_id, nodes.part) == (NODES, SCALE_SETS)
    pools = [pool('one', vnetSubnetID=OWN), pool('two', vnetSubnetID=OWN.upper())]
    pools[1]['vnetSubnetID'] = OWN.upper().replace('/SUBNETS/', '/subnets/')
    (own,) = first_reads(cluster_resource(agentPoolProfiles=pools))
    assert own.resource_id.lower() == OWN_NETWORK.lower()
    assert own == network_read(own.resource_id)
    assert first_reads(cluster_resource(nodeResourceGroup=None)) == []


def test_only_ids_go_into_commands() -> None:
    for identifier in (SUBNET_ID, NETWORK_ID, NODES):
        assert id_for_command(identifier) == identifier
    for identifier in ('', '/x', f'{SUBNET_ID}/../x', f'{SUBNET_ID};reboot', f'{NODES} x'):
        assert id_for_command(identifier) == ''
