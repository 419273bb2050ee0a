# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""CIDR arithmetic on a registry's rules."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.registry.ip_rules import left_by_another_path, rules_of, unreadable_in


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
    found = (rules.covering(address), rules.nearest(address))
    assert [str(net) if net else None for net in found] == [covering, nearest]


def test_what_was_told() -> None:
    rules = rules_of(properties('1.2.3.4'))
    assert rules and (rules.public, rules.default, len(rules.allowed)) == ('Enabled', 'Deny', 1)
    assert rules_of({}) is None
    odd = rules_of({'networkRuleSet': ['x'], 'publicNetworkAccess': 7})
    assert odd and (odd.public, odd.default, odd.allowed) == (None, None, ())
    denied = rules_of(properties('1.2.3.4', action='Deny'))
    assert denied and denied.allowed == ()


def test_rules_that_are_none() -> None:
    assert unreadable_in(properties('1.2.3.4', '1.2.3.4/99', None, '2001:db8::/32', 'x')) == [
        '1.2.3.4/99',
        'None',
        'x',
    ]
    assert unreadable_in({}) == unreadable_in({'networkRuleSet': {'ipRules': 'x'}}) == []


@pytest.mark.parametrize(
    'client, resolved, another',
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
def test_another_path(client: str, resolved: tuple[str, ...], another: bool) -> None:
    assert left_by_another_path(client, resolved) is another


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(['ipRules', 'value', 'action', 'defaultAction']), inner)
    ),
)


@given(JSON, st.ip_addresses())
def test_any_properties(anything: Any, address: Any) -> None:
    rules = rules_of({'networkRuleSet': anything, 'publicNetworkAccess': anything})
    assert rules
    rules.covering(str(address))
    rules.nearest(str(address))


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_rule_covers_its_own_addresses(address: Any, length: int) -> None:
    net = ipaddress.ip_network((address, length), strict=False)
    rules = rules_of(properties(str(net)))
    assert rules and rules.covering(str(address)) == net
    assert rules.nearest(str(address)) == (net if length >= 16 else None)
