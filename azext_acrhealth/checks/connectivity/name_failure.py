# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why a name doesn't resolve, from the responses of this machine's DNS servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from azext_acrhealth.catalogue.connectivity import dns as problems
from azext_acrhealth.checks.private_link.zone_names import (
    PRIVATE_LINK,
    private_zone_of,
    zone_placeholders,
)
from azext_acrhealth.checks.registry.login_server import suffixes
from azext_acrhealth.grammar import is_host
from azext_acrhealth.model import Context, Problem
from azext_acrhealth.probes.http.dns import Resolution, ResolveKind

if TYPE_CHECKING:
    from azext_acrhealth.probes.http.dns_query import DnsServer, DnsServers

RESOLVE: Mapping[ResolveKind, Problem] = {
    'NotFound': problems.NAME_NOT_FOUND,
    'NoAddress': problems.NO_ADDRESS,
    'Failed': problems.RESOLVER_FAILED,
    'Timeout': problems.RESOLVER_TIMEOUT,
}
# The primary server of every Azure private DNS zone, by its SOA record.
_AZURE_PRIVATE_DNS = 'azureprivatedns.net'


class NameFailure(NamedTuple):
    """Why a name doesn't resolve.

    `conclusive`: a DNS server's own response shows the cause, so DNS works in general. `silent`: no
    DNS server responds.
    """

    problem: Problem
    detail: str
    placeholders: Mapping[str, str]
    facts: Mapping[str, Any]
    conclusive: bool = False
    silent: bool = False


def name_failure(ctx: Context, resolution: Resolution) -> NameFailure:
    """Return why a name doesn't resolve on this machine."""
    failure, host = resolution.failure, resolution.host
    assert failure
    responses: DnsServers = ctx.probes.query_dns_servers(host, ctx.deadline)
    found = NameFailure(
        RESOLVE[failure.kind],
        f'{failure.text} ({host}{_results(responses)})',
        {'host': host, **_zones(ctx, host)},
        {'dnsServers': [_facts_of(server) for server in responses.servers]},
        silent=responses.silent,
    )
    server = responses.with_alias
    if server and is_host(server.aliases[-1]):
        return _aliased(found, host, failure.kind, server)
    replaced = next((server.zone for server in responses.servers if _is_replaced(server)), None)
    if replaced and failure.kind == 'NotFound':
        return found._replace(
            problem=problems.PUBLIC_ZONE_REPLACED,
            detail=f"{host} isn't in the private DNS zone {replaced}, which hides the public zone",
            placeholders={**found.placeholders, 'zone': replaced},
            conclusive=True,
        )
    return found


def _aliased(found: NameFailure, host: str, kind: ResolveKind, server: DnsServer) -> NameFailure:
    """Return why the alias of a name doesn't resolve."""
    alias = server.aliases[-1]
    zone = private_zone_of(alias, server.zone)
    place = f' in the zone {zone}' if zone else ''
    if kind == 'NoAddress' and server.result == 'NXDOMAIN':
        kind = 'NotFound'  # the system's resolver got another response to one of its queries
    problem, missing = found.problem, f"doesn't resolve: {found.detail}"
    placeholders = {**found.placeholders, 'alias': alias}
    if server.result == 'NOERROR' and kind in ('NotFound', 'NoAddress'):
        # glibc reports an alias without an address like a name that doesn't exist.
        problem, missing = problems.NO_ADDRESS, f'has no address{place}'
    elif zone and kind == 'NotFound':
        problem, missing = problems.HIDDEN_BY_PRIVATE_ZONE, f"doesn't exist{place}"
        placeholders.update(zone=zone, record=alias.removesuffix(f'.{zone}'))
    elif kind == 'NotFound':
        problem, missing = problems.ALIAS_NOT_FOUND, "doesn't exist"
    return found._replace(
        problem=problem,
        detail=f'{host} is an alias of {alias}, which {missing}',
        placeholders=placeholders,
        conclusive=True,
    )


def _is_replaced(server: DnsServer) -> bool:
    """Return whether an Azure private DNS zone answers in place of a public zone."""
    zone = server.zone or ''
    return (
        server.primary == _AZURE_PRIVATE_DNS
        and is_host(zone)
        and PRIVATE_LINK not in zone.split('.')
    )


def _zones(ctx: Context, host: str) -> Mapping[str, str]:
    """Return the placeholders of a host's zones; another host's are those of this cloud."""
    storage: str | None = ctx.probes.storage_suffix
    ours = (*suffixes(ctx), *((f'.blob.{storage}',) if storage else ()))
    suffix: str | None = ctx.probes.suffix
    return zone_placeholders(
        host if host.lower().endswith(ours) or not suffix else f'{host.partition(".")[0]}{suffix}'
    )


def _results(responses: DnsServers) -> str:
    """Return the result of each server, for a detail; at most three."""
    if not responses.servers:
        return ''
    shown = [
        f'{server.address}: {server.result}{f" from the zone {server.zone}" if server.zone else ""}'
        for server in responses.servers[:3]
    ]
    return f'; DNS server{"s" if len(shown) > 1 else ""} {", ".join(shown)}'


def _facts_of(server: DnsServer) -> dict[str, Any]:
    return {
        'server': server.address,
        'result': server.result,
        'aliases': list(server.aliases),
        'zone': server.zone,
        'elapsedMs': round(server.seconds * 1000),
    }
