# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the names of the registry's private endpoint in a virtual network resolve here to its private addresses."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping

from azext_acrhealth.catalogue import names
from azext_acrhealth.catalogue import resource as problems
from azext_acrhealth.checks.login_server import HOST, LoginServer, login_server
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.raw import list_of, name_of, object_of
from azext_acrhealth.probes.trouble import Trouble

_NETWORK_API = '2022-01-01'
# A registry may have 200 private endpoints; what a server makes up has no end.
_MOST, _INTERFACES, _SHOWN = 250, 10, 50
_GROUP = re.compile(r'(/subscriptions/[^/]+/resourceGroups/[^/]+)/', re.IGNORECASE)


@dataclass
class _Seen:
    """What Resource Manager told of the endpoints: the addresses that names should have, and what was not read."""

    expected: dict[str, set[str]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    unread: list[tuple[str, Trouble]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    trouble: Trouble | None = None
    gone: Trouble | None = None


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
    seen = _look(ctx, network, endpoints)
    facts.update(requests=seen.requests[:_SHOWN], notRead=[name_of(name) for name, _ in seen.unread])
    trouble = seen.trouble or (None if seen.found else next((why for _, why in seen.unread), seen.gone))
    if trouble:
        unreadable = problems.ENDPOINT_FORBIDDEN if trouble.kind == 'Forbidden' else problems.ENDPOINT_UNAVAILABLE
        return failed(unreadable, trouble.text, **facts)
    if not seen.found:
        return failed(names.NO_ENDPOINT_HERE, f'no private endpoint of {len(endpoints)} lies in {name_of(network)}',
                      **facts)
    facts['endpoints'] = seen.found
    if not seen.expected:
        return failed(names.ENDPOINT_WITHOUT_NAMES, f'{name_of(seen.found[0])} lists no names', **facts)
    return _compare(ctx, seen, facts)


def _compare(ctx: Context, seen: _Seen, facts: Mapping[str, Any]) -> Outcome:
    rows, wrong = [], []
    hosts = tuple(seen.expected)[:_MOST]
    for resolution in ctx.world.resolve_all(hosts, ctx.deadline):
        wanted = seen.expected[resolution.host]
        right = bool(resolution.addresses) and {_address(text) for text in resolution.addresses} <= wanted
        rows.append({'name': resolution.host, 'expected': sorted(wanted), 'resolved': list(resolution.addresses),
                     'right': right})
        if not right:
            got = ', '.join(resolution.addresses) or (resolution.trouble.text if resolution.trouble else 'nothing')
            wrong.append((resolution.host, min(wanted), f'{resolution.host} gives {got}, not '
                          f'{", ".join(sorted(wanted))}'))
    facts = {**facts, 'names': rows}
    suffix = ctx.world.suffix or ''
    if wrong:
        host, address, text = wrong[0]
        more = f' ({len(wrong)} of {len(rows)} names are wrong)' if len(wrong) > 1 else ''
        record = host.removesuffix(suffix)
        return failed(names.NOT_THE_ENDPOINT, f'{text}{more}; the zone privatelink{suffix} needs the record {record}',
                      fill={'host': host, 'suffix': suffix, 'record': record, 'address': address}, **facts)
    if seen.unread or len(hosts) < len(seen.expected):
        forbidden = any(why.kind == 'Forbidden' for _, why in seen.unread)
        left = f'{len(seen.unread)} of {len(seen.unread) + seen.read} endpoints were not read' if seen.unread else (
            f'{len(seen.expected) - len(hosts)} more were not looked at')
        return warned(problems.ENDPOINT_FORBIDDEN if forbidden else problems.ENDPOINT_UNAVAILABLE,
                      f'{len(rows)} names resolve to the private endpoint, but {left}', **facts)
    return passed(f'{len(rows)} names resolve to the private endpoint', **facts)


def _look(ctx: Context, network: str, endpoints: list[str]) -> _Seen:
    """Read what each name should resolve to. An endpoint that cannot be read may lie in the network, or may not."""
    seen = _Seen()

    def read(resource_id: str) -> tuple[Mapping[str, Any], Trouble | None]:
        answer = ctx.world.read_resource(resource_id, _NETWORK_API, ctx.deadline)
        seen.requests.append({'what': name_of(resource_id), 'at': answer.at or None, 'status': answer.status,
                              'correlationId': answer.correlation_id})
        return object_of(object_of(answer.resource).get('properties')), answer.trouble
    for number, endpoint in enumerate(endpoints):
        if len(seen.requests) >= _MOST:
            why = Trouble('Unavailable', f'the registry has more endpoints than the {number} that were read')
            seen.unread.extend((one, why) for one in endpoints[number:])
            break
        properties, trouble = read(endpoint)
        if trouble and trouble.kind == 'NotFound':
            seen.gone = seen.gone or trouble        # it lies nowhere any more
        elif trouble:
            seen.unread.append((endpoint, trouble))
        seen.read += trouble is None
        if not _lies_in(str(object_of(properties.get('subnet')).get('id', '')), network):
            continue
        seen.found.append(endpoint)
        interfaces = list_of(properties.get('networkInterfaces'))
        if len(interfaces) > _INTERFACES:
            seen.trouble = Trouble('Unavailable', f'{name_of(endpoint)} has more interfaces than can be looked at')
        for interface in interfaces[:_INTERFACES]:
            properties, trouble = read(str(object_of(interface).get('id', '')))
            seen.trouble = seen.trouble or trouble
            for name, address in _names(properties):
                seen.expected.setdefault(name, set()).add(address)
    return seen


def _names(interface: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for configuration in map(object_of, list_of(interface.get('ipConfigurations'))):
        properties = object_of(configuration.get('properties'))
        link = object_of(properties.get('privateLinkConnectionProperties'))
        for name in list_of(link.get('fqdns')):
            address = _address(properties.get('privateIPAddress'))
            if isinstance(name, str) and HOST.fullmatch(name) and address:
                yield name.lower(), address


def _address(text: Any) -> str | None:
    """Spell an address as all others are spelled; IPv6 has several ways. None for what is no address."""
    try:
        return str(ipaddress.ip_address(text)) if isinstance(text, str) else None
    except ValueError:
        return None


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
