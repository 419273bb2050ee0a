# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that the login server's name resolves, and that its addresses fit the resource."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.connectivity import dns as problems
from azext_acrhealth.checks.connectivity.name_failure import RESOLVE, NameFailure, name_failure
from azext_acrhealth.checks.private_link.zone_names import zone_placeholders
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.host_suggestions import (
    suggest_login_server,
    without_private_link,
)
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server, suffixes
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.http.dns import Resolution, family, is_private
from azext_acrhealth.probes.http.reachability import Reachability


@check(
    'dns',
    'Name resolution',
    'connectivity',
    needs=(login_server,),
    verifies="The login server's name resolves on this machine, to IPv4 or IPv6 addresses.",
    problems=(
        *RESOLVE.values(),
        problems.NOT_IN_LOCAL_DNS,
        problems.HIDDEN_BY_PRIVATE_ZONE,
        problems.PUBLIC_ZONE_REPLACED,
        problems.ALIAS_NOT_FOUND,
        problems.NO_NAME_RESOLVES,
        problems.SEARCH_DOMAIN,
        problems.THROUGH_PROXY,
        problems.LIKELY_TYPO,
        problems.PRIVATE_LINK_NAME,
        problems.UPPER_CASE_HOST,
        problems.PRIVATE_WITHOUT_ENDPOINT,
        problems.PUBLIC_DESPITE_ENDPOINT,
        problems.MIXED_ADDRESSES,
    ),
)
def dns(ctx: Context, login: LoginServer) -> Outcome:
    resolution = login.connection.resolution()
    facts: dict[str, Any] = {
        'host': login.host,
        'at': resolution.at or None,
        'elapsedMs': round(resolution.seconds * 1000),
    }
    if resolution.failure:
        return _unresolved(ctx, login, resolution, facts)
    facts.update(
        addresses=[
            {'address': address, 'family': family(address), 'private': is_private(address)}
            for address in resolution.addresses
        ],
        canonicalName=resolution.canonical,
        frontEnd=resolution.front_end,
        region=resolution.region,
    )
    endpoints = login.properties.get('privateEndpointConnections')
    if isinstance(endpoints, list):
        facts['privateEndpoints'] = len(endpoints)
    shown = ', '.join(resolution.addresses[:3]) + (', …' if len(resolution.addresses) > 3 else '')
    warning = _find_warning(ctx, login, resolution)
    if warning:
        problem, reason, suggested = warning
        placeholders = {
            'host': login.host,
            **zone_placeholders(login.host),
            'meant': suggested,
        }
        return warned(
            problem,
            f'{login.host} resolves to {shown}{reason}',
            login.connection,
            placeholders,
            **facts,
        )
    return passed(f'{login.host} resolves to {shown}', login.connection, **facts)


def _unresolved(
    ctx: Context, login: LoginServer, resolution: Resolution, facts: dict[str, Any]
) -> Outcome:
    failure, proxy, host = resolution.failure, login.connection.route().proxy, login.host
    assert failure
    if proxy:
        return warned(
            problems.THROUGH_PROXY,
            f"{host} doesn't resolve here ({failure.text}), but {proxy.shown} can resolve it",
            login.connection,
            {'host': host},
            **facts,
            proxy=proxy.shown,
        )
    suggested = (
        suggest_login_server(host, suffixes(ctx))
        if failure.kind in ('NotFound', 'NoAddress')
        else None
    )
    found = name_failure(ctx, resolution)
    if suggested and not login.resource and not found.conclusive:
        return failed(
            problems.LIKELY_TYPO,
            f'{host} is probably a misspelling of {suggested}: {failure.text}',
            placeholders={'host': host, 'meant': suggested},
            **facts,
            probablyMeant=suggested,
        )
    problem, detail = found.problem, found.detail
    facts = {**facts, **found.facts}
    if not found.conclusive:
        detail, reference_facts = compare_with_reference_host(ctx, detail)
        facts = {**facts, **reference_facts}
        if _no_name_resolves(ctx, login, found):
            problem = problems.NO_NAME_RESOLVES
            other = reference_facts['elsewhere']
            detail = f'no name resolves: {found.detail}; {other["host"]}: {other["why"]}'
        elif problem is problems.NAME_NOT_FOUND and login.resource is not None:
            problem = problems.NOT_IN_LOCAL_DNS
    similar = {'meant': login.read.similar[0]} if login.read.similar else {}
    return failed(problem, detail, placeholders={**found.placeholders, **similar}, **facts)


def _no_name_resolves(ctx: Context, login: LoginServer, found: NameFailure) -> bool:
    """Return whether the reference host doesn't resolve either, and nothing disproves it."""
    reference: Reachability = ctx.probes.reachable(ctx.deadline)
    # The name of Azure Resource Manager resolved if the registry was read without a proxy.
    if login.resource is not None and ctx.probes.proxy_settings().proxy is None:
        return False
    # The reference host has less time, so its timeout alone proves nothing.
    unresolved = reference.unresolved
    return unresolved is not None and (unresolved.kind != 'Timeout' or found.silent)


def _find_warning(
    ctx: Context, login: LoginServer, resolution: Resolution
) -> tuple[Problem, str, str] | None:
    """Return what is wrong with a name that resolves, or None.

    The problem, text to append to the detail, and the suggested host (empty where there is none).
    """
    typed = ctx.target.host if ctx.target else None
    suggested = without_private_link(login.host, ctx.probes.suffix)
    if suggested:
        return (
            problems.PRIVATE_LINK_NAME,
            f", but isn't a login server; use {suggested}",
            suggested,
        )
    if _is_in_search_domain(ctx, resolution):
        return (
            problems.SEARCH_DOMAIN,
            f' only as {resolution.canonical}, in a search domain of this machine',
            '',
        )
    endpoints = login.properties.get('privateEndpointConnections')
    private = [is_private(address) for address in resolution.addresses]
    if any(private) and not all(private):
        private_address = resolution.addresses[private.index(True)]
        public_address = resolution.addresses[private.index(False)]
        return (
            problems.MIXED_ADDRESSES,
            f': {private_address} is private, {public_address} is public',
            '',
        )
    if endpoints == [] and all(private):
        return (
            problems.PRIVATE_WITHOUT_ENDPOINT,
            ', which is private, but the registry has no private endpoint',
            '',
        )
    approved = sum(endpoint.approved for endpoint in connections_of(login.properties))
    if login.closed and approved and not any(private):
        return (
            problems.PUBLIC_DESPITE_ENDPOINT,
            ', which is public, but public access is disabled and the registry has '
            f'{approved} private endpoint{"s" if approved > 1 else ""}',
            '',
        )
    if typed and typed == login.host and typed != typed.lower():
        return (
            problems.UPPER_CASE_HOST,
            f'; container clients treat {typed.lower()} as a different host',
            typed.lower(),
        )
    return None


def _is_in_search_domain(ctx: Context, resolution: Resolution) -> bool:
    """Return whether a name resolves only with a search domain after it.

    An alias can have the same form, so the DNS servers are asked for the name itself.
    """
    canonical, host = (resolution.canonical or '').rstrip('.').lower(), resolution.host.lower()
    if not canonical.startswith(f'{host}.'):
        return False
    responses = ctx.probes.query_dns_servers(host, ctx.deadline)
    return not any(server.resolved for server in responses.servers)


def compare_with_reference_host(ctx: Context, detail: str) -> tuple[str, dict[str, Any]]:
    """Add to a failure whether another registry is reachable; return the detail and the facts."""
    reference: Reachability = ctx.probes.reachable(ctx.deadline)
    # The conclusion comes first, because tables cut the end.
    details = {
        True: f'only this host is affected: {detail}; {reference.host} is reachable',
        False: f'no registry is reachable (including {reference.host}): {detail}',
        None: detail,
    }
    return details[reference.reachable], {
        'elsewhere': {
            'host': reference.host,
            'reachable': reference.reachable,
            'why': reference.why,
            'at': reference.at or None,
        }
    }
