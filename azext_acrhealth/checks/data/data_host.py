# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Judge whether a host that serves layers can be reached: its name, its port, its certificate."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.connectivity.connection import ADDRESS_UNREACHABLE
from azext_acrhealth.catalogue.data import data_endpoints as problems
from azext_acrhealth.checks.connectivity.connection import (
    address_warning,
    connection_failure,
    facts_of_attempts,
)
from azext_acrhealth.checks.connectivity.name_failure import name_failure
from azext_acrhealth.checks.connectivity.tls import facts_of_handshake, handshake_failure
from azext_acrhealth.model import Context, Outcome, failed
from azext_acrhealth.probes.http.dns import is_private
from azext_acrhealth.protocols import HostConnection


def host_failure(ctx: Context, connection: HostConnection) -> Outcome | None:
    """Return why this machine cannot reach a host, None if the TLS handshake succeeded."""
    resolution, tcp, handshake = connection.resolution(), connection.tcp(), connection.handshake()
    placeholders = {'host': connection.host, 'wildcard': wildcard(ctx, connection.host)}
    # Behind a proxy, the proxy resolves the name.
    if resolution.failure and not connection.route().proxy:
        found = name_failure(ctx, resolution)
        return failed(
            problems.BY_REASON[found.problem.reason],
            found.detail if found.conclusive else f'{connection.host}: {resolution.failure.text}',
            placeholders={**found.placeholders, **placeholders},
            **facts_of_host(connection),
            **found.facts,
        )
    if tcp.failure:
        outcome = connection_failure(ctx, connection, tcp.failure)
    elif handshake.failure:
        outcome = handshake_failure(connection, handshake.failure, facts_of_handshake(connection))
    else:
        return None
    assert outcome.problem
    return outcome._replace(
        problem=problems.BY_REASON[outcome.problem.reason],
        detail=f'{connection.host}: {outcome.detail}',
        facts={**facts_of_host(connection), **outcome.facts},
        placeholders={**outcome.placeholders, **placeholders},
    )


def address_warning_of(connection: HostConnection) -> Outcome | None:
    """Return a warning about addresses of a host that don't accept connections, None if all do."""
    warning = address_warning(connection)
    return warning and warning._replace(
        problem=problems.BY_REASON[ADDRESS_UNREACHABLE.reason],
        detail=f'{connection.host}: {warning.detail}',
        value=True,
    )


def facts_of_host(connection: HostConnection) -> dict[str, Any]:
    """Return the facts of a host and of the connection with it."""
    resolution, tcp = connection.resolution(), connection.tcp()
    facts: dict[str, Any] = {
        'host': connection.host,
        'kind': kind_of(connection.host),
        'canonicalName': resolution.canonical,
        'addresses': [
            {'address': address, 'private': is_private(address)} for address in resolution.addresses
        ],
        'proxy': tcp.proxy,
    }
    return (
        facts
        if tcp.failure
        else {**facts, **facts_of_attempts(connection), 'tls': facts_of_handshake(connection)}
    )


def kind_of(host: str) -> str:
    """Return the kind of a host that serves layers, by its name (wire formats, section 2.2)."""
    labels = host.lower().split('.')
    if 'blob' in labels[1:3]:
        return 'blob storage'
    if 'data' in labels[1:3]:
        return 'data endpoint'
    return 'regional endpoint' if 'geo' in labels[1:3] else 'other'


def wildcard(ctx: Context, host: str) -> str:
    """Return the name or wildcard that a firewall must allow for a host.

    The registry changes its storage accounts, so these need a wildcard; data endpoints have fixed
    names.
    """
    storage: str | None = ctx.probes.storage_suffix
    if kind_of(host) == 'blob storage':
        return f'*.{host.partition(".")[2]}'
    return host if kind_of(host) != 'other' or not storage else f'*.blob.{storage}'
