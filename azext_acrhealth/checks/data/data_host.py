# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a host that layers come from can be reached: its name, its port, its certificate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from azext_acrhealth.catalogue.data import data_endpoints as problems
from azext_acrhealth.checks.connectivity.connection import no_connection, tries_of
from azext_acrhealth.checks.connectivity.dns import RESOLVE
from azext_acrhealth.checks.connectivity.tls import failure, seen_of
from azext_acrhealth.model import Context, Outcome, failed
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.dns import is_private


def obstacle(ctx: Context, opened: Connection) -> Outcome | None:
    """Find what keeps this machine from a host; None when its certificate was seen and trusted."""
    resolution, dialled, handshake = opened.resolution(), opened.dialled(), opened.handshake()
    fill = {'host': opened.host, 'wildcard': wildcard(ctx, opened.host)}
    # Behind a proxy a name need not resolve here.
    if resolution.trouble and not opened.route().proxy:
        problem = problems.BY_REASON[RESOLVE[resolution.trouble.kind].reason]
        return failed(
            problem, f'{opened.host}: {resolution.trouble.text}', fill=fill, **facts_of_host(opened)
        )
    if dialled.trouble:
        found = no_connection(ctx, opened, dialled.trouble)
    elif handshake.trouble:
        found = failure(opened, handshake.trouble, seen_of(opened))
    else:
        return None
    assert found.problem
    return replace(
        found,
        problem=problems.BY_REASON[found.problem.reason],
        detail=f'{opened.host}: {found.detail}',
        facts={**facts_of_host(opened), **found.facts},
        fill={**found.fill, **fill},
    )


def facts_of_host(opened: Connection) -> dict[str, Any]:
    """Give what was seen of a host on the way to it."""
    resolution, dialled = opened.resolution(), opened.dialled()
    facts: dict[str, Any] = {
        'host': opened.host,
        'kind': kind_of(opened.host),
        'canonicalName': resolution.canonical,
        'addresses': [
            {'address': address, 'private': is_private(address)} for address in resolution.addresses
        ],
        'proxy': dialled.proxy,
    }
    return facts if dialled.trouble else {**facts, **tries_of(opened), 'tls': seen_of(opened)}


def kind_of(host: str) -> str:
    """Tell what kind of host layers come from, by its name (wire formats, section 2.2)."""
    labels = host.lower().split('.')
    if 'blob' in labels[1:3]:
        return 'blob storage'
    if 'data' in labels[1:3]:
        return 'data endpoint'
    return 'regional endpoint' if 'geo' in labels[1:3] else 'other'


def wildcard(ctx: Context, host: str) -> str:
    """Give what a firewall has to allow for a host: storage accounts change, data endpoints have fixed names."""
    storage: str | None = ctx.world.storage_suffix
    if kind_of(host) == 'blob storage':
        return f'*.{host.partition(".")[2]}'
    return host if kind_of(host) != 'other' or not storage else f'*.blob.{storage}'
