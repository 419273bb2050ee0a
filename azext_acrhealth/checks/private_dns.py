# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the names of the registry's private endpoint in a virtual network resolve here to its private addresses."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from azext_acrhealth.catalogue import names
from azext_acrhealth.catalogue import resource as problems
from azext_acrhealth.checks.login_server import HOST, LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed
from azext_acrhealth.probes.arm import list_of, object_of
from azext_acrhealth.probes.trouble import Trouble

_NETWORK_API = '2022-01-01'
_GROUP = re.compile(r'(/subscriptions/[^/]+/resourceGroups/[^/]+)/', re.IGNORECASE)


@check('private-dns', 'Private endpoint names', 'private-link', needs=(login_server,),
       verifies='With --vnet: every name of the private endpoint in that network resolves here to its private address.',
       problems=(names.NO_ENDPOINT, names.NO_ENDPOINT_HERE, names.NOT_THE_ENDPOINT, names.ENDPOINT_WITHOUT_NAMES,
                 problems.ENDPOINT_FORBIDDEN, problems.ENDPOINT_UNAVAILABLE, problems.REGISTRY_UNREADABLE))
def private_dns(ctx: Context, login: LoginServer) -> Outcome:
    if not ctx.options.vnet:
        return not_applicable('--vnet was not given')
    if login.resource is None:
        return failed(problems.REGISTRY_UNREADABLE, 'the registry\'s resource could not be read (row login-server)')
    endpoints = list(_endpoint_ids(login.properties))
    if not endpoints:
        return failed(names.NO_ENDPOINT, 'the registry has no private endpoint')
    network = _network_id(ctx.options.vnet, str(login.resource.get('id', '')))
    facts: dict[str, Any] = {'network': network}
    expected, found, trouble = _expected(ctx, network, endpoints)
    if trouble:
        unreadable = problems.ENDPOINT_FORBIDDEN if trouble.kind == 'Forbidden' else problems.ENDPOINT_UNAVAILABLE
        return failed(unreadable, trouble.text, **facts)
    if not found:
        return failed(names.NO_ENDPOINT_HERE, f'no private endpoint of {len(endpoints)} lies in {_last(network)}',
                      **facts)
    if not expected:
        return failed(names.ENDPOINT_WITHOUT_NAMES, f'{_last(found[0])} lists no names', **facts, endpoints=found)
    return _compare(ctx, expected, {**facts, 'endpoints': found})


def _compare(ctx: Context, expected: Mapping[str, set[str]], facts: Mapping[str, Any]) -> Outcome:
    rows, wrong = [], []
    for resolution in ctx.world.resolve_all(tuple(expected), ctx.deadline):
        wanted = expected[resolution.host]
        right = bool(resolution.addresses) and set(resolution.addresses) <= wanted
        rows.append({'name': resolution.host, 'expected': sorted(wanted), 'resolved': list(resolution.addresses),
                     'right': right})
        if not right:
            seen = ', '.join(resolution.addresses) or (resolution.trouble.text if resolution.trouble else 'nothing')
            wrong.append((resolution.host, f'{resolution.host} gives {seen}, not {", ".join(sorted(wanted))}'))
    if not wrong:
        return passed(f'{len(rows)} names resolve to the private endpoint', **facts, names=rows)
    more = f' ({len(wrong)} of {len(rows)} names are wrong)' if len(wrong) > 1 else ''
    return failed(names.NOT_THE_ENDPOINT, wrong[0][1] + more,
                  fill={'host': wrong[0][0], 'suffix': ctx.world.suffix or ''}, **facts, names=rows)


def _expected(ctx: Context, network: str,
              endpoints: list[str]) -> tuple[dict[str, set[str]], list[str], Trouble | None]:
    """Read what each name should resolve to, the endpoints that lie in the network, and what kept it from being read.

    An endpoint that cannot be read may lie in another network: it is trouble only when none was found in this one.
    """
    expected: dict[str, set[str]] = {}
    found: list[str] = []
    unread: Trouble | None = None
    trouble: Trouble | None = None
    for endpoint in endpoints:
        read = ctx.world.read_resource(endpoint, _NETWORK_API, ctx.deadline)
        unread = unread or read.trouble
        properties = object_of(object_of(read.resource).get('properties'))
        if not _lies_in(str(object_of(properties.get('subnet')).get('id', '')), network):
            continue
        found.append(endpoint)
        for interface in list_of(properties.get('networkInterfaces')):
            read = ctx.world.read_resource(str(object_of(interface).get('id', '')), _NETWORK_API, ctx.deadline)
            trouble = trouble or read.trouble
            for name, address in _names(object_of(object_of(read.resource).get('properties'))):
                expected.setdefault(name, set()).add(address)
    return expected, found, trouble or (None if found else unread)


def _names(interface: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for configuration in map(object_of, list_of(interface.get('ipConfigurations'))):
        properties = object_of(configuration.get('properties'))
        link = object_of(properties.get('privateLinkConnectionProperties'))
        for name in list_of(link.get('fqdns')):
            if isinstance(name, str) and HOST.fullmatch(name) and properties.get('privateIPAddress'):
                yield name.lower(), str(properties['privateIPAddress'])


def _endpoint_ids(properties: Mapping[str, Any]) -> Iterator[str]:
    for connection in map(object_of, list_of(properties.get('privateEndpointConnections'))):
        endpoint = object_of(object_of(connection.get('properties')).get('privateEndpoint')).get('id')
        if isinstance(endpoint, str):
            yield endpoint


def _network_id(vnet: str, registry_id: str) -> str:
    if vnet.startswith('/'):
        return vnet
    group = _GROUP.match(registry_id)
    return f'{group[1] if group else ""}/providers/Microsoft.Network/virtualNetworks/{vnet}'


def _lies_in(subnet_id: str, network_id: str) -> bool:
    """Compare by segment: vnet1 is not vnet10."""
    inner, outer = (identifier.strip('/').lower().split('/') for identifier in (subnet_id, network_id))
    return inner[:len(outer)] == outer


def _last(resource_id: str) -> str:
    return resource_id.rstrip('/').rsplit('/', 1)[-1]
