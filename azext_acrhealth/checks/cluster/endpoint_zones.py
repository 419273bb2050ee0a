# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The private DNS zones that the registry's private endpoints have their records in."""

from __future__ import annotations

from azext_acrhealth.checks.cluster.dns_subject import DnsSubject
from azext_acrhealth.checks.cluster.node_networks import UnreadPart
from azext_acrhealth.checks.cluster.private_zones import (
    PrivateZones,
    ZoneRecords,
    read_links,
    read_records,
)
from azext_acrhealth.checks.private_link.endpoint_records import NETWORK_API
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.json_access import list_of, properties_of, text_of

GROUPS_ACTION = 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
_MOST_ENDPOINTS, _MOST_ZONES = 20, 5


def with_endpoint_zones(subject: DnsSubject, zones: PrivateZones) -> PrivateZones:
    """Return the zones, and those that only the zone groups of private endpoints name.

    Azure Resource Graph lists no zone that the account can't read, and a new one only after a
    while.
    """
    endpoints = subject.endpoints[:_MOST_ENDPOINTS]
    reads = [ArmRead(endpoint, NETWORK_API, 'privateDnsZoneGroups') for endpoint in endpoints]
    results = subject.ctx.probes.read_all(reads, subject.ctx.deadline)
    known = {identifier.lower() for identifier in zones.zone_ids}
    named = [zone for result in results for zone in _zones_of(result)]
    further = read_links(
        subject.ctx, subject.zone, [zone for zone in named if zone.lower() not in known]
    )
    # An endpoint that was deleted has no records.
    unread = tuple(
        UnreadPart(result, GROUPS_ACTION, endpoint)
        for endpoint, result in zip(endpoints, results)
        if result.failure and result.failure.kind != 'NotFound'
    )
    return zones._replace(
        zone_ids=(*zones.zone_ids, *further.zone_ids),
        links=(*zones.links, *further.links),
        unread=(*zones.unread, *further.unread, *unread),
    )


def zone_with_registry(subject: DnsSubject, zones: PrivateZones) -> str:
    """Return the ID of a zone that has a record of the login server; the first one, or ''."""
    record = subject.login.host.lower().removesuffix(subject.suffix)
    for zone_id in zones.zone_ids[:_MOST_ZONES]:
        records = read_records(subject.ctx, zone_id)
        if isinstance(records, ZoneRecords) and records.find(record):
            return zone_id
    return next(iter(zones.zone_ids), '')


def _zones_of(result: ArmResult) -> list[str]:
    """Return the IDs of the zones in the zone groups of a private endpoint."""
    configurations = [
        configuration
        for group in result.items
        for configuration in list_of(properties_of(group).get('privateDnsZoneConfigs'))
    ]
    named = (text_of(properties_of(entry).get('privateDnsZoneId')) for entry in configurations)
    return [identifier for identifier in named if identifier]
