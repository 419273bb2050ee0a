# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which route of a route table the traffic to a registry takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.probes.json_access import objects_of, properties_of, text_of

# The halves precede the whole. Where no address is known, each may be that of the registry.
_EVERYWHERE, _HALVES = '0.0.0.0/0', ('0.0.0.0/1', '128.0.0.0/1')
# Service tags that the registry is in. A route for a range of addresses precedes them.
_TAGS = {'azurecloud': 2, 'azurecontainerregistry': 3}


def next_hop(table: Mapping[str, Any], addresses: Sequence[str]) -> Mapping[str, Any]:
    """Return the properties of the route to a registry of these public addresses.

    It is that with the longest prefix (Learn, "Virtual network traffic routing"); empty if no route
    of the table is for the registry.
    """
    found: Mapping[str, Any] = {}
    longest = -1
    for route in objects_of(properties_of(table).get('routes')):
        properties = properties_of(route)
        length = _length(text_of(properties.get('addressPrefix')) or '', addresses)
        if length is not None and length > longest:
            found, longest = properties, length
    return found


def _length(prefix: str, addresses: Sequence[str]) -> int | None:
    """Return how specific a prefix is that the registry is in; None if it isn't in it."""
    if prefix == _EVERYWHERE:
        return 0
    if prefix in _HALVES and not addresses:
        return 1
    tag = prefix.lower().partition('.')[0]
    if tag in _TAGS:
        return _TAGS[tag]
    try:
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return None
    inside = any(ipaddress.ip_address(address) in network for address in addresses)
    return network.prefixlen if inside else None
