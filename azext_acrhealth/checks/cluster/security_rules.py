# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the rules of a network security group plainly deny the nodes HTTPS to the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.json_access import list_of, objects_of, properties_of, text_of

_HTTPS = 443
_ANY_SOURCE = ('*', '0.0.0.0/0', 'virtualnetwork', 'any')
# Destinations that the registry is in, whatever its address.
_REGISTRY = lazy_pattern(r'\*|0\.0\.0\.0/0|internet|any|azurecontainerregistry(\.\w+)?|azurecloud')
_PORTS = lazy_pattern(r'(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?', re.ASCII)
_LOWEST = 65536


def denial_of(group: Mapping[str, Any]) -> str | None:
    """Return the name of the rule that denies HTTPS to the registry, None if none does for sure.

    The rule with the lowest number decides. A rule before it that allows HTTPS to some destination
    leaves it open, because that may be the registry.
    """
    for rule in sorted(_outbound(group), key=_priority):
        properties = properties_of(rule)
        if not _covers_https(properties):
            continue
        if properties.get('access') == 'Allow':
            return None
        destinations = _texts(properties, 'destinationAddressPrefix')
        sources = _texts(properties, 'sourceAddressPrefix')
        if any(map(_REGISTRY.fullmatch, destinations)) and any(
            source in _ANY_SOURCE for source in sources
        ):
            return text_of(rule.get('name')) or '(unnamed)'
    return None


def _outbound(group: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for rule in objects_of(properties_of(group).get('securityRules')):
        if properties_of(rule).get('direction') == 'Outbound':
            yield rule


def _priority(rule: Mapping[str, Any]) -> int:
    priority = properties_of(rule).get('priority')
    return priority if isinstance(priority, int) else _LOWEST


def _covers_https(properties: Mapping[str, Any]) -> bool:
    protocol = (text_of(properties.get('protocol')) or '*').lower()
    ports = _texts(properties, 'destinationPortRange')
    return protocol in ('*', 'tcp') and any(map(_has_https, ports))


def _has_https(ports: str) -> bool:
    match = _PORTS.fullmatch(ports)
    if match is None:
        return ports == '*'
    return int(match['first']) <= _HTTPS <= int(match['last'] or match['first'])


def _texts(properties: Mapping[str, Any], name: str) -> list[str]:
    """Return the values of a property that a rule has once or, in the plural, as a list."""
    plural = f'{name}es' if name.endswith('x') else f'{name}s'
    values = [properties.get(name), *list_of(properties.get(plural))]
    return [value.lower() for value in values if isinstance(value, str)]
