# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's IP rules, as Azure Resource Manager reports them, applied to a client address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.json_access import list_of, object_of, objects_of

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NetworkRules(NamedTuple):
    """A registry's network rules. `public`: Enabled or Disabled; `default`: Allow or Deny.

    Both are None if the resource doesn't have them, and can be any other text.
    """

    public: str | None
    default: str | None
    allowed: tuple[Network, ...]

    def covering(self, address: str | Network) -> Network | None:
        """Return the narrowest rule that allows an address or a whole range, None if none does."""
        if isinstance(address, str):
            address = ipaddress.ip_network(ipaddress.ip_address(address).packed)
        wanted = address
        return max(
            (network for network in self.allowed if _contains(network, wanted)),
            key=lambda network: network.prefixlen,
            default=None,
        )

    def nearest(self, address: str) -> Network | None:
        """Return the rule that was probably meant for an address: most leading bits in common.

        None if no rule has at least half of the address's bits in common with it.
        """
        ip = ipaddress.ip_address(address)
        shared = [
            (_count_shared_bits(ip, network), network)
            for network in self.allowed
            if network.version == ip.version
        ]
        bits, network = max(shared, key=lambda pair: pair[0], default=(0, None))
        return network if bits >= ip.max_prefixlen // 2 else None


def rules_of(properties: Mapping[str, Any]) -> NetworkRules | None:
    """Return the network rules in a registry's properties, None without properties.

    Invalid IP rules are left out.
    """
    if not properties:
        return None
    rule_set = object_of(properties.get('networkRuleSet'))
    rules = objects_of(rule_set.get('ipRules'))
    allowed = [
        _parse_network(rule.get('value'))
        for rule in rules
        if rule.get('action', 'Allow') == 'Allow'
    ]
    return NetworkRules(
        _text(properties.get('publicNetworkAccess')),
        _text(rule_set.get('defaultAction')),
        tuple(network for network in allowed if network),
    )


def invalid_rules(properties: Mapping[str, Any]) -> list[str]:
    """Return the values of the rules that are neither an address nor a range."""
    rules = list_of(object_of(properties.get('networkRuleSet')).get('ipRules'))
    values = [object_of(rule).get('value') for rule in rules]
    return [str(value) for value in values if _parse_network(value) is None]


def routed_outside_private_link(client_ip: str, resolved: tuple[str, ...]) -> bool:
    """Return whether a request was routed outside the private link.

    It was if the name resolves to private addresses only and the registry saw a public client IP.
    """
    return bool(resolved) and all(map(is_private, resolved)) and not is_private(client_ip)


def _parse_network(value: Any) -> Network | None:
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    # A value of another type isn't the default, which no value is.
    return None if value is None else str(value)


def _contains(network: Network, other: Network) -> bool:
    return (
        network.version == other.version
        and network.prefixlen <= other.prefixlen
        and other.network_address in network
    )


def _count_shared_bits(ip: Address, network: Network) -> int:
    different = int(ip) ^ int(network.network_address)
    return min(network.prefixlen, ip.max_prefixlen - different.bit_length())
