# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How the traffic of a cluster's nodes leaves their virtual network: per subnet and node pool.

The order in which Azure decides is that of Learn, "Default outbound access in Azure": a route, a
NAT gateway, the node's own public IP address, and then the outbound rules of a load balancer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, NodePool
from azext_acrhealth.checks.cluster.node_networks import (
    NodeNetworks,
    NodeSubnet,
    UnreadPart,
)
from azext_acrhealth.checks.cluster.nodes import node_group_id
from azext_acrhealth.checks.cluster.route_table import next_hop
from azext_acrhealth.checks.cluster.security_rules import denial_of
from azext_acrhealth.checks.private_link.endpoint_records import NETWORK_API
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.json_access import list_of, object_of, objects_of, text_of

PathKind = Literal[
    'ServiceEndpoint',
    'VirtualAppliance',
    'VirtualNetworkGateway',
    'Dropped',
    'NatGateway',
    'NodePublicIp',
    'LoadBalancer',
    'DefaultOutboundAccess',
    'None',
    'Unknown',
]
_SERVICE = 'Microsoft.ContainerRegistry'
_NAT_GATEWAY, _ROUTES, _SECURITY = 'natGateway', 'routeTable', 'networkSecurityGroup'
_ACTIONS: Mapping[str, str] = {
    _NAT_GATEWAY: 'Microsoft.Network/natGateways/read',
    _ROUTES: 'Microsoft.Network/routeTables/read',
    _SECURITY: 'Microsoft.Network/networkSecurityGroups/read',
}
_HOPS: Mapping[str, PathKind | Literal['Internet']] = {
    'internet': 'Internet',
    'virtualappliance': 'VirtualAppliance',
    'virtualnetworkgateway': 'VirtualNetworkGateway',
    'none': 'Dropped',
}


class OutboundPath(NamedTuple):
    """How the traffic of some node pools in a subnet leaves.

    `via` is the ID of a NAT gateway or an Azure Firewall, the address of another next hop, or the
    type of one that isn't known.
    `address_ids` are those of the public IP addresses and prefixes that it leaves by, as far as
    they are known.
    """

    kind: PathKind
    subnet: str
    node_pools: tuple[str, ...]
    via: str = ''
    address_ids: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return the facts of the path."""
        return {
            'subnet': self.subnet,
            'nodePools': list(self.node_pools),
            'path': self.kind,
            'via': self.via or None,
        }


class OutboundPaths(NamedTuple):
    """The paths of a cluster's nodes, what could not be read of them, and what denies them.

    `denials` are the network security groups (their IDs) that deny HTTPS, with the rules' names.
    """

    paths: tuple[OutboundPath, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    denials: tuple[tuple[str, str], ...] = ()


def outbound_type_of(resource: ClusterResource) -> str:
    """Return a cluster's outbound type, which is that of a load balancer by default."""
    profile = object_of(resource.properties.get('networkProfile'))
    return text_of(profile.get('outboundType')) or 'loadBalancer'


def find_paths(
    ctx: Context, resource: ClusterResource, login: LoginServer, networks: NodeNetworks
) -> OutboundPaths:
    """Find how traffic to the registry leaves from the nodes."""
    results = _read_attached(ctx, resource, networks)
    unread = {
        identifier: UnreadPart(result, _ACTIONS[kind], identifier)
        for (kind, identifier), result in results.items()
        if result.failure
    }
    attached = {key: object_of(result.resource) for key, result in results.items()}
    routed = any(kind == _ROUTES for kind, _ in attached)
    addresses = _public_addresses(login) if routed else ()
    paths, denials = list[OutboundPath](), dict[str, str]()
    for subnet in networks.subnets:
        finder = _PathFinder(resource, subnet, attached, addresses)
        if not any(_attached_id(subnet, kind) in unread for kind in (_ROUTES, _NAT_GATEWAY)):
            paths += finder.find()
        rule = denial_of(finder.attached(_SECURITY))
        if rule:
            denials[_attached_id(subnet, _SECURITY)] = rule
    return OutboundPaths(tuple(paths), tuple(unread.values()), tuple(denials.items()))


def _read_attached(
    ctx: Context, resource: ClusterResource, networks: NodeNetworks
) -> dict[tuple[str, str], ArmResult]:
    """Read what is attached to the subnets, by kind and ID.

    The security group that AKS makes denies no HTTPS, and users must not change it.
    """
    own = node_group_id(resource).lower()
    attached = dict.fromkeys(
        (kind, identifier)
        for subnet in networks.subnets
        for kind in _ACTIONS
        if (identifier := _attached_id(subnet, kind))
        and not (kind == _SECURITY and own and identifier.lower().startswith(f'{own}/'))
    )
    reads = [ArmRead(identifier, NETWORK_API) for _, identifier in attached]
    return dict(zip(attached, ctx.probes.read_all(reads, ctx.deadline)))


def _public_addresses(login: LoginServer) -> tuple[str, ...]:
    """Return the public addresses that the login server resolves to on this machine."""
    addresses = login.connection.resolution().addresses
    return tuple(address for address in addresses if not is_private(address))


def _attached_id(subnet: NodeSubnet, kind: str) -> str:
    return text_of(object_of(subnet.properties.get(kind)).get('id')) or ''


class _PathFinder(NamedTuple):
    """Finds the paths of a subnet. `resources` are those attached to subnets, by kind and ID."""

    resource: ClusterResource
    subnet: NodeSubnet
    resources: Mapping[tuple[str, str], Mapping[str, Any]]
    registry_addresses: Sequence[str]

    def attached(self, kind: str) -> Mapping[str, Any]:
        """Return the resource of a kind that is attached to the subnet, empty without one."""
        return self.resources.get((kind, _attached_id(self.subnet, kind)), {})

    def find(self) -> list[OutboundPath]:
        """Return the paths, one for each way in which nodes of the subnet leave."""
        if outbound_type_of(self.resource).lower() == 'block':
            return [self._path('None')]
        if _has_service_endpoint(self.subnet):
            return [self._path('ServiceEndpoint')]
        hop = next_hop(self.attached(_ROUTES), self.registry_addresses)
        hop_type = text_of(hop.get('nextHopType')) or '(unnamed)'
        kind = _HOPS.get(hop_type.lower(), 'Unknown') if hop else 'Internet'
        if kind != 'Internet':
            address = text_of(hop.get('nextHopIpAddress')) or ''
            return [self._path(kind, via=hop_type if kind == 'Unknown' else address)]
        gateway_id = _attached_id(self.subnet, _NAT_GATEWAY)
        if gateway_id:
            gateway = object_of(self.attached(_NAT_GATEWAY).get('properties'))
            listed = (gateway.get('publicIpAddresses'), gateway.get('publicIpPrefixes'))
            addresses = [entry for entries in listed for entry in list_of(entries)]
            return [self._path('NatGateway', via=gateway_id, address_ids=_ids(addresses))]
        return list(self._by_pool())

    def _by_pool(self) -> Iterator[OutboundPath]:
        pools = {pool.name: pool for pool in self.resource.active_pools}
        names = self.subnet.node_pools or tuple(pools)
        others = list[str]()
        for name in names:
            pool = pools.get(name)
            if pool and pool.has_public_addresses:
                yield self._of_node_addresses(pool)
            else:
                others.append(name)
        if others or not names:
            yield self._of_cluster(tuple(others))

    def _of_node_addresses(self, pool: NodePool) -> OutboundPath:
        prefixes = (pool.address_prefix,) if pool.address_prefix else ()
        return self._path('NodePublicIp', node_pools=(pool.name,), address_ids=prefixes)

    def _of_cluster(self, node_pools: tuple[str, ...]) -> OutboundPath:
        """Return the path that the cluster's outbound type gives to nodes without another one."""
        network = object_of(self.resource.properties.get('networkProfile'))
        outbound_type = outbound_type_of(self.resource).lower()
        if outbound_type.startswith('managednatgateway'):
            profile = object_of(network.get('natGatewayProfile'))
            return self._of_profile('NatGateway', profile, node_pools)
        if outbound_type == 'loadbalancer':
            profile = object_of(network.get('loadBalancerProfile'))
            return self._of_profile('LoadBalancer', profile, node_pools)
        if outbound_type == 'none':
            private = self.subnet.properties.get('defaultOutboundAccess') is False
            return self._path('None' if private else 'DefaultOutboundAccess', node_pools=node_pools)
        return self._path('Unknown', node_pools=node_pools)

    def _of_profile(
        self, kind: PathKind, profile: Mapping[str, Any], node_pools: tuple[str, ...]
    ) -> OutboundPath:
        addresses = _ids(list_of(profile.get('effectiveOutboundIPs')))
        return self._path(
            kind if addresses else 'Unknown', node_pools=node_pools, address_ids=addresses
        )

    def _path(
        self, kind: PathKind, *, node_pools: tuple[str, ...] | None = None, **more: Any
    ) -> OutboundPath:
        pools = self.subnet.node_pools if node_pools is None else node_pools
        return OutboundPath(kind, self.subnet.resource_id, pools, **more)


def _has_service_endpoint(subnet: NodeSubnet) -> bool:
    return any(
        (text_of(endpoint.get('service')) or '').lower() == _SERVICE.lower()
        and endpoint.get('provisioningState') in (None, 'Succeeded')
        for endpoint in objects_of(subnet.properties.get('serviceEndpoints'))
    )


def _ids(references: Sequence[Any]) -> tuple[str, ...]:
    found = (text_of(object_of(reference).get('id')) for reference in references)
    return tuple(dict.fromkeys(identifier for identifier in found if identifier))
