# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How the traffic of nodes leaves: the order in which Azure decides."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, NodeSubnet
from azext_acrhealth.checks.cluster.outbound_paths import (
    OutboundPaths,
    find_paths,
    outbound_type_of,
)
from azext_acrhealth.model import Context
from tests.checks.cluster.fixtures import (
    OPTIONS,
    SUBNET_ID,
    TARGET,
    cluster_resource,
    failure,
    login_server,
    pool,
)
from tests.checks.cluster.test_cluster_egress import (
    ADDRESS_ID,
    APPLIANCE,
    GROUP_ID,
    NAT_ID,
    OTHER_ID,
    PREFIX_ID,
    SERVICE,
    TABLE_ID,
    by_load_balancer,
    nat_gateway,
    route_table,
    security_group,
)
from tests.checks.fake_probes import FakeProbes

RESOURCES = {
    TABLE_ID: route_table(**APPLIANCE),
    NAT_ID: nat_gateway(OTHER_ID),
    GROUP_ID: security_group('Deny'),
}
# From the first to decide to the last.
ORDER = (
    ('ServiceEndpoint', SERVICE),
    ('VirtualAppliance', {'routeTable': {'id': TABLE_ID}}),
    ('NatGateway', {'natGateway': {'id': NAT_ID}}),
    ('NodePublicIp', {}),
)


def find(
    subnet: Any = (), resources: Any = (), names: Any = ('one',), **properties: Any
) -> OutboundPaths:
    probes = FakeProbes(resources={**RESOURCES, **dict(resources)})
    given = {'networkProfile': by_load_balancer(ADDRESS_ID), **properties}
    networks = NodeNetworks((NodeSubnet(SUBNET_ID, tuple(names), dict(subnet), {}),))
    ctx = Context(TARGET, OPTIONS, probes, 1e9)
    return find_paths(ctx, cluster_resource(**given), login_server(), networks)


@pytest.mark.parametrize('first', range(len(ORDER)))
def test_the_order(first: int) -> None:
    subnet: dict[str, Any] = {}
    for _, attached in ORDER[first:]:
        subnet.update(attached)
    pools = [pool('one', enableNodePublicIP=True)]
    (path,) = find(subnet, agentPoolProfiles=pools).paths
    assert path.kind == ORDER[first][0]


def test_pools_of_one_subnet() -> None:
    pools = [
        pool('one'),
        pool('two', enableNodePublicIP=True, nodePublicIPPrefixID=PREFIX_ID),
        pool('three'),
    ]
    paths = find(names=('one', 'two', 'three'), agentPoolProfiles=pools).paths
    assert {path.node_pools: (path.kind, path.address_ids) for path in paths} == {
        ('two',): ('NodePublicIp', (PREFIX_ID,)),
        ('one', 'three'): ('LoadBalancer', (ADDRESS_ID,)),
    }
    unknown = find(names=(), agentPoolProfiles=pools).paths
    assert {path.kind for path in unknown} == {'NodePublicIp', 'LoadBalancer'}
    (path,) = find(names=(), agentPoolProfiles=[]).paths
    assert path.kind == 'LoadBalancer'


@pytest.mark.parametrize('kind', ['routeTable', 'natGateway'])
def test_what_decides_is_not_read(kind: str) -> None:
    identifier = TABLE_ID if kind == 'routeTable' else NAT_ID
    found = find({kind: {'id': identifier}}, {identifier: failure('Forbidden')})
    assert found.paths == () and [part.scope for part in found.unread] == [identifier]


def test_a_security_group() -> None:
    found = find({'networkSecurityGroup': {'id': GROUP_ID}})
    assert found.denials == ((GROUP_ID, 'no'),) and found.paths
    found = find({'networkSecurityGroup': {'id': GROUP_ID}}, {GROUP_ID: failure('Forbidden')})
    assert found.denials == () and found.paths and found.unread


def test_the_outbound_type() -> None:
    assert outbound_type_of(cluster_resource(networkProfile=None)) == 'loadBalancer'
    (path,) = find(networkProfile={'outboundType': 'NONE'}).paths
    assert path.kind == 'DefaultOutboundAccess'
    (path,) = find(networkProfile={'outboundType': 'other'}).paths
    assert path.kind == 'Unknown'
