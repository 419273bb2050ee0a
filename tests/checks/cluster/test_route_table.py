# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The route that traffic to a registry takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.route_table import next_hop

ADDRESS = '20.1.2.3'


def table(*prefixes: Any) -> dict[str, Any]:
    """Return a route table whose routes each have their prefix as the next hop's address."""
    routes = [
        {'properties': {'addressPrefix': prefix, 'nextHopIpAddress': prefix}} for prefix in prefixes
    ]
    return {'properties': {'routes': routes}}


def taken(*prefixes: Any, addresses: tuple[str, ...] = (ADDRESS,)) -> Any:
    return next_hop(table(*prefixes), addresses).get('nextHopIpAddress')


@pytest.mark.parametrize(
    'prefixes, expected',
    [
        (('0.0.0.0/0',), '0.0.0.0/0'),
        (('10.244.0.0/24', '0.0.0.0/0'), '0.0.0.0/0'),
        (('0.0.0.0/0', '0.0.0.0/1', '10.0.0.0/8'), '0.0.0.0/1'),
        (('128.0.0.0/1', '0.0.0.0/1'), '0.0.0.0/1'),
        (('128.0.0.0/1', '0.0.0.0/0'), '0.0.0.0/0'),
        (('0.0.0.0/0', 'AzureContainerRegistry'), 'AzureContainerRegistry'),
        (('AzureContainerRegistry.EastUS', 'AzureCloud'), 'AzureContainerRegistry.EastUS'),
        (('0.0.0.0/0', '20.0.0.0/8', '20.1.2.0/24'), '20.1.2.0/24'),
        (('20.1.2.3/32', '20.1.2.0/24'), '20.1.2.3/32'),
        (('10.244.0.0/24', '10.244.1.0/24'), None),
        (('Storage', '30.0.0.0/8', '::/0'), None),
        ((None, 7, 'x', '1.2.3.4/99'), None),
        ((), None),
    ],
)
def test_routes(prefixes: tuple[Any, ...], expected: str | None) -> None:
    assert taken(*prefixes) == expected


def test_without_known_addresses() -> None:
    assert taken('20.0.0.0/8', '0.0.0.0/0', addresses=()) == '0.0.0.0/0'
    assert taken('0.0.0.0/0', '128.0.0.0/1', addresses=()) == '128.0.0.0/1'
    assert next_hop({}, ()) == {} == next_hop({'properties': {'routes': 7}}, (ADDRESS,))


@given(st.permutations(['0.0.0.0/0', '20.0.0.0/8', '20.1.0.0/16', 'AzureCloud', '10.0.0.0/8']))
def test_the_order_of_routes_does_not_matter(prefixes: list[str]) -> None:
    assert taken(*prefixes) == '20.1.0.0/16'
