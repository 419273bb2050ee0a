# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The zones that the zone groups of private endpoints name."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.checks.cluster.dns_subject import DnsSubject
from azext_acrhealth.checks.cluster.endpoint_zones import with_endpoint_zones, zone_with_registry
from azext_acrhealth.checks.cluster.private_zones import PrivateZones
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    NETWORK_ID,
    OPTIONS,
    TARGET,
    ZONE_ID,
    cluster_resource,
    failure,
    listed,
    private_registry,
    zone_link,
    zone_record,
)
from tests.checks.fake_probes import FakeProbes

OTHER = ZONE_ID.replace('rg-dns', 'rg-other')
ZONES = PrivateZones((OTHER,))


def subject(groups: ArmResult, **lists: Any) -> DnsSubject:
    """Return a registry with a private endpoint that has zone groups."""
    found = {'privateDnsZoneGroups': groups, 'virtualNetworkLinks': listed(zone_link()), **lists}
    ctx = Context(TARGET, OPTIONS, FakeProbes(lists=found), 1e9)
    return DnsSubject(ctx, private_registry(), cluster_resource())


def group(*zones: Any) -> Any:
    """Return a zone group with the IDs of zones."""
    entries = [{'properties': {'privateDnsZoneId': zone}} for zone in zones]
    return {'properties': {'privateDnsZoneConfigs': entries}}


def test_zones_that_are_not_listed_are_added() -> None:
    named = listed(group(OTHER.upper(), ZONE_ID, 7, '/x'), {}, 7)
    found = with_endpoint_zones(subject(named), ZONES)
    assert found.zone_ids == (OTHER, ZONE_ID)
    link = found.link_to(NETWORK_ID)
    assert link is not None and link.zone_id == ZONE_ID


def test_zone_groups_that_are_not_read() -> None:
    found = with_endpoint_zones(subject(failure('Forbidden', 'no', 403)), ZONES)
    (part,) = found.unread
    assert part.action == 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
    assert with_endpoint_zones(subject(failure('NotFound')), ZONES) == ZONES


def test_the_zone_that_has_the_registry() -> None:
    lists = {f'{OTHER}/A': listed(), f'{ZONE_ID}/A': listed(zone_record('myregistry', '10.0.0.5'))}
    zones = PrivateZones((OTHER, ZONE_ID))
    assert zone_with_registry(subject(listed(), **lists), zones) == ZONE_ID
    assert zone_with_registry(subject(listed(), A=failure('Forbidden')), zones) == OTHER
    assert zone_with_registry(subject(listed()), PrivateZones()) == ''
