# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that the names of a network's private endpoint resolve here to its addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.catalogue.private_link import private_dns as problems
from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.private_link.endpoint_records import (
    MAX_REQUESTS,
    EndpointReading,
    EndpointRecord,
    group_id_of,
    is_in_network,
    normalize_address,
    read_endpoint_records,
)
from azext_acrhealth.checks.private_link.missing_records import (
    MissingRecord,
    MissingRecords,
    RegistryName,
)
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, read_problem
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.json_access import name_of


class NameComparison(NamedTuple):
    """A name's record at the private endpoint, beside what the name resolves to on this machine."""

    record: EndpointRecord
    resolution: Resolution

    @property
    def matches(self) -> bool:
        """Return whether the name resolves, and to addresses of the endpoint only."""
        resolved = {normalize_address(address) for address in self.resolution.addresses}
        return bool(resolved) and resolved <= self.record.addresses

    def facts(self) -> dict[str, object]:
        """Return the facts of the comparison."""
        return {
            'name': self.record.name,
            'expected': sorted(self.record.addresses),
            'resolved': list(self.resolution.addresses),
            'right': self.matches,
        }

    def message(self) -> str:
        """Return the sentence for a name that does not match."""
        host, expected = self.record.name, ', '.join(sorted(self.record.addresses))
        if self.resolution.addresses:
            return f'{host} resolves to {", ".join(self.resolution.addresses)}, not {expected}'
        failure = self.resolution.failure
        reason = failure.text if failure else 'no address'
        return f"{host} doesn't resolve ({reason}), expected {expected}"

    def missing_record(self, suffix: str) -> MissingRecord:
        """Return the record that would make the name match, in the zone `privatelink{suffix}`."""
        host = self.record.name
        name = RegistryName(host, self.resolution.addresses)
        return MissingRecord(name, host.removesuffix(suffix), min(self.record.addresses))


@check(
    'private-dns',
    'Private DNS',
    'private-link',
    needs=(login_server,),
    skip_reason=lambda options: None if options.vnet else "--vnet wasn't specified",
    verifies='With --vnet, every name of the private endpoint in that virtual network resolves to '
    'its private IP address on this machine.',
    problems=(
        problems.NO_ENDPOINT,
        problems.NO_ENDPOINT_HERE,
        problems.NOT_PRIVATE_ENDPOINT_ADDRESS,
        problems.ENDPOINT_WITHOUT_RECORDS,
        problems.ENDPOINT_FORBIDDEN,
        problems.ENDPOINT_UNAVAILABLE,
        problems.REGISTRY_UNREADABLE,
    ),
)
def private_dns(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return failed(problems.REGISTRY_UNREADABLE, RESOURCE_NOT_READ)
    endpoints = [
        connection.endpoint
        for connection in connections_of(login.properties)
        if connection.endpoint
    ]
    if not endpoints:
        return failed(problems.NO_ENDPOINT, 'the registry has no private endpoints')
    assert ctx.options.vnet
    network = _network_id(ctx.options.vnet, str(login.resource.get('id', '')))
    reading = read_endpoint_records(ctx, endpoints, lambda subnet: is_in_network(subnet, network))
    facts: dict[str, Any] = {'network': network, **reading.facts()}
    failure = reading.interface_failure
    if not failure and not reading.endpoints:
        failure = reading.unread[0].failure if reading.unread else reading.deleted
    if failure:
        unreadable = read_problem(
            failure, problems.ENDPOINT_FORBIDDEN, problems.ENDPOINT_UNAVAILABLE
        )
        return failed(
            unreadable, failure.text, None, _reader_placeholders(ctx, login, endpoints[0]), **facts
        )
    if not reading.endpoints:
        return failed(
            problems.NO_ENDPOINT_HERE,
            f'{name_of(network)} has no private endpoint of the registry '
            f'({len(endpoints)} in other networks)',
            **facts,
        )
    facts['endpoints'] = reading.endpoint_ids
    if not reading.records:
        return failed(
            problems.ENDPOINT_WITHOUT_RECORDS,
            f'{name_of(reading.endpoint_ids[0])} lists no DNS names',
            **facts,
        )
    return _compare(ctx, login, reading, facts)


def _compare(
    ctx: Context, login: LoginServer, reading: EndpointReading, facts: Mapping[str, Any]
) -> Outcome:
    """Judge what the endpoints' names resolve to here."""
    records = reading.records
    compared = records[:MAX_REQUESTS]
    resolutions: list[Resolution] = ctx.probes.resolve_all(
        tuple(record.name for record in compared), ctx.deadline
    )
    comparisons = [
        NameComparison(record, resolution)
        for record, resolution in zip(compared, resolutions, strict=True)
    ]
    facts = {**facts, 'names': [comparison.facts() for comparison in comparisons]}
    wrong = [comparison for comparison in comparisons if not comparison.matches]
    if wrong:
        return _mismatch(ctx, reading, wrong, len(comparisons), facts)
    count = len(comparisons)
    resolved = f'{count} name{" resolves" if count == 1 else "s resolve"} to the private endpoint'
    if reading.unread or len(compared) < len(records):
        forbidden = any(endpoint.failure.kind == 'Forbidden' for endpoint in reading.unread)
        total = len(reading.unread) + reading.read_count
        rest = (
            f"{len(reading.unread)} of {total} private endpoints weren't read"
            if reading.unread
            else f"{len(records) - len(compared)} more weren't checked"
        )
        return warned(
            problems.ENDPOINT_FORBIDDEN if forbidden else problems.ENDPOINT_UNAVAILABLE,
            f'{resolved}, but {rest}',
            placeholders=_reader_placeholders(
                ctx, login, next((endpoint.resource_id for endpoint in reading.unread), '')
            ),
            **facts,
        )
    return passed(resolved, **facts)


def _reader_placeholders(ctx: Context, login: LoginServer, endpoint_id: str) -> dict[str, str]:
    return reader_placeholders(
        login.read.claims, ctx.options.identity, endpoint_group=group_id_of(endpoint_id)
    )


def _mismatch(
    ctx: Context,
    reading: EndpointReading,
    wrong: Sequence[NameComparison],
    total: int,
    facts: Mapping[str, Any],
) -> Outcome:
    """Report the names that do not resolve to the endpoint's addresses."""
    suffix: str = ctx.probes.suffix or ''
    found = MissingRecords(
        suffix, tuple(comparison.missing_record(suffix) for comparison in wrong), reading
    )
    more = f' ({len(wrong)} of {total} names differ)' if len(wrong) > 1 else ''
    return failed(
        problems.NOT_PRIVATE_ENDPOINT_ADDRESS,
        f'{wrong[0].message()}{more}; the zone privatelink{suffix} needs the record '
        f'{found.records[0].record}',
        placeholders=found.placeholders(),
        **facts,
    )


def _network_id(vnet: str, registry_id: str) -> str:
    """Return a virtual network's resource id; a bare name is taken in the registry's own group."""
    if vnet.startswith('/'):
        return vnet
    return f'{group_id_of(registry_id)}/providers/Microsoft.Network/virtualNetworks/{vnet}'
