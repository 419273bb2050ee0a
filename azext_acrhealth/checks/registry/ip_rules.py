# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the registry's network rules, as Resource Manager tells them, say of an address that was turned away."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.json_access import list_of, object_of

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


@dataclass(frozen=True)
class NetworkRules:
    """A registry's rules. `public`: Enabled or Disabled; `default`: Allow or Deny.

    None where it was not told.
    """

    public: str | None
    default: str | None
    allowed: tuple[Network, ...]

    def covering(self, address: str) -> Network | None:
        """Return the narrowest rule that lets an address in."""
        ip = ipaddress.ip_address(address)
        return max(
            (net for net in self.allowed if net.version == ip.version and ip in net),
            key=lambda net: net.prefixlen,
            default=None,
        )

    def nearest(self, address: str) -> Network | None:
        """Return the rule that shares most leading bits with an address: the one that was probably meant for it.

        At least half of the address must be shared; less is no nearness.
        """
        ip = ipaddress.ip_address(address)
        shared = [(_shared_bits(ip, net), net) for net in self.allowed if net.version == ip.version]
        bits, net = max(shared, key=lambda pair: pair[0], default=(0, None))
        return net if bits >= ip.max_prefixlen // 2 else None


def rules_of(properties: Mapping[str, Any]) -> NetworkRules | None:
    """Read the rules from a registry's properties; None when they were not told.

    Rules that are none are left out.
    """
    if not properties:
        return None
    rule_set = object_of(properties.get('networkRuleSet'))
    rules = [object_of(rule) for rule in list_of(rule_set.get('ipRules'))]
    allowed = [
        _network(rule.get('value')) for rule in rules if rule.get('action', 'Allow') == 'Allow'
    ]
    return NetworkRules(
        _word(properties.get('publicNetworkAccess')),
        _word(rule_set.get('defaultAction')),
        tuple(net for net in allowed if net),
    )


def unreadable_in(properties: Mapping[str, Any]) -> list[str]:
    """Return the rules that are neither an address nor a range, and so let nobody in."""
    rules = list_of(object_of(properties.get('networkRuleSet')).get('ipRules'))
    values = [object_of(rule).get('value') for rule in rules]
    return [str(value) for value in values if _network(value) is None]


def left_by_another_path(client_ip: str, resolved: tuple[str, ...]) -> bool:
    """Return whether the name is private here while the registry saw a public address: the request went another way."""
    return bool(resolved) and all(map(is_private, resolved)) and not is_private(client_ip)


def _network(value: Any) -> Network | None:
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _shared_bits(ip: Address, net: Network) -> int:
    different = int(ip) ^ int(net.network_address)
    return min(net.prefixlen, ip.max_prefixlen - different.bit_length())
