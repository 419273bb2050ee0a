# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who may reach a registry."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.registry_access import RegistryAccess, registry_access
from tests.checks.cluster.fixtures import SUBNET_ID, endpoint_connection, login_server, rule_set

Range = ipaddress.IPv4Network


def access(*allowed: str, subnets: Any = (), **properties: Any) -> RegistryAccess:
    rules = rule_set(*allowed, subnets=subnets)
    found = registry_access(login_server(networkRuleSet=rules, **properties))
    assert found
    return found


@pytest.mark.parametrize(
    'properties, kind',
    [
        ({}, 'open'),
        ({'networkRuleSet': {'defaultAction': 'Allow'}}, 'open'),
        ({'networkRuleSet': rule_set()}, 'rules'),
        ({'networkRuleSet': rule_set(), 'publicNetworkAccess': 'Enabled'}, 'rules'),
        ({'publicNetworkAccess': 'Disabled'}, 'closed'),
        ({'publicNetworkAccess': 'SecuredByPerimeter'}, 'unknown'),
    ],
)
def test_kinds(properties: dict[str, Any], kind: str) -> None:
    found = registry_access(login_server(**properties))
    assert found and found.kind == kind


@pytest.mark.parametrize(
    'allowed, wanted, rule',
    [
        (['20.1.2.3'], '20.1.2.3/32', '20.1.2.3/32'),
        (['20.1.2.0/24'], '20.1.2.16/28', '20.1.2.0/24'),
        (['20.1.2.0/29', '20.1.2.8/29'], '20.1.2.0/28', None),
        (['20.1.2.3'], '20.1.2.0/28', None),
        (['2001:db8::/32'], '20.1.2.3/32', None),
        ([], '20.1.2.3/32', None),
    ],
)
def test_ranges(allowed: list[str], wanted: str, rule: str | None) -> None:
    assert access(*allowed).allowed_by(Range(wanted)) == rule


def test_an_open_registry_allows_everything() -> None:
    found = registry_access(login_server())
    assert found and found.allowed_by(Range('20.1.2.3')) == 'all networks'
    assert found.allows_subnet(SUBNET_ID)


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4), st.integers(0, 32))
def test_a_range_is_allowed_if_each_of_its_addresses_is(
    rule: Any, rule_length: int, wanted: Any, length: int
) -> None:
    network = Range((int(wanted), length), strict=False)
    allowed = Range((int(rule), rule_length), strict=False)
    found = access(str(allowed)).allowed_by(network) is not None
    assert found == (network[0] in allowed and network[-1] in allowed)


@pytest.mark.parametrize(
    'subnets, allows',
    [
        ([{'id': SUBNET_ID.upper()}], True),
        ([{'virtualNetworkSubnetResourceId': SUBNET_ID, 'action': 'Allow'}], True),
        ([{'id': f'{SUBNET_ID}2'}, None, 7, {}], False),
        ([], False),
        (None, None),
    ],
)
def test_subnets(subnets: Any, allows: bool | None) -> None:
    assert access(subnets=subnets).allows_subnet(SUBNET_ID) is allows
    closed = access(subnets=subnets, publicNetworkAccess='Disabled')
    assert closed.allows_subnet(SUBNET_ID) is None


def test_endpoints() -> None:
    connections = [endpoint_connection(), endpoint_connection('Pending')]
    found = access(privateEndpointConnections=connections)
    assert found.facts()['approvedPrivateEndpoints'] == found.endpoints == 1


def test_a_registry_that_was_not_read() -> None:
    assert registry_access(login_server()._replace(resource=None)) is None
