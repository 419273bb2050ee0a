# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's replicas: their states, whether clients are routed to them, and their hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.registry import replicas as problems
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import (
    FAILED_STATES,
    RESOURCE_NOT_READ,
    id_of,
    read_list,
    tier_of,
)
from azext_acrhealth.grammar import REGION
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import bool_of, object_of, properties_of, text_of

# Azure has about sixty regions.
_MAX_REPLICAS = 100


@check(
    'replicas',
    'Replicas',
    'registry',
    needs=(login_server,),
    verifies='Every replica of a Premium registry is provisioned.',
    problems=(problems.FAILED, problems.NOT_READY, problems.FORBIDDEN, problems.UNAVAILABLE),
)
def replicas(ctx: Context, login: LoginServer) -> Outcome:
    if login.resource is None:
        return not_applicable(RESOURCE_NOT_READ)
    tier = tier_of(login)
    if (tier or '').lower() != 'premium':
        return not_applicable(
            f"replicas require the Premium tier; this registry's tier is {tier or 'unknown'}"
        )
    items, facts, unread = read_list(
        ctx, login, 'replications', problems.FORBIDDEN, problems.UNAVAILABLE
    )
    if unread:
        return unread
    rows = [_parse_replica(login, object_of(item)) for item in items[:_MAX_REPLICAS]]
    serving = login.connection.resolution().region
    facts = {**facts, 'servedFrom': serving, 'replicas': rows}
    broken = [row for row in rows if (row['provisioningState'] or '').lower() in FAILED_STATES]
    waiting = [
        row
        for row in rows
        if row not in broken and (row['provisioningState'] or '').lower() != 'succeeded'
    ]
    if broken:
        # A failed replica stops this machine only if it is the replica that serves this machine.
        local = next((row for row in broken if serving and row['region'] == serving), None)
        row, outcome = (local, failed) if local else (broken[0], warned)
        here = ', which serves this machine,' if local else ''
        return outcome(
            problems.FAILED,
            f'replica in {_region_text(row)}{here} is {row["provisioningState"]}'
            f'{_message_text(row)}{_more_text(broken)}',
            placeholders=_placeholders(login, row),
            **facts,
        )
    if waiting:
        row = waiting[0]
        state = row['provisioningState'] or 'in an unknown state'
        return warned(
            problems.NOT_READY,
            f'replica in {_region_text(row)} is {state}{_message_text(row)}{_more_text(waiting)}',
            placeholders=_placeholders(login, row),
            **facts,
        )
    if not rows:
        return not_applicable('Azure Resource Manager lists no replicas', **facts)
    unrouted = [_region_text(row) for row in rows if row['routed'] is False]
    unrouted_text = f"; clients aren't routed to {', '.join(unrouted)}" if unrouted else ''
    return passed(
        f'{len(rows)} replica{"s" if len(rows) > 1 else ""} ready '
        f'({", ".join(map(_region_text, rows))}){unrouted_text}',
        **facts,
    )


def replica_regions(ctx: Context, login: LoginServer) -> list[str] | None:
    """Return the regions of the registry's replicas; None if they couldn't be read.

    The registry's home region, which the list can hold, too, is left out.
    """
    tier = tier_of(login)
    if login.resource is None or tier is None:
        return None
    if tier.lower() != 'premium':
        return []
    items, _, unread = read_list(
        ctx, login, 'replications', problems.FORBIDDEN, problems.UNAVAILABLE
    )
    if unread:
        return None
    home = (text_of(login.resource.get('location')) or '').replace(' ', '').lower()
    regions = [_parse_replica(login, object_of(item))['region'] for item in items[:_MAX_REPLICAS]]
    return [region for region in regions if region and region != home]


def _parse_replica(login: LoginServer, raw: Mapping[str, Any]) -> dict[str, Any]:
    properties = properties_of(raw)
    status = object_of(properties.get('status'))
    region = (
        (text_of(raw.get('location')) or text_of(raw.get('name')) or '').replace(' ', '').lower()
    )
    return {
        'region': region or None,
        'provisioningState': text_of(properties.get('provisioningState')),
        'status': text_of(status.get('displayStatus')),
        'message': text_of(status.get('message')),
        'routed': bool_of(properties.get('regionEndpointEnabled')),
        'zoneRedundancy': text_of(properties.get('zoneRedundancy')),
        'host': _host(login, 'regionalEndpointHostNames', region),
        'dataHost': _host(login, 'dataEndpointHostNames', region),
    }


def _host(login: LoginServer, key: str, region: str) -> str | None:
    """Return the registry's host in a region at a key of its properties, None if it lists none."""
    return next((host for host in login.listed(key) if host.split('.')[1:2] == [region]), None)


def _placeholders(login: LoginServer, row: Mapping[str, Any]) -> dict[str, str]:
    region = row['region'] if REGION.fullmatch(row['region'] or '') else ''
    return {'registry_id': id_of(login), 'region': region}


def _region_text(row: Mapping[str, Any]) -> str:
    return row['region'] or 'an unnamed region'


def _message_text(row: Mapping[str, Any]) -> str:
    return f': {row["message"] or row["status"]}' if row['message'] or row['status'] else ''


def _more_text(rows: list[dict[str, Any]]) -> str:
    return f' (and {len(rows) - 1} more)' if len(rows) > 1 else ''
