# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the names of the registry's private endpoint in a virtual network resolve here to its private addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azext_acrhealth.catalogue.private_link import private_dns as problems
from azext_acrhealth.checks.private_link.endpoint_records import (
    MOST,
    Seen,
    address_of,
    resolve_records,
)
from azext_acrhealth.checks.registry.endpoint_connections import connections_of
from azext_acrhealth.checks.registry.login_server import LoginServer, login_server
from azext_acrhealth.checks.registry.resource import UNREAD
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.json_access import name_of

_GROUP = re.compile(r'(/subscriptions/[^/]+/resourceGroups/[^/]+)/', re.IGNORECASE)


@check(
    'private-dns',
    'Private endpoint names',
    'private-link',
    needs=(login_server,),
    verifies='With --vnet: every name of the private endpoint in that network resolves here to its '
    'private address.',
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
    if not ctx.options.vnet:
        return not_applicable('--vnet was not given')
    if login.resource is None:
        return failed(problems.REGISTRY_UNREADABLE, UNREAD)
    endpoints = [one.endpoint for one in connections_of(login.properties) if one.endpoint]
    if not endpoints:
        return failed(problems.NO_ENDPOINT, 'the registry has no private endpoint')
    network = _network_id(ctx.options.vnet, str(login.resource.get('id', '')))
    facts: dict[str, Any] = {'network': network}
    seen = resolve_records(ctx, endpoints, lambda subnet: _lies_in(subnet, network))
    facts.update(seen.facts())
    failure = seen.failure or (
        None if seen.found else next((why for _, why in seen.unread), seen.gone)
    )
    if failure:
        unreadable = (
            problems.ENDPOINT_FORBIDDEN
            if failure.kind == 'Forbidden'
            else problems.ENDPOINT_UNAVAILABLE
        )
        return failed(unreadable, failure.text, **facts)
    if not seen.found:
        return failed(
            problems.NO_ENDPOINT_HERE,
            f'no private endpoint of {len(endpoints)} lies in {name_of(network)}',
            **facts,
        )
    facts['endpoints'] = seen.found
    if not seen.names.expected:
        return failed(
            problems.ENDPOINT_WITHOUT_RECORDS, f'{name_of(seen.found[0])} lists no names', **facts
        )
    return _compare(ctx, seen, facts)


def _compare(ctx: Context, seen: Seen, facts: Mapping[str, Any]) -> Outcome:
    rows, wrong = [], []
    hosts = tuple(seen.names.expected)[:MOST]
    for resolution in ctx.probes.resolve_all(hosts, ctx.deadline):
        wanted = seen.names.expected[resolution.host]
        right = (
            bool(resolution.addresses)
            and {address_of(text) for text in resolution.addresses} <= wanted
        )
        rows.append(
            {
                'name': resolution.host,
                'expected': sorted(wanted),
                'resolved': list(resolution.addresses),
                'right': right,
            }
        )
        if not right:
            got = ', '.join(resolution.addresses) or (
                resolution.failure.text if resolution.failure else 'nothing'
            )
            wrong.append(
                (
                    resolution.host,
                    min(wanted),
                    f'{resolution.host} gives {got}, not {", ".join(sorted(wanted))}',
                )
            )
    facts = {**facts, 'names': rows}
    suffix = ctx.probes.suffix or ''
    if wrong:
        host, address, text = wrong[0]
        more = f' ({len(wrong)} of {len(rows)} names are wrong)' if len(wrong) > 1 else ''
        record = host.removesuffix(suffix)
        return failed(
            problems.NOT_PRIVATE_ENDPOINT_ADDRESS,
            f'{text}{more}; the zone privatelink{suffix} needs the record {record}',
            placeholders={'host': host, 'suffix': suffix, 'record': record, 'address': address},
            **facts,
        )
    if seen.unread or len(hosts) < len(seen.names.expected):
        forbidden = any(why.kind == 'Forbidden' for _, why in seen.unread)
        left = (
            f'{len(seen.unread)} of {len(seen.unread) + seen.read} endpoints were not read'
            if seen.unread
            else (f'{len(seen.names.expected) - len(hosts)} more were not looked at')
        )
        return warned(
            problems.ENDPOINT_FORBIDDEN if forbidden else problems.ENDPOINT_UNAVAILABLE,
            f'{len(rows)} names resolve to the private endpoint, but {left}',
            **facts,
        )
    return passed(f'{len(rows)} names resolve to the private endpoint', **facts)


def _network_id(vnet: str, registry_id: str) -> str:
    if vnet.startswith('/'):
        return vnet
    group = _GROUP.match(registry_id)
    return f'{group[1] if group else ""}/providers/Microsoft.Network/virtualNetworks/{vnet}'


def _lies_in(subnet_id: str, network_id: str) -> bool:
    """Compare by segment: vnet1 is not vnet10."""
    inner, outer = (
        identifier.strip('/').lower().split('/') for identifier in (subnet_id, network_id)
    )
    return inner[: len(outer)] == outer
