# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Azure Firewall that is the next hop of a route, and its public addresses.

Traffic doesn't have to leave by them: the subnet of the firewall can have a NAT gateway, or the
firewall can send it on-premises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.network_paths import peerings_of
from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, NodeSubnet, network_id_of
from azext_acrhealth.checks.cluster.outbound_paths import OutboundPath
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead
from azext_acrhealth.probes.json_access import list_of, object_of, properties_of, text_of

_QUERY = (
    "resources | where type =~ 'microsoft.network/azurefirewalls' | project id, "
    'properties.ipConfigurations | order by id asc'
)


class _Interface(NamedTuple):
    """A private address of a firewall in a network (its ID)."""

    firewall: str
    network: str
    address: str


def with_firewalls(
    ctx: Context, networks: NodeNetworks, paths: Sequence[OutboundPath]
) -> tuple[OutboundPath, ...]:
    """Return the paths; those through an Azure Firewall name it, and its public addresses.

    Private addresses aren't unique, so the firewall must be in the network of the nodes, or in one
    that is peered with it. Without permission to read it, nothing is known of it.
    """
    if not any(path.kind == 'VirtualAppliance' for path in paths):
        return tuple(paths)
    read = ArmRead(networks.subnets[0].resource_id, query=_QUERY)
    (result,) = ctx.probes.read_all([read], ctx.deadline)
    interfaces = [interface for record in result.items for interface in _interfaces(record)]
    addresses = {text_of(record.get('id')) or '': _addresses(record) for record in result.items}
    subnets = {subnet.resource_id: subnet for subnet in networks.subnets}

    def named(path: OutboundPath) -> OutboundPath:
        near = _near(subnets[path.subnet])
        for firewall, network, address in interfaces:
            if path.kind == 'VirtualAppliance' and address == path.via and network in near:
                return path._replace(via=firewall, address_ids=addresses[firewall])
        return path

    return tuple(map(named, paths))


def _interfaces(record: Mapping[str, Any]) -> list[_Interface]:
    found = list[_Interface]()
    for properties in _configurations(record):
        subnet = text_of(object_of(properties.get('subnet')).get('id')) or ''
        address = text_of(properties.get('privateIPAddress')) or ''
        firewall = text_of(record.get('id')) or ''
        found.append(_Interface(firewall, network_id_of(subnet).lower(), address))
    return found


def _addresses(record: Mapping[str, Any]) -> tuple[str, ...]:
    listed = (object_of(entry.get('publicIPAddress')) for entry in _configurations(record))
    return tuple(identifier for entry in listed if (identifier := text_of(entry.get('id'))))


def _configurations(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [properties_of(entry) for entry in list_of(record.get('properties_ipConfigurations'))]


def _near(subnet: NodeSubnet) -> set[str]:
    """Return the IDs of a subnet's network and of those that are peered with it, in lower case."""
    peered = (peering.remote_id.lower() for peering in peerings_of(subnet.network))
    return {subnet.network_id.lower(), *peered}
