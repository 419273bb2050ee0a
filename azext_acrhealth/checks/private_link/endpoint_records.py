# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which names a registry's private endpoints have, and at which private addresses, as Resource Manager tells them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.checks.registry.login_server import HOST
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.arm_response import ArmKind
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, name_of, object_of

_NETWORK_API = '2022-01-01'
# A registry may have 200 private endpoints; what a server makes up has no end.
MOST, SHOWN = 250, 50
_INTERFACES = 10


@dataclass
class Names:
    """Names and the addresses that each should have.

    `interfaces` are the network interfaces that told, or did not.
    """

    expected: dict[str, set[str]] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)

    def add(self, interface: Mapping[str, Any]) -> None:
        """Add what a network interface lists."""
        for name, address in _names(interface):
            self.expected.setdefault(name, set()).add(address)


@dataclass
class Seen:
    """What Resource Manager told of the endpoints: the names of all and of each, and what was not read."""

    names: Names = field(default_factory=Names)
    of: dict[str, Names] = field(default_factory=dict)
    unread: list[tuple[str, Failure[ArmKind]]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    failure: Failure[ArmKind] | None = None  # an interface could not be read
    gone: Failure[ArmKind] | None = None

    @property
    def found(self) -> list[str]:
        """Return the endpoints that were looked for."""
        return list(self.of)

    def facts(self) -> dict[str, Any]:
        """Return the facts of the reading."""
        return {
            'requests': self.requests[:SHOWN],
            'notRead': [name_of(name) for name, _ in self.unread],
        }


def resolve_records(ctx: Context, endpoints: Sequence[str], wanted: Callable[[str], bool]) -> Seen:
    """Read what each name should resolve to, of the endpoints in a wanted subnet.

    An endpoint that cannot be read may lie in one, or may not.
    """
    seen = Seen()

    def read(resource_id: str) -> tuple[Mapping[str, Any], Failure[ArmKind] | None]:
        response = ctx.probes.read_resource(resource_id, _NETWORK_API, ctx.deadline)
        seen.requests.append(
            {
                'what': name_of(resource_id),
                'at': response.at or None,
                'status': response.status,
                'correlationId': response.correlation_id,
            }
        )
        return object_of(object_of(response.resource).get('properties')), response.failure

    for number, endpoint in enumerate(endpoints):
        if len(seen.requests) >= MOST:
            why: Failure[ArmKind] = Failure(
                'Unavailable', f'the registry has more endpoints than the {number} that were read'
            )
            seen.unread.extend((one, why) for one in endpoints[number:])
            break
        properties, failure = read(endpoint)
        if failure and failure.kind == 'NotFound':
            seen.gone = seen.gone or failure  # it lies nowhere any more
        elif failure:
            seen.unread.append((endpoint, failure))
        seen.read += failure is None
        if failure or not wanted(str(object_of(properties.get('subnet')).get('id', ''))):
            continue
        mine = seen.of.setdefault(endpoint, Names())
        interfaces = list_of(properties.get('networkInterfaces'))
        if len(interfaces) > _INTERFACES:
            seen.failure = Failure(
                'Unavailable', f'{name_of(endpoint)} has more interfaces than can be looked at'
            )
        for interface in interfaces[:_INTERFACES]:
            resource_id = str(object_of(interface).get('id', ''))
            properties, failure = read(resource_id)
            seen.failure = seen.failure or failure
            for one in (mine, seen.names):
                one.interfaces.append(resource_id)
                one.add(properties)
    return seen


def address_of(text: Any) -> str | None:
    """Spell an address as all others are spelled; IPv6 has several ways.

    None for what is no address.
    """
    try:
        return str(ipaddress.ip_address(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def _names(interface: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for configuration in map(object_of, list_of(interface.get('ipConfigurations'))):
        properties = object_of(configuration.get('properties'))
        link = object_of(properties.get('privateLinkConnectionProperties'))
        for name in list_of(link.get('fqdns')):
            address = address_of(properties.get('privateIPAddress'))
            if isinstance(name, str) and HOST.fullmatch(name) and address:
                yield name.lower(), address
