# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a network security group plainly denies HTTPS to the registry."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.security_rules import denial_of


def rule(name: str = 'deny', priority: Any = 100, **properties: Any) -> dict[str, Any]:
    return {
        'name': name,
        'properties': {
            'direction': 'Outbound',
            'access': 'Deny',
            'protocol': '*',
            'priority': priority,
            'sourceAddressPrefix': '*',
            'destinationAddressPrefix': '*',
            'destinationPortRange': '*',
            **properties,
        },
    }


@pytest.mark.parametrize(
    'properties, denies',
    [
        ({}, True),
        ({'protocol': 'Tcp', 'destinationPortRange': '443'}, True),
        ({'destinationPortRange': None, 'destinationPortRanges': ['80', '400-500']}, True),
        ({'destinationAddressPrefix': 'Internet'}, True),
        ({'destinationAddressPrefix': 'AzureContainerRegistry.EastUS'}, True),
        ({'destinationAddressPrefix': '', 'destinationAddressPrefixes': ['0.0.0.0/0']}, True),
        ({'sourceAddressPrefix': 'VirtualNetwork'}, True),
        ({'direction': 'Inbound'}, False),
        ({'protocol': 'Udp'}, False),
        ({'destinationPortRange': '80'}, False),
        ({'destinationPortRange': '444-500'}, False),
        ({'destinationPortRange': 'x-y'}, False),
        ({'destinationPortRange': '4' * 5000}, False),
        ({'destinationPortRange': '443-'}, False),
        ({'destinationAddressPrefix': 'Storage'}, False),
        ({'destinationAddressPrefix': '10.0.0.0/8'}, False),
        ({'sourceAddressPrefix': '10.224.0.4'}, False),
    ],
)
def test_a_rule(properties: dict[str, Any], denies: bool) -> None:
    group = {'properties': {'securityRules': [rule(**properties)]}}
    assert denial_of(group) == ('deny' if denies else None)


def test_the_order_of_rules() -> None:
    allow = rule('allow', 90, access='Allow', destinationAddressPrefix='10.0.0.0/8')
    denial = rule()
    assert denial_of({'properties': {'securityRules': [denial, allow]}}) is None
    late = rule('late', 110, access='Allow')
    assert denial_of({'properties': {'securityRules': [late, denial]}}) == 'deny'
    other = rule('udp', 50, access='Allow', protocol='Udp')
    assert denial_of({'properties': {'securityRules': [denial, other]}}) == 'deny'


def test_what_is_no_group() -> None:
    for group in ({}, {'properties': 7}, {'properties': {'securityRules': [None, 7, {}]}}):
        assert denial_of(group) is None
    unnamed = rule('', None)
    assert denial_of({'properties': {'securityRules': [unnamed]}}) == '(unnamed)'
