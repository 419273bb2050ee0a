# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The private DNS zones of a name: their links to virtual networks, and their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.node_networks import UnreadPart, unavailable_part
from azext_acrhealth.checks.private_link.endpoint_records import normalize_address
from azext_acrhealth.grammar import RESOURCE_ID
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.json_access import list_of, name_of, object_of, properties_of, text_of

_TYPE = 'Microsoft.Network/privateDnsZones'
ZONE_ACTION, LINKS_ACTION, RECORDS_ACTION = (
    f'{_TYPE}/{part}read' for part in ('', 'virtualNetworkLinks/', 'A/')
)
# The resolution policy of a link is only in the newer version.
_LINKS_API, _RECORDS_API = '2024-06-01', '2018-09-01'
_MOST_ZONES = 20
_COMPLETED = ('completed', 'done', 'succeeded')


class ZoneLink(NamedTuple):
    """The link of a zone to a virtual network; `state` is what it is in until it is in effect.

    `falls_back`: names that the zone lacks resolve publicly.
    """

    zone_id: str
    name: str
    network_id: str
    state: str | None
    falls_back: bool

    @property
    def completed(self) -> bool:
        """Return whether the link is in effect, as far as it is reported."""
        return self.state is None or self.state.lower() in _COMPLETED

    def facts(self) -> dict[str, object]:
        """Return the facts of the link."""
        return {
            'zoneId': self.zone_id,
            'link': self.name,
            'state': self.state,
            'fallsBackToInternet': self.falls_back,
        }


class PrivateZones(NamedTuple):
    """The zones of a name that were found, their links, and what could not be read of them."""

    zone_ids: tuple[str, ...] = ()
    links: tuple[ZoneLink, ...] = ()
    unread: tuple[UnreadPart, ...] = ()

    def link_to(self, network_id: str) -> ZoneLink | None:
        """Return the link to a network, None without one: a network has one for a name at most."""
        found = (link for link in self.links if link.network_id.lower() == network_id.lower())
        return next(found, None)


class ZoneRecords(NamedTuple):
    """The addresses in a zone by the names of the records, in lower case."""

    addresses: Mapping[str, tuple[str, ...]]

    def find(self, record: str) -> tuple[str, ...]:
        """Return the addresses of a record, also of a wildcard record (RFC 4592)."""
        name = record.lower()
        if name in self.addresses:
            return self.addresses[name]
        existing = {
            '.'.join(labels[position:])
            for labels in (known.split('.') for known in self.addresses)
            for position in range(len(labels))
        }
        while name and name not in existing:
            name = name.partition('.')[2]
        return self.addresses.get(f'*.{name}' if name else '*', ())


def zones_read(name: str, subscription: str) -> ArmRead:
    """Return how the zones of a name, a host name, are found in the tenant of a subscription."""
    query = (
        "resources | where type =~ 'microsoft.network/privatednszones' | where name =~ "
        f"'{name}' | project id | order by id asc"
    )
    return ArmRead(f'/subscriptions/{subscription}', query=query)


def read_zones(ctx: Context, name: str, subscription: str) -> PrivateZones:
    """Find the zones of a name that the account can read, and read their links."""
    (result,) = ctx.probes.read_all([zones_read(name, subscription)], ctx.deadline)
    if result.failure:
        return PrivateZones(unread=(UnreadPart(result, ZONE_ACTION, ''),))
    found = [identifier for record in result.items if (identifier := text_of(record.get('id')))]
    return read_links(ctx, name, found)


def read_links(ctx: Context, name: str, zone_ids: Iterable[str]) -> PrivateZones:
    """Read the links of zones by their IDs; those that aren't zones of the name are left out."""
    distinct = {
        identifier.lower(): identifier
        for identifier in zone_ids
        if RESOURCE_ID.fullmatch(identifier) and name_of(identifier).lower() == name.lower()
    }
    found = [*distinct.values()]
    reads = [ArmRead(zone, _LINKS_API, 'virtualNetworkLinks') for zone in found[:_MOST_ZONES]]
    results = ctx.probes.read_all(reads, ctx.deadline)
    links, unread = list[ZoneLink](), list[UnreadPart]()
    for zone_id, result in zip(found, results):
        links += _links_of(zone_id, result)
        # Azure Resource Graph may still list a zone that was deleted.
        if result.failure and result.failure.kind != 'NotFound':
            unread.append(UnreadPart(result, LINKS_ACTION, zone_id))
        elif object_of(result.resource).get('more'):
            text = f'{name_of(zone_id)} has more links than were read'
            unread.append(unavailable_part(text, LINKS_ACTION, zone_id))
    if len(found) > _MOST_ZONES:
        text = f'there are more than {_MOST_ZONES} zones {name}'
        unread.append(unavailable_part(text, LINKS_ACTION, found[_MOST_ZONES]))
    return PrivateZones(tuple(found), tuple(links), tuple(unread))


def records_read(zone_id: str) -> ArmRead:
    """Return how the A records of a zone are read."""
    return ArmRead(zone_id, _RECORDS_API, 'A')


def read_records(ctx: Context, zone_id: str) -> ZoneRecords | UnreadPart:
    """Read the addresses in a zone; return what could not be read if they could not."""
    (result,) = ctx.probes.read_all([records_read(zone_id)], ctx.deadline)
    if result.failure:
        return UnreadPart(result, RECORDS_ACTION, zone_id)
    if object_of(result.resource).get('more'):
        text = f'{name_of(zone_id)} has more records than were read'
        return unavailable_part(text, RECORDS_ACTION, zone_id)
    addresses: dict[str, tuple[str, ...]] = {}
    for record in result.items:
        listed = list_of(properties_of(record).get('aRecords'))
        found = (normalize_address(object_of(entry).get('ipv4Address')) for entry in listed)
        addresses[(text_of(record.get('name')) or '').lower()] = tuple(filter(None, found))
    return ZoneRecords(addresses)


def _links_of(zone_id: str, result: ArmResult) -> list[ZoneLink]:
    return [_parse_link(zone_id, link) for link in result.items]


def _parse_link(zone_id: str, link: Mapping[str, Any]) -> ZoneLink:
    properties = properties_of(link)
    states = [
        text_of(properties.get(f'{kind}State')) for kind in ('virtualNetworkLink', 'provisioning')
    ]
    pending = (state for state in states if state and state.lower() not in _COMPLETED)
    return ZoneLink(
        zone_id,
        text_of(link.get('name')) or '',
        text_of(object_of(properties.get('virtualNetwork')).get('id')) or '',
        next(pending, states[0]),
        text_of(properties.get('resolutionPolicy')) == 'NxDomainRedirect',
    )
