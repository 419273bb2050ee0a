# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The public addresses by which the traffic of a cluster's nodes leaves."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.node_networks import UnreadPart, unavailable_part
from azext_acrhealth.checks.cluster.outbound_paths import OutboundPath
from azext_acrhealth.checks.private_link.endpoint_records import NETWORK_API
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.json_access import properties_of, text_of

_KIND = lazy_pattern(
    r'/Microsoft\.Network/(?P<kind>publicIP(?:Addresses|Prefixes))/', re.IGNORECASE
)
# A load balancer can have 100 of AKS's own addresses, and a NAT gateway 16.
_READ = 100


class OutboundAddress(NamedTuple):
    """An IPv4 address, or a range of a prefix, by which traffic on a path leaves."""

    network: ipaddress.IPv4Network
    resource_id: str
    path: OutboundPath

    @property
    def shown(self) -> str:
        """Return the address, or the range in CIDR notation."""
        single = self.network.prefixlen == self.network.max_prefixlen
        return str(self.network.network_address if single else self.network)

    def facts(self, allowed_by: str | None) -> dict[str, Any]:
        """Return the facts of the address, given what allows it."""
        return {
            'address': self.shown,
            'resourceId': self.resource_id,
            'path': self.path.kind,
            'nodePools': list(self.path.node_pools),
            'allowedBy': allowed_by,
        }


def read_addresses(
    ctx: Context, paths: Sequence[OutboundPath]
) -> tuple[list[OutboundAddress], list[UnreadPart]]:
    """Read the addresses of paths, and return them with what could not be read.

    IPv6 addresses are left out, because a registry's rules are for IPv4.
    """
    identifiers = list(dict.fromkeys(entry for path in paths for entry in path.address_ids))
    reads = [ArmRead(identifier, NETWORK_API) for identifier in identifiers[:_READ]]
    found = dict(zip(identifiers, ctx.probes.read_all(reads, ctx.deadline)))
    unread = [
        UnreadPart(result, _action(identifier), identifier)
        for identifier, result in found.items()
        if result.failure
    ]
    if len(identifiers) > _READ:
        text, following = f'only the first {_READ} addresses were read', identifiers[_READ]
        unread.append(unavailable_part(text, _action(following), following))
    addresses = [
        OutboundAddress(network, identifier, path)
        for path in paths
        for identifier in path.address_ids
        if (network := _network_of(found.get(identifier)))
    ]
    return addresses, unread


def _action(identifier: str) -> str:
    match = _KIND.search(identifier)
    return f'Microsoft.Network/{match["kind"] if match else "publicIPAddresses"}/read'


def _network_of(result: ArmResult | None) -> ipaddress.IPv4Network | None:
    properties = properties_of(result and result.resource)
    text = text_of(properties.get('ipPrefix')) or text_of(properties.get('ipAddress'))
    try:
        return ipaddress.IPv4Network(text or '')
    except ValueError:
        return None
