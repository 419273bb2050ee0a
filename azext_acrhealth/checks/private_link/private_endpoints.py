# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the registry's private endpoints are connected, and whether all of its names lead to one from here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.private_link import private_endpoints as problems
from azext_acrhealth.checks.private_link.missing_records import Missing, missing_records, names_of
from azext_acrhealth.checks.registry.endpoint_connections import EndpointConnection, connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import UNREAD, id_of
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

_NAME = re.compile(r'[\w.-]{1,100}', re.ASCII)
# A registry has 200 at most.
_SHOWN = 250
# What is worth most to know stands first.
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
    verifies='Every private endpoint connection is approved, and all names lead to one here when '
    'any does.',
    problems=(
        *_STATES.values(),
        problems.NOT_APPROVED,
        problems.RECORD_MISSING,
        problems.NAME_RESOLVES_PUBLICLY,
    ),
)
def private_endpoints(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(UNREAD)
    connections = connections_of(login.properties)
    if not connections:
        return not_applicable('the registry has no private endpoint')
    cut = sorted((one for one in connections if not one.approved), key=_rank)
    facts: dict[str, Any] = {'connections': [_told(one) for one in connections[:_SHOWN]]}
    if cut and login.closed and len(cut) == len(connections):
        return _not_approved(login, cut, facts, closed=True)
    names = names_of(ctx, login)
    facts['names'] = [one.told() for one in names]
    private = [one for one in names if one.private]
    if private and len(private) < len(names):
        missing = missing_records(ctx, login, connections, names)
        facts.update(missing=[one.told() for one in missing.records], **missing.seen.facts())
        return _without_records(login, missing, cut, facts)
    if cut:
        return _not_approved(login, cut, facts, closed=False)
    how = f'{len(connections)} connection{"s" if len(connections) > 1 else ""} approved'
    if not private:
        return passed(
            f'{how}; this machine is led to public addresses'
            if any(one.addresses for one in names)
            else f'{how}; the names do not resolve here (row dns)',
            **facts,
        )
    return passed(
        f'{how}; {len(names)} name{"s give" if len(names) > 1 else " gives a"} private'
        f' address{"es" if len(names) > 1 else ""} here',
        **facts,
    )


def _without_records(
    login: LoginServer, missing: Missing, cut: Sequence[EndpointConnection], facts: dict[str, Any]
) -> Outcome:
    """Judge names that do not lead to the endpoint while others do.

    What does not resolve at all comes first.
    """
    first = missing.records[0]
    got = ', '.join(first.addresses) or 'no address'
    more = f' ({len(missing.records)} names)' if len(missing.records) > 1 else ''
    where = (
        f' for {first.address}' if first.address else f'; its address stands at {missing.where()}'
    )
    also = f'; {_count(cut)} not approved' if cut else ''
    placeholders = {
        'host': first.name,
        'suffix': missing.suffix,
        'record': first.record,
        'address': first.address or '',
    }
    # Over public addresses a registry that is open can still be reached.
    judge = failed if login.closed or not first.addresses else warned
    return judge(
        problems.NAME_RESOLVES_PUBLICLY if first.addresses else problems.RECORD_MISSING,
        f'{first.name} gives {got}, though others are private here{more}: the zone privatelink'
        f'{missing.suffix} needs the record {first.record}{where}{also}',
        placeholders=placeholders,
        **facts,
    )


def _not_approved(
    login: LoginServer, cut: Sequence[EndpointConnection], facts: dict[str, Any], closed: bool
) -> Outcome:
    first = cut[0]
    placeholders = {
        'registry_id': id_of(login),
        **({'connection': first.name} if _NAME.fullmatch(first.name) else {}),
    }
    why = f' ({first.description})' if first.description else ''
    more = f' (and {len(cut) - 1} more)' if len(cut) > 1 else ''
    nobody = ': none is left, and public access is off' if closed else ''
    return (failed if closed else warned)(
        _STATES.get((first.status or '').lower(), problems.NOT_APPROVED),
        f'the connection {first.name} is {first.status or "in no state"}{why}{more}{nobody}',
        placeholders=placeholders,
        **facts,
    )


def _rank(connection: EndpointConnection) -> int:
    states = list(_STATES)
    state = (connection.status or '').lower()
    return states.index(state) if state in states else len(states)


def _count(cut: Sequence[EndpointConnection]) -> str:
    return f'{len(cut)} connection{"s are" if len(cut) > 1 else " is"}'


def _told(one: EndpointConnection) -> dict[str, Any]:
    return {
        'name': one.name,
        'endpoint': one.endpoint,
        'status': one.status,
        'description': one.description,
        'provisioningState': one.provisioning,
        'actionsRequired': one.actions,
    }
