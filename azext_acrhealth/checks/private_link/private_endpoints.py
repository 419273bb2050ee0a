# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Check that private endpoints are connected, and that the registry's names resolve to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.private_link import private_endpoints as problems
from azext_acrhealth.checks.private_link.missing_records import (
    MissingRecords,
    find_missing_records,
    resolve_names,
)
from azext_acrhealth.checks.registry.endpoint_connections import EndpointConnection, connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import RESOURCE_NOT_READ, id_of
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.model import (
    Context,
    Outcome,
    Problem,
    check,
    failed,
    not_applicable,
    passed,
    warned,
)

_NAME = lazy_pattern(r'[\w.-]{1,100}', re.ASCII)
# A registry can have 200.
_SHOWN = 250
# The worst state comes first.
_STATES: Mapping[str, Problem] = {
    'rejected': problems.REJECTED,
    'disconnected': problems.DISCONNECTED,
    'pending': problems.PENDING,
}


@check(
    'private-endpoints',
    'Private endpoints',
    'private-link',
    needs=(login_server,),
    verifies='Every private endpoint connection is approved; if a name of the registry resolves to '
    'a private address on this machine, all names do.',
    problems=(
        *_STATES.values(),
        problems.NOT_APPROVED,
        problems.RECORD_MISSING,
        problems.NAME_RESOLVES_PUBLICLY,
    ),
)
def private_endpoints(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(RESOURCE_NOT_READ)
    connections = connections_of(login.properties)
    if not connections:
        return not_applicable('the registry has no private endpoints')
    unapproved = [connection for connection in connections if not connection.approved]
    unapproved.sort(key=_rank)
    facts: dict[str, Any] = {
        'connections': [_facts_of_connection(connection) for connection in connections[:_SHOWN]]
    }
    if unapproved and login.closed and len(unapproved) == len(connections):
        return _not_approved(login, unapproved, facts, closed=True)
    names = resolve_names(ctx, login)
    facts['names'] = [name.facts() for name in names]
    private = [name for name in names if name.private]
    if private and len(private) < len(names):
        found = find_missing_records(ctx, login, connections, names)
        return _without_records(login, found, unapproved, {**facts, **found.facts()})
    if unapproved:
        return _not_approved(login, unapproved, facts, closed=False)
    approved = f'{len(connections)} connection{"s" if len(connections) > 1 else ""} approved'
    if not private:
        return passed(
            f'{approved}; names resolve to public addresses here'
            if any(name.addresses for name in names)
            else f"{approved}; names don't resolve here (see the `dns` check)",
            **facts,
        )
    resolve = 'names resolve' if len(names) > 1 else 'name resolves'
    return passed(f'{approved}; {len(names)} {resolve} to private addresses here', **facts)


def _without_records(
    login: LoginServer,
    found: MissingRecords,
    unapproved: Sequence[EndpointConnection],
    facts: Mapping[str, Any],
) -> Outcome:
    """Judge the names that do not resolve to the endpoint while others do."""
    first = found.records[0]
    addresses = first.name.addresses
    resolved = f'resolves to {", ".join(addresses)}' if addresses else "doesn't resolve"
    more = f' ({len(found.records)} names affected)' if len(found.records) > 1 else ''
    address = (
        f' for {first.address}'
        if first.address
        else f', whose address is listed by {found.address_source()}'
    )
    also = f'; {_count(unapproved)} not approved' if unapproved else ''
    # Over public addresses a registry that is open can still be reached.
    judge = failed if login.closed or not addresses else warned
    return judge(
        problems.NAME_RESOLVES_PUBLICLY if addresses else problems.RECORD_MISSING,
        f'{first.name.host} {resolved}, but other names resolve to private addresses{more}: the '
        f'zone privatelink{found.suffix} needs the record {first.record}{address}{also}',
        placeholders=found.placeholders(),
        **facts,
    )


def _not_approved(
    login: LoginServer,
    unapproved: Sequence[EndpointConnection],
    facts: Mapping[str, Any],
    closed: bool,
) -> Outcome:
    """Report the first connection that is not approved. `closed`: no other way in is left."""
    first = unapproved[0]
    placeholders = {
        'registry_id': id_of(login),
        **({'connection': first.name} if _NAME.fullmatch(first.name) else {}),
    }
    description = f' ({first.description})' if first.description else ''
    more = f' (and {len(unapproved) - 1} more)' if len(unapproved) > 1 else ''
    consequence = '; none is approved, and public network access is disabled' if closed else ''
    return (failed if closed else warned)(
        _STATES.get((first.status or '').lower(), problems.NOT_APPROVED),
        f'connection {first.name} is {first.status or "in an unknown state"}{description}{more}'
        f'{consequence}',
        placeholders=placeholders,
        **facts,
    )


def _rank(connection: EndpointConnection) -> int:
    """Return the place of a connection's state in the order of severity."""
    states = list(_STATES)
    state = (connection.status or '').lower()
    return states.index(state) if state in states else len(states)


def _count(connections: Sequence[EndpointConnection]) -> str:
    return f'{len(connections)} connection{"s are" if len(connections) > 1 else " is"}'


def _facts_of_connection(connection: EndpointConnection) -> dict[str, object]:
    return {
        'name': connection.name,
        'endpoint': connection.endpoint,
        'status': connection.status,
        'description': connection.description,
        'provisioningState': connection.provisioning,
        'actionsRequired': connection.actions,
    }
