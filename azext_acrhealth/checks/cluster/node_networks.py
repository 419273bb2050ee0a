# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The virtual networks and subnets that the nodes of a cluster are in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.cluster import cluster_network as problems
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, unread
from azext_acrhealth.checks.cluster.nodes import (
    NO_NODE_GROUP,
    SCALE_SETS,
    node_group_id,
    nodes_read,
    pool_of,
    subnets_of,
)
from azext_acrhealth.grammar import GROUP_ID, RESOURCE_ID
from azext_acrhealth.model import Context, Outcome
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import name_of, objects_of, properties_of, text_of

# The first version that the Azure CLI uses whose subnets have `defaultOutboundAccess`.
_API = '2024-07-01'
NETWORK_ACTION = 'Microsoft.Network/virtualNetworks/read'
_SCALE_SETS_ACTION = f'{SCALE_SETS}/read'


@dataclass(frozen=True)
class NodeSubnet:
    """A subnet in which nodes are: its properties and those of its network, as ARM's JSON.

    `node_pools` is empty where it isn't known which pools use it.
    """

    resource_id: str
    node_pools: tuple[str, ...]
    properties: Mapping[str, Any] = field(repr=False)
    network: Mapping[str, Any] = field(repr=False)

    @property
    def network_id(self) -> str:
        """Return the ID of the virtual network."""
        return network_id_of(self.resource_id)


class UnreadPart(NamedTuple):
    """What of the nodes' networks was not read.

    `action` is the permission that reading requires, and `scope` the ID of the resource that it is
    required at.
    """

    result: ArmResult
    action: str
    scope: str


class NodeNetworks(NamedTuple):
    """The subnets of a cluster's nodes, and what could not be read of them."""

    subnets: tuple[NodeSubnet, ...] = ()
    unread: tuple[UnreadPart, ...] = ()


def unavailable_part(text: str, action: str, scope: str) -> UnreadPart:
    """Return the part for what was not read for a reason of our own, without a response."""
    return UnreadPart(ArmResult(failure=Failure('Unavailable', text)), action, scope)


def network_id_of(subnet_id: str) -> str:
    """Return the ID of a subnet's virtual network; the ID itself if it isn't a subnet's."""
    return subnet_id.rpartition('/subnets/')[0] or subnet_id


def network_read(network_id: str) -> ArmRead:
    """Return how a virtual network is read, with its subnets and its peerings."""
    return ArmRead(network_id, _API)


def first_reads(resource: ClusterResource) -> list[ArmRead]:
    """Return what the reading of the networks begins with, to read other things at the same time.

    The results are shared.
    """
    group = node_group_id(resource)
    if _is_managed(resource):
        return [nodes_read(group, SCALE_SETS)] if group else []
    return [network_read(identifier) for identifier in _network_ids(_by_subnet(_named(resource)))]


def read_node_networks(ctx: Context, resource: ClusterResource) -> NodeNetworks:
    """Read the networks of the node pools that have nodes.

    A pool without a subnet of its own is in a network that AKS made; its scale set names it.
    """
    named, missing = _named(resource), list[UnreadPart]()
    if _is_managed(resource):
        missing += _add_managed(ctx, resource, named)
    return _read_networks(ctx, _by_subnet(named), missing)


def id_for_command(identifier: str) -> str:
    """Return a resource's ID that a server sent, empty if it is none: it goes into commands."""
    is_id = RESOURCE_ID.fullmatch(identifier) or GROUP_ID.fullmatch(identifier)
    return identifier if is_id else ''


def unread_network(
    ctx: Context, resource: ClusterResource, part: UnreadPart, facts: Mapping[str, Any]
) -> Outcome:
    """Return the warning for a part of the nodes' networks that could not be read."""
    failure = part.result.failure
    forbidden = failure is not None and failure.kind == 'Forbidden'
    outcome = unread(
        ctx,
        part.result,
        resource.cluster,
        problems.FORBIDDEN if forbidden else problems.UNAVAILABLE,
        part.action,
        network_resource_id=id_for_command(part.scope),
    )
    name = '' if forbidden or not part.scope else f'{name_of(part.scope)}: '
    return outcome._replace(
        detail=f'{name}{outcome.detail}',
        facts={**facts, **outcome.facts, 'resourceId': part.scope or None},
    )


def _named(resource: ClusterResource) -> dict[str, list[str]]:
    """Return the pools by the subnets that they name."""
    named: dict[str, list[str]] = {}
    for pool in resource.active_pools:
        if pool.subnet:
            named.setdefault(pool.subnet, []).append(pool.name)
    return named


def _is_managed(resource: ClusterResource) -> bool:
    """Return whether a pool with nodes is in a network that AKS made."""
    pools = resource.active_pools
    return not pools or not all(pool.subnet for pool in pools)


def _add_managed(
    ctx: Context, resource: ClusterResource, named: dict[str, list[str]]
) -> list[UnreadPart]:
    """Add the subnets that the scale sets are in; return what could not be read of them."""
    group = node_group_id(resource)
    if not group:
        return [UnreadPart(NO_NODE_GROUP, _SCALE_SETS_ACTION, '')]
    (result,) = ctx.probes.read_all([nodes_read(group, SCALE_SETS)], ctx.deadline)
    if result.failure:
        return [UnreadPart(result, _SCALE_SETS_ACTION, group)]
    active = {pool.name for pool in resource.active_pools}
    for scale_set in result.items:
        pool = pool_of(scale_set)
        if pool in active or pool is None:
            for subnet in subnets_of(scale_set):
                named.setdefault(subnet, []).extend([pool] if pool else [])
    if named:
        return []
    text = 'no scale set of the nodes names a subnet'
    return [unavailable_part(text, _SCALE_SETS_ACTION, group)]


def _by_subnet(named: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the pools by subnet ID; IDs that differ in case are the same."""
    spelled: dict[str, str] = {}
    pools: dict[str, list[str]] = {}
    for identifier, names in named.items():
        pools.setdefault(spelled.setdefault(identifier.lower(), identifier), []).extend(names)
    return {identifier: tuple(dict.fromkeys(names)) for identifier, names in pools.items()}


def _read_networks(
    ctx: Context, pools: Mapping[str, tuple[str, ...]], missing: list[UnreadPart]
) -> NodeNetworks:
    networks = {identifier.lower(): identifier for identifier in _network_ids(pools)}
    reads = [network_read(identifier) for identifier in networks.values()]
    results = dict(zip(networks, ctx.probes.read_all(reads, ctx.deadline)))
    subnets = list[NodeSubnet]()
    for identifier, names in pools.items():
        result = results[network_id_of(identifier).lower()]
        properties = properties_of(result.resource)
        found = _subnet(properties, identifier)
        if found is not None:
            subnets.append(NodeSubnet(identifier, names, found, properties))
        elif not result.failure:
            text = 'the network of the nodes lacks their subnet'
            missing.append(unavailable_part(text, NETWORK_ACTION, identifier))
    missing += [
        UnreadPart(result, NETWORK_ACTION, networks[key])
        for key, result in results.items()
        if result.failure
    ]
    return NodeNetworks(tuple(subnets), tuple(missing))


def _network_ids(pools: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the IDs of the subnets' networks; of IDs that differ in case, the last one."""
    return [*{network_id_of(subnet).lower(): network_id_of(subnet) for subnet in pools}.values()]


def _subnet(network: Mapping[str, Any], identifier: str) -> Mapping[str, Any] | None:
    """Return the properties of a subnet in those of its network; None if it isn't there."""
    for entry in objects_of(network.get('subnets')):
        if (text_of(entry.get('id')) or '').lower() == identifier.lower():
            return properties_of(entry)
    return None
