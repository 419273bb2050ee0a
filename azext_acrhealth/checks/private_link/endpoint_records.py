# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The DNS records of a registry's private endpoints, as Azure Resource Manager lists them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from azext_acrhealth.grammar import RESOURCE_ID, is_host
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.arm_response import ArmKind
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import (
    list_of,
    name_of,
    object_of,
    objects_of,
    properties_of,
)

# Of Microsoft.Network, for all that is read of it but virtual networks.
NETWORK_API = '2022-01-01'
# A registry can have 200 private endpoints; a server that invents them must not keep us busy.
MAX_REQUESTS, _SHOWN = 250, 50
_MAX_INTERFACES = 10


class ResourceRequest(NamedTuple):
    """A request to Azure Resource Manager, as support needs it. `at`: time of the response, UTC."""

    resource: str
    at: str | None
    status: int | None
    correlation_id: str | None

    def facts(self) -> dict[str, object]:
        """Return the facts of the request."""
        return {
            'what': self.resource,
            'at': self.at,
            'status': self.status,
            'correlationId': self.correlation_id,
        }


class EndpointRecord(NamedTuple):
    """A name and the private addresses that it should resolve to."""

    name: str
    addresses: frozenset[str]


class PrivateEndpoint(NamedTuple):
    """A private endpoint: its resource id, its network interfaces' ids, and their records.

    `subnet` is the resource id of the subnet that it is in.
    """

    resource_id: str
    interfaces: tuple[str, ...]
    records: tuple[EndpointRecord, ...]
    subnet: str = ''

    @property
    def addresses(self) -> frozenset[str]:
        """Return the addresses of all names."""
        return frozenset(address for record in self.records for address in record.addresses)


class UnreadEndpoint(NamedTuple):
    """A private endpoint whose resource wasn't read, and why."""

    resource_id: str
    failure: Failure[ArmKind]


class EndpointReading(NamedTuple):
    """What Azure Resource Manager reports of the private endpoints in a wanted subnet.

    `read_count` counts the endpoints that were read, in any subnet. `interface_failure`: a network
    interface could not be read. `deleted`: the first failure of an endpoint that does not exist any
    more.
    """

    endpoints: tuple[PrivateEndpoint, ...] = ()
    unread: tuple[UnreadEndpoint, ...] = ()
    requests: tuple[ResourceRequest, ...] = ()
    read_count: int = 0
    interface_failure: Failure[ArmKind] | None = None
    deleted: Failure[ArmKind] | None = None

    @property
    def endpoint_ids(self) -> list[str]:
        """Return the resource ids of the endpoints in a wanted subnet, each once."""
        return list(dict.fromkeys(endpoint.resource_id for endpoint in self.endpoints))

    @property
    def interfaces(self) -> list[str]:
        """Return the resource ids of all network interfaces, each once."""
        interfaces = (interface for endpoint in self.endpoints for interface in endpoint.interfaces)
        return list(dict.fromkeys(interfaces))

    @property
    def records(self) -> tuple[EndpointRecord, ...]:
        """Return the records of all endpoints, merged by name."""
        return _merge(record for endpoint in self.endpoints for record in endpoint.records)

    def facts(self) -> dict[str, object]:
        """Return the facts of the reading."""
        return {
            'requests': [request.facts() for request in self.requests[:_SHOWN]],
            'notRead': [name_of(endpoint.resource_id) for endpoint in self.unread],
        }


def endpoint_read(resource_id: str) -> ArmRead:
    """Return how a private endpoint is read, to read several before their records."""
    return ArmRead(resource_id, NETWORK_API)


def read_endpoint_records(
    ctx: Context, endpoints: Sequence[str], is_wanted: Callable[[str], bool]
) -> EndpointReading:
    """Read the records of the endpoints whose subnet's resource id is wanted.

    An endpoint that cannot be read may lie in a wanted subnet or not; it is among the `unread`.
    """
    reader = _Reader(ctx)
    for number, endpoint in enumerate(endpoints):
        if len(reader.requests) >= MAX_REQUESTS:
            reader.skip(endpoints[number:], number)
            break
        reader.read_endpoint(endpoint, is_wanted)
    return reader.reading()


class _Reader:
    """Reads endpoints and their network interfaces in turn, and collects their records."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._endpoints: list[PrivateEndpoint] = []
        self._unread: list[UnreadEndpoint] = []
        self._read_count = 0
        self._interface_failure: Failure[ArmKind] | None = None
        self._deleted: Failure[ArmKind] | None = None
        self.requests: list[ResourceRequest] = []

    def read_endpoint(self, resource_id: str, is_wanted: Callable[[str], bool]) -> None:
        """Read an endpoint, and its network interfaces if its subnet is wanted."""
        properties, failure = self._read(resource_id)
        if failure:
            if failure.kind == 'NotFound':
                # An endpoint that was deleted lies in no subnet.
                self._deleted = self._deleted or failure
            else:
                self._unread.append(UnreadEndpoint(resource_id, failure))
            return
        self._read_count += 1
        subnet = str(object_of(properties.get('subnet')).get('id', ''))
        if not is_wanted(subnet):
            return
        listed = list_of(properties.get('networkInterfaces'))
        if len(listed) > _MAX_INTERFACES:
            self._interface_failure = Failure(
                'Unavailable',
                f'{name_of(resource_id)} has more than {_MAX_INTERFACES} network interfaces',
            )
        interfaces = tuple(
            str(object_of(interface).get('id', '')) for interface in listed[:_MAX_INTERFACES]
        )
        records = [record for interface in interfaces for record in self._records(interface)]
        self._endpoints.append(PrivateEndpoint(resource_id, interfaces, _merge(records), subnet))

    def skip(self, endpoints: Sequence[str], read_count: int) -> None:
        """Note the endpoints that are too many to read."""
        failure: Failure[ArmKind] = Failure(
            'Unavailable', f'only the first {read_count} private endpoints were read'
        )
        self._unread.extend(UnreadEndpoint(resource_id, failure) for resource_id in endpoints)

    def reading(self) -> EndpointReading:
        """Return all that was read."""
        return EndpointReading(
            tuple(self._endpoints),
            tuple(self._unread),
            tuple(self.requests),
            self._read_count,
            self._interface_failure,
            self._deleted,
        )

    def _records(self, interface: str) -> list[EndpointRecord]:
        properties, failure = self._read(interface)
        self._interface_failure = self._interface_failure or failure
        return list(_parse_records(properties))

    def _read(self, resource_id: str) -> tuple[Mapping[str, object], Failure[ArmKind] | None]:
        result: ArmResult = self._ctx.probes.read_resource(
            resource_id, NETWORK_API, self._ctx.deadline
        )
        self.requests.append(
            ResourceRequest(
                name_of(resource_id), result.at or None, result.status, result.correlation_id
            )
        )
        return properties_of(result.resource), result.failure


def group_id_of(resource_id: str) -> str:
    """Return the ID of a resource's group, empty if the ID is invalid: it goes into commands."""
    return '/'.join(resource_id.split('/')[:5]) if RESOURCE_ID.fullmatch(resource_id) else ''


def is_in_network(subnet_id: str, network_id: str) -> bool:
    """Return whether a subnet belongs to a network, compared by segment: vnet1 is not vnet10."""
    inner, outer = (
        identifier.strip('/').lower().split('/') for identifier in (subnet_id, network_id)
    )
    return inner[: len(outer)] == outer


def normalize_address(text: object) -> str | None:
    """Return an IP address in its canonical spelling (RFC 5952), None for any other value."""
    try:
        return str(ipaddress.ip_address(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def _merge(records: Iterable[EndpointRecord]) -> tuple[EndpointRecord, ...]:
    """Return a record for each name, with all of its addresses."""
    addresses: dict[str, set[str]] = {}
    for record in records:
        addresses.setdefault(record.name, set()).update(record.addresses)
    return tuple(EndpointRecord(name, frozenset(found)) for name, found in addresses.items())


def _parse_records(interface: Mapping[str, object]) -> Iterator[EndpointRecord]:
    """Parse the names and addresses in the properties of a network interface."""
    for configuration in objects_of(interface.get('ipConfigurations')):
        properties = properties_of(configuration)
        link = object_of(properties.get('privateLinkConnectionProperties'))
        address = normalize_address(properties.get('privateIPAddress'))
        for name in list_of(link.get('fqdns')):
            if is_host(name) and address:
                yield EndpointRecord(name.lower(), frozenset((address,)))
