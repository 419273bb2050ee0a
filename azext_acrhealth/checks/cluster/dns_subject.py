# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which names are resolved where: a registry's, in the virtual networks of a cluster's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.private_link import private_dns as endpoint_problems
from azext_acrhealth.checks.cluster.cluster_resource import (
    ClusterResource,
    cluster_placeholders,
    unread,
)
from azext_acrhealth.checks.cluster.node_networks import NodeNetworks, UnreadPart, id_for_command
from azext_acrhealth.checks.cluster.private_zones import ZoneLink
from azext_acrhealth.checks.private_link.endpoint_records import group_id_of, normalize_address
from azext_acrhealth.checks.private_link.missing_records import suffix_of
from azext_acrhealth.checks.private_link.zone_names import PRIVATE_LINK, zone_placeholders
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of, read_problem
from azext_acrhealth.grammar import ZONE_LINK
from azext_acrhealth.model import Context, Outcome, Problem
from azext_acrhealth.probes.json_access import list_of, name_of, object_of

# Azure's own resolver, which answers by the zones that are linked to a network.
AZURE_DNS = '168.63.129.16'


@dataclass(frozen=True)
class NodeNetwork:
    """A virtual network of nodes: its properties, as ARM's JSON, and the pools that are in it."""

    network_id: str
    properties: Mapping[str, Any] = field(repr=False)
    node_pools: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name of the network."""
        return name_of(self.network_id)

    @property
    def custom_servers(self) -> list[str]:
        """Return the DNS servers of the network that aren't Azure's."""
        listed = list_of(object_of(self.properties.get('dhcpOptions')).get('dnsServers'))
        # What is no address is shown as it is: then Azure's resolver isn't known to be used.
        return [str(entry) for entry in listed if normalize_address(entry) != AZURE_DNS]

    def facts(self) -> dict[str, Any]:
        """Return the facts of the network."""
        return {
            'network': self.network_id,
            'nodePools': list(self.node_pools),
            'dnsServers': self.custom_servers or [AZURE_DNS],
        }


class DnsSubject(NamedTuple):
    """What the row is about: the registry, and the cluster whose nodes resolve its names.

    `private_only`: as far as the nodes' outbound traffic shows, they can't use public addresses.
    """

    ctx: Context
    login: LoginServer
    resource: ClusterResource
    private_only: bool = False

    @property
    def suffix(self) -> str:
        """Return the suffix of the registry's names, with its dot."""
        return suffix_of(self.ctx, self.login).lower()

    @property
    def zone(self) -> str:
        """Return the name of the private DNS zone of private endpoints."""
        return f'{PRIVATE_LINK}{self.suffix}'

    @property
    def blocked(self) -> str:
        """Return why the nodes can't use the registry's public address; '' if they may."""
        if self.login.closed:
            return 'public network access is disabled'
        return "the nodes can't use that address, see `cluster-egress`" if self.private_only else ''

    @property
    def subscription(self) -> str:
        """Return the subscription of the cluster."""
        return self.resource.cluster.subscription or ''

    @property
    def connected(self) -> bool:
        """Return whether a private endpoint connection is approved."""
        return any(entry.approved for entry in connections_of(self.login.properties))

    @property
    def endpoints(self) -> list[str]:
        """Return the resource IDs of the private endpoints whose connections are approved."""
        approved = (entry for entry in connections_of(self.login.properties) if entry.approved)
        return list(dict.fromkeys(entry.endpoint for entry in approved if entry.endpoint))

    def facts(self) -> dict[str, Any]:
        """Return the facts that all networks share."""
        return {
            'zone': self.zone,
            'publicNetworkAccess': self.login.properties.get('publicNetworkAccess'),
            'privateEndpoints': self.endpoints,
        }

    def placeholders(
        self, network: NodeNetwork, link: ZoneLink | None = None, zone_id: str = ''
    ) -> dict[str, str]:
        """Return the placeholders of solutions for a network, and for the zone linked to it."""
        zone_id = link.zone_id if link else zone_id
        return {
            **cluster_placeholders(self.resource.cluster),
            **zone_placeholders(self.login.host),
            **_parts('zone', zone_id),
            **_parts('network', network.network_id),
            'suffix': self.suffix,
            'public_zone': self.suffix.removeprefix('.'),
            'host': self.login.host,
            'registry_id': id_of(self.login),
            'network': network.name,
            'network_id': id_for_command(network.network_id),
            'zone_id': id_for_command(zone_id),
            'link': link.name if link and ZONE_LINK.fullmatch(link.name) else '',
            'open': '' if self.blocked else 'yes',
        }

    def unread(
        self, part: UnreadPart, forbidden: Problem, unavailable: Problem, **scopes: str
    ) -> Outcome:
        """Return the warning for what could not be read."""
        outcome = unread(
            self.ctx,
            part.result,
            self.resource.cluster,
            read_problem(part.result.failure, forbidden, unavailable),
            part.action,
            suffix=self.suffix,
            **scopes,
        )
        return outcome._replace(facts={**outcome.facts, 'resourceId': part.scope or None})

    def unread_endpoint(self, part: UnreadPart) -> Outcome:
        """Return the warning for what could not be read of a private endpoint."""
        return self.unread(
            part,
            endpoint_problems.ENDPOINT_FORBIDDEN,
            endpoint_problems.ENDPOINT_UNAVAILABLE,
            endpoint_group=group_id_of(part.scope),
        )


def endpoint_network_placeholders(network_id: str) -> dict[str, str]:
    """Return the placeholders for the network of a private endpoint."""
    return {
        **_parts('endpoint_network', network_id),
        'endpoint_network': name_of(id_for_command(network_id)),
        'endpoint_network_id': id_for_command(network_id),
    }


def endpoint_placeholders(endpoint_id: str) -> dict[str, str]:
    """Return the placeholders for a private endpoint, empty where none is known."""
    return {
        **_parts('private_endpoint', endpoint_id),
        'private_endpoint': name_of(id_for_command(endpoint_id)),
    }


def networks_of(networks: NodeNetworks) -> list[NodeNetwork]:
    """Return the virtual networks of the subnets that were read, each once."""
    found: dict[str, NodeNetwork] = {}
    for subnet in networks.subnets:
        key = subnet.network_id.lower()
        before = found.setdefault(key, NodeNetwork(subnet.network_id, subnet.network, ()))
        pools = dict.fromkeys((*before.node_pools, *subnet.node_pools))
        found[key] = replace(before, node_pools=tuple(pools))
    return [*found.values()]


def _parts(prefix: str, resource_id: str) -> dict[str, str]:
    """Return the placeholders for the group and the subscription of a resource."""
    parts = id_for_command(resource_id).split('/')
    group, subscription = (parts[4], parts[2]) if len(parts) > 4 else ('', '')
    return {f'{prefix}_group': group, f'{prefix}_subscription': subscription}
