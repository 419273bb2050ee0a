# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's names as this machine resolves them, and the records that a zone lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from azext_acrhealth.checks.private_link.endpoint_records import (
    EndpointReading,
    EndpointRecord,
    normalize_address,
    read_endpoint_records,
)
from azext_acrhealth.checks.registry.endpoint_connections import EndpointConnection
from azext_acrhealth.checks.registry.login_server import MAX_HOSTS, LoginServer
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import Context
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.json_access import name_of, text_of
from azext_acrhealth.protocols import HostConnection


class RegistryName(NamedTuple):
    """A name of the registry, and the addresses that it resolves to on this machine."""

    host: str
    addresses: tuple[str, ...]

    @property
    def private(self) -> bool:
        """Return whether it resolves to private addresses only."""
        return bool(self.addresses) and all(map(is_private, self.addresses))

    def facts(self) -> dict[str, object]:
        """Return the facts of the name."""
        return {'name': self.host, 'addresses': list(self.addresses), 'private': self.private}


class MissingRecord(NamedTuple):
    """A record that the private DNS zone lacks.

    `address`: the private address that the name should resolve to, None where it is not known.
    """

    name: RegistryName
    record: str
    address: str | None

    def facts(self) -> dict[str, object]:
        """Return the facts of the record."""
        return {**self.name.facts(), 'record': self.record, 'address': self.address}


class MissingRecords(NamedTuple):
    """The records that the zone `privatelink{suffix}` lacks, in the order of their report.

    `suffix` begins with a dot. `reading` is where the records' addresses come from.
    """

    suffix: str
    records: tuple[MissingRecord, ...]
    reading: EndpointReading

    def facts(self) -> dict[str, object]:
        """Return the facts of the missing records and of the reading."""
        return {'missing': [record.facts() for record in self.records], **self.reading.facts()}

    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of solutions, for the first record."""
        first = self.records[0]
        return {
            'host': first.name.host,
            'suffix': self.suffix,
            'public_zone': self.suffix.removeprefix('.'),
            'record': first.record,
            'address': first.address or '',
            'records': ', '.join(
                f'{other.record} ({other.address})' if other.address else other.record
                for other in self.records[1:]
            ),
        }

    def address_source(self) -> str:
        """Return what lists the address that could not be read."""
        interfaces = list(dict.fromkeys(map(name_of, self.reading.interfaces)))
        if interfaces:
            plural = 's' if len(interfaces) > 1 else ''
            return f'the network interface{plural} {", ".join(interfaces)}'
        if self.reading.unread:
            endpoint = self.reading.unread[0]
            name = name_of(endpoint.resource_id)
            return f'the network interface of {name} ({endpoint.failure.text})'
        return "the endpoint's network interface"


def resolve_names(ctx: Context, login: LoginServer) -> list[RegistryName]:
    """Return the registry's names with their addresses here: login server, regional and data hosts.

    Each name is resolved once.
    """
    listed = text_of(login.properties.get('loginServer')) or ''
    hosts = [
        login.host.lower(),
        *([listed.lower()] if is_host(listed) else []),
        *login.listed('regionalEndpointHostNames'),
        *login.listed('dataEndpointHostNames'),
    ]
    # Names are resolved in the background, so all are begun before the first is awaited.
    connections = [
        (host, _connection(ctx, login, host)) for host in list(dict.fromkeys(hosts))[:MAX_HOSTS]
    ]
    return [
        RegistryName(host, connection.resolution().addresses) for host, connection in connections
    ]


def find_missing_records(
    ctx: Context,
    login: LoginServer,
    connections: Sequence[EndpointConnection],
    names: Sequence[RegistryName],
) -> MissingRecords:
    """Return the records for the names that do not resolve to a private address.

    Their addresses are read from the approved endpoints. Names without any address come first.
    """
    approved = [
        connection.endpoint
        for connection in connections
        if connection.approved and connection.endpoint
    ]
    reading = read_endpoint_records(ctx, approved, lambda _: True)
    expected = _serving_records(reading, names)
    suffix = suffix_of(ctx, login)
    records = [
        MissingRecord(name, name.host.removesuffix(suffix), _expected_address(expected, name.host))
        for name in names
        if not name.private
    ]
    records.sort(key=lambda record: bool(record.name.addresses))
    return MissingRecords(suffix, tuple(records), reading)


def _connection(ctx: Context, login: LoginServer, host: str) -> HostConnection:
    """Return the connection with a host; the login server's own has been resolved already."""
    if host == login.host.lower():
        return login.connection
    connection: HostConnection = ctx.connections.reach(host, ctx.deadline)
    return connection


def _serving_records(
    reading: EndpointReading, names: Sequence[RegistryName]
) -> tuple[EndpointRecord, ...]:
    """Return the records of the endpoint that the private names resolve to.

    With several endpoints, each network has addresses of its own. If none fits, return all records.
    """
    resolved = {
        (name.host, normalize_address(address))
        for name in names
        if name.private
        for address in name.addresses
    }
    for endpoint in reading.endpoints:
        listed = (
            (record.name, address) for record in endpoint.records for address in record.addresses
        )
        if not resolved.isdisjoint(listed):
            return endpoint.records
    return reading.records


def _expected_address(records: Sequence[EndpointRecord], host: str) -> str | None:
    """Return the address that a name should resolve to, an IPv4 address before an IPv6 address."""
    addresses = (record.addresses for record in records if record.name == host)
    return min(
        next(addresses, frozenset()), key=lambda address: (':' in address, address), default=None
    )


def suffix_of(ctx: Context, login: LoginServer) -> str:
    """Return the suffix of the registry's names, with its dot; the zone is named after it."""
    known: str | None = ctx.probes.suffix
    if known and login.host.lower().endswith(known):
        return known
    return f'.{login.host.lower().partition(".")[2]}'
