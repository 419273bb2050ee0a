# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's names as this machine resolves them, and the records of those that miss the private endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from azext_acrhealth.checks.private_link.endpoint_records import (
    Names,
    Seen,
    address_of,
    resolve_records,
)
from azext_acrhealth.checks.registry.endpoint_connections import EndpointConnection
from azext_acrhealth.checks.registry.login_server import HOST, LISTED, LoginServer
from azext_acrhealth.model import Context
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.probes.json_access import name_of, text_of


@dataclass(frozen=True)
class Name:
    """A name and what it resolves to here.

    `address` is the private address that it should have, where known.
    """

    name: str
    addresses: tuple[str, ...]
    record: str = ''
    address: str | None = None

    @property
    def private(self) -> bool:
        """Return whether it leads to private addresses, and to no other."""
        return bool(self.addresses) and all(map(is_private, self.addresses))

    def told(self) -> dict[str, Any]:
        """Return the facts of a name, or of the record that it lacks."""
        seen = {'name': self.name, 'addresses': list(self.addresses), 'private': self.private}
        return {**seen, 'record': self.record, 'address': self.address} if self.record else seen


@dataclass(frozen=True)
class Missing:
    """The records that the zone privatelink`suffix` lacks, those of names without any address first."""

    suffix: str
    records: tuple[Name, ...]
    seen: Seen

    def where(self) -> str:
        """Say where an address stands that could not be read."""
        interfaces = ', '.join(dict.fromkeys(map(name_of, self.seen.names.interfaces)))
        if interfaces:
            return f'the network interface {interfaces}'
        unread = [f'{name_of(one)} ({why.text})' for one, why in self.seen.unread]
        return (
            f'the network interface of {unread[0]}'
            if unread
            else "the endpoint's network interface"
        )


def names_of(ctx: Context, login: LoginServer) -> list[Name]:
    """Resolve all names that clients may be led to: the login server, regional and data endpoints, replicas included.

    The same look-ups serve the checks that connect to these hosts.
    """
    named = text_of(login.properties.get('loginServer')) or ''
    hosts = [
        login.host.lower(),
        *([named.lower()] if HOST.fullmatch(named) else []),
        *login.listed('regionalEndpointHostNames'),
        *login.listed('dataEndpointHostNames'),
    ]
    connection = [
        (
            host,
            login.connection
            if host == login.host.lower()
            else ctx.probes.reach(host, ctx.deadline),
        )
        for host in list(dict.fromkeys(hosts))[:LISTED]
    ]
    return [Name(host, connection.resolution().addresses) for host, connection in connection]


def missing_records(
    ctx: Context,
    login: LoginServer,
    connections: Sequence[EndpointConnection],
    names: Sequence[Name],
) -> Missing:
    """Read at the endpoints which private addresses the names should have that have none here."""
    seen = resolve_records(
        ctx, [one.endpoint for one in connections if one.approved and one.endpoint], lambda _: True
    )
    here = _serving(seen, names)
    suffix = _suffix(ctx, login)
    records = [
        replace(one, record=one.name.removesuffix(suffix), address=_address(here, one.name))
        for one in names
        if not one.private
    ]
    return Missing(suffix, tuple(sorted(records, key=lambda one: bool(one.addresses))), seen)


def _serving(seen: Seen, names: Sequence[Name]) -> Names:
    """Return the endpoint that the private names lead to: with several, each network has its own addresses."""
    private = [
        (one.name, address_of(address)) for one in names if one.private for address in one.addresses
    ]
    return next(
        (
            endpoint
            for endpoint in seen.of.values()
            if any(address in endpoint.expected.get(name, ()) for name, address in private)
        ),
        seen.names,
    )


def _address(endpoint: Names, name: str) -> str | None:
    return min(
        endpoint.expected.get(name, ()), key=lambda address: (':' in address, address), default=None
    )


def _suffix(ctx: Context, login: LoginServer) -> str:
    """Return what all names of the registry end with; the private zone is named after it."""
    known: str | None = ctx.probes.suffix
    return (
        known
        if known and login.host.lower().endswith(known)
        else f'.{login.host.lower().partition(".")[2]}'
    )
