# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that the login server's name resolves, and that its addresses fit the resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.connectivity import dns as problems
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.host_suggestions import (
    suggest_login_server,
    without_private_link,
)
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server, suffixes
from azext_acrhealth.model import Context, Outcome, Problem, check, failed, passed, warned
from azext_acrhealth.probes.http.dns import Resolution, ResolveKind, family, is_private
from azext_acrhealth.probes.http.reachability import Reachability

RESOLVE: Mapping[ResolveKind, Problem] = {
    'NotFound': problems.NAME_NOT_FOUND,
    'NoAddress': problems.NO_ADDRESS,
    'Failed': problems.RESOLVER_FAILED,
    'Timeout': problems.RESOLVER_TIMEOUT,
}


@check(
    'dns',
    'Name resolution',
    'connectivity',
    needs=(login_server,),
    verifies="The login server's name resolves on this machine, to IPv4 or IPv6 addresses.",
    problems=(
        *RESOLVE.values(),
        problems.NOT_IN_LOCAL_DNS,
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
        placeholders = {'host': login.host, 'suffix': ctx.probes.suffix or '', 'meant': suggested}
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
    if suggested and not login.resource:
        return failed(
            problems.LIKELY_TYPO,
            f'{host} is probably a misspelling of {suggested}: {failure.text}',
            placeholders={'host': host, 'meant': suggested},
            **facts,
            probablyMeant=suggested,
        )
    detail, reference_facts = compare_with_reference_host(ctx, f'{failure.text} ({host})')
    in_arm = failure.kind == 'NotFound' and login.resource is not None
    return failed(
        problems.NOT_IN_LOCAL_DNS if in_arm else RESOLVE[failure.kind],
        detail,
        placeholders={'host': host, 'suffix': ctx.probes.suffix or ''},
        **facts,
        **reference_facts,
    )


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
