# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private DNS zones: how they are found, their links, and their records."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.node_networks import UnreadPart
from azext_acrhealth.checks.cluster.private_zones import (
    PrivateZones,
    ZoneRecords,
    read_links,
    read_records,
    read_zones,
    zones_read,
)
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    NETWORK_ID,
    OPTIONS,
    SUBSCRIPTION,
    TARGET,
    ZONE_ID,
    failure,
    listed,
    zone_link,
    zone_record,
)
from tests.checks.fake_probes import FakeProbes

NAME = 'privatelink.azurecr.io'
LINKS, RECORDS = f'{ZONE_ID}/virtualNetworkLinks', f'{ZONE_ID}/A'


def context(graph: ArmResult | None = None, **lists: Any) -> Context:
    """Return the context of a check, with lists by `links` and `records`."""
    names = {'links': LINKS, 'records': RECORDS}
    found = {names[name]: result for name, result in lists.items()}
    probes = FakeProbes(lists=found, graph=graph or listed({'id': ZONE_ID}))
    return Context(TARGET, OPTIONS, probes, 1e9)


def zones(*links: Any) -> PrivateZones:
    """Return the zone with links."""
    return read_zones(context(links=listed(*links)), NAME, SUBSCRIPTION)


def test_the_query() -> None:
    read = zones_read(NAME, SUBSCRIPTION)
    assert read.resource_id == f'/subscriptions/{SUBSCRIPTION}'
    assert read.query.split(' | ') == [
        'resources',
        "where type =~ 'microsoft.network/privatednszones'",
        f"where name =~ '{NAME}'",
        'project id',
        'order by id asc',
    ]


def test_a_link_by_its_network() -> None:
    found = zones({}, 7, zone_link('/other'), zone_link(NETWORK_ID.upper()))
    link = found.link_to(NETWORK_ID)
    assert link is not None and (link.zone_id, link.name) == (ZONE_ID, 'link1')
    assert link.completed and not link.falls_back
    assert found.link_to(f'{NETWORK_ID}0') is None and found.unread == ()


@pytest.mark.parametrize(
    'properties, completed, state',
    [
        ({}, True, 'Completed'),
        ({'virtualNetworkLinkState': 'Done'}, True, 'Done'),
        ({'virtualNetworkLinkState': None}, True, None),
        ({'virtualNetworkLinkState': None, 'provisioningState': 'Creating'}, False, 'Creating'),
        ({'virtualNetworkLinkState': 'InProgress'}, False, 'InProgress'),
        ({'provisioningState': 'Failed'}, False, 'Failed'),
    ],
)
def test_the_state_of_a_link(properties: Any, completed: bool, state: str | None) -> None:
    link = zones(zone_link(**properties)).link_to(NETWORK_ID)
    assert link is not None and (link.completed, link.state) == (completed, state)


@pytest.mark.parametrize(
    'policy, falls_back', [('NxDomainRedirect', True), ('Default', False), (None, False)]
)
def test_the_fallback_of_a_link(policy: Any, falls_back: bool) -> None:
    link = zones(zone_link(resolutionPolicy=policy)).link_to(NETWORK_ID)
    assert link is not None and link.falls_back is falls_back


def test_what_is_no_zone_of_the_name_is_left_out() -> None:
    odd = ['', '/x', ZONE_ID.replace(NAME, 'azurecr.io'), f'{ZONE_ID}/../x', ZONE_ID.upper()]
    found = read_links(context(links=listed()), NAME, [*odd, ZONE_ID])
    assert found.zone_ids == (ZONE_ID,)
    assert read_zones(context(listed({}, {'id': 7}, 7)), NAME, SUBSCRIPTION) == PrivateZones()


def test_more_zones_than_are_read() -> None:
    identifiers = [ZONE_ID.replace('rg-dns', f'rg-{number}') for number in range(21)]
    lists = {'virtualNetworkLinks': listed()}
    ctx = Context(TARGET, OPTIONS, FakeProbes(lists=lists), 1e9)
    found = read_links(ctx, NAME, identifiers)
    (part,) = found.unread
    assert part.result.failure and 'more than 20 zones' in part.result.failure.text


@pytest.mark.parametrize('kind, unread', [('Forbidden', 1), ('Unavailable', 1), ('NotFound', 0)])
def test_links_that_are_not_read(kind: str, unread: int) -> None:
    found = read_zones(context(links=failure(kind)), NAME, SUBSCRIPTION)
    assert len(found.unread) == unread and found.links == ()
    if unread:
        part = found.unread[0]
        assert part.action == 'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'
        assert part.scope == ZONE_ID


def test_zones_that_are_not_listed() -> None:
    refused = failure('Forbidden', 'no', 403)
    found = read_zones(context(refused), NAME, SUBSCRIPTION)
    assert found.unread == (UnreadPart(refused, 'Microsoft.Network/privateDnsZones/read', ''),)


def test_records() -> None:
    entries = (zone_record('Contoso', '10.0.0.5', 'odd'), zone_record('empty'), {}, 7)
    found = read_records(context(records=listed(*entries)), ZONE_ID)
    assert isinstance(found, ZoneRecords)
    assert found.find('CONTOSO') == ('10.0.0.5',) and found.find('empty') == ()
    assert found.find('other') == ()


def test_wildcards() -> None:
    addresses = {
        '*': ('10.0.0.1',),
        '*.data': ('10.0.0.2',),
        'contoso.eastus.data': ('10.0.0.3',),
        'empty': (),
    }
    find = ZoneRecords(addresses).find
    assert find('fabrikam') == ('10.0.0.1',)
    assert find('fabrikam.westus.data') == ('10.0.0.2',)
    assert find('contoso.eastus.data') == ('10.0.0.3',)
    # RFC 4592: `eastus.data` exists, so neither `*.data` nor `*` is for names below it.
    assert find('fabrikam.eastus.data') == ()
    assert find('empty') == (), 'a name that exists has no wildcard record'


@pytest.mark.parametrize(
    'result, text',
    [
        (failure('Forbidden', 'no', 403), 'no'),
        (listed(more=True), 'privatelink.azurecr.io has more records than were read'),
    ],
)
def test_records_that_are_not_read(result: ArmResult, text: str) -> None:
    part = read_records(context(records=result), ZONE_ID)
    assert isinstance(part, UnreadPart) and part.result.failure
    assert (part.result.failure.text, part.scope) == (text, ZONE_ID)
    assert part.action == 'Microsoft.Network/privateDnsZones/A/read'
