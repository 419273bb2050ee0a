# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""CIDR arithmetic on a registry's IP rules."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.ip_rules import (
    invalid_rules,
    routed_outside_private_link,
    rules_of,
)


def properties(*allowed: Any, action: str = 'Allow') -> dict[str, Any]:
    return {
        'publicNetworkAccess': 'Enabled',
        'networkRuleSet': {
            'defaultAction': 'Deny',
            'ipRules': [{'action': action, 'value': value} for value in allowed],
        },
    }


@pytest.mark.parametrize(
    'allowed, address, covering, nearest',
    [
        (['203.0.113.0/24'], '203.0.113.7', '203.0.113.0/24', '203.0.113.0/24'),
        (['203.0.113.7'], '203.0.113.7', '203.0.113.7/32', '203.0.113.7/32'),
        (['203.0.113.9/24'], '203.0.113.7', '203.0.113.0/24', '203.0.113.0/24'),
        (['203.0.113.0/24', '203.0.113.0/28'], '203.0.113.7', '203.0.113.0/28', '203.0.113.0/28'),
        (['203.0.113.8/29'], '203.0.113.7', None, '203.0.113.8/29'),
        (['203.0.113.8/29', '203.0.113.6'], '203.0.113.7', None, '203.0.113.6/32'),
        (['198.51.100.0/24'], '203.0.113.7', None, None),
        (['0.0.0.0/0'], '203.0.113.7', '0.0.0.0/0', None),
        (['0.0.0.0/0'], '2001:db8::1', None, None),
        (['2001:db8::/32'], '2001:db8::1', '2001:db8::/32', None),
        (['2001:db8:0:1::/64'], '2001:db8::1', None, None),
        (['2001:db8::/64', '203.0.113.7'], '2001:db8::1', '2001:db8::/64', '2001:db8::/64'),
        ([], '203.0.113.7', None, None),
        ([None, 7, 'everywhere', '1.2.3.4/99', {}], '203.0.113.7', None, None),
    ],
)
def test_arithmetic(
    allowed: list[Any], address: str, covering: str | None, nearest: str | None
) -> None:
    rules = rules_of(properties(*allowed))
    assert rules
    result = (rules.covering(address), rules.nearest(address))
    assert [str(network) if network else None for network in result] == [covering, nearest]


def test_properties() -> None:
    rules = rules_of(properties('1.2.3.4'))
    assert rules and (rules.public, rules.default, len(rules.allowed)) == ('Enabled', 'Deny', 1)
    assert rules_of({}) is None
    invalid = rules_of({'networkRuleSet': ['x'], 'publicNetworkAccess': 7})
    assert invalid and (invalid.public, invalid.default, invalid.allowed) == ('7', None, ())
    denied = rules_of(properties('1.2.3.4', action='Deny'))
    assert denied and denied.allowed == ()


def test_invalid_rules() -> None:
    assert invalid_rules(properties('1.2.3.4', '1.2.3.4/99', None, '2001:db8::/32', 'x')) == [
        '1.2.3.4/99',
        'None',
        'x',
    ]
    assert invalid_rules({}) == invalid_rules({'networkRuleSet': {'ipRules': 'x'}}) == []


@pytest.mark.parametrize(
    'client_ip, resolved, outside',
    [
        ('203.0.113.7', ('10.0.0.4',), True),
        ('203.0.113.7', ('10.0.0.4', 'fd00::4'), True),
        ('203.0.113.7', ('10.0.0.4', '20.1.2.3'), False),
        ('10.9.9.9', ('10.0.0.4',), False),
        ('203.0.113.7', ('20.1.2.3',), False),
        ('203.0.113.7', (), False),
        ('2001:db8::7', ('fd00::4',), True),
    ],
)
def test_left_by_another_path(client_ip: str, resolved: tuple[str, ...], outside: bool) -> None:
    assert routed_outside_private_link(client_ip, resolved) is outside


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(['ipRules', 'value', 'action', 'defaultAction']), inner)
    ),
)


@given(JSON, st.ip_addresses())
def test_any_properties(value: Any, address: Any) -> None:
    rules = rules_of({'networkRuleSet': value, 'publicNetworkAccess': value})
    assert rules
    rules.covering(str(address))
    rules.nearest(str(address))


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_rule_covers_its_own_addresses(address: Any, length: int) -> None:
    network = ipaddress.ip_network((address, length), strict=False)
    rules = rules_of(properties(str(network)))
    assert rules and rules.covering(str(address)) == network
    assert rules.nearest(str(address)) == (network if length >= 16 else None)
