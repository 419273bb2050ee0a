# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the registry's network rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.network_rules import network_rules
from tests.checks.fake_probes import HOST, REGISTRY_ID, FakeConnection
from tests.checks.registry.test_endpoint_connections import told
from tests.checks.registry.test_ip_rules import JSON
from tests.checks.table import Row, run, shown, verify


def registry(properties: Any) -> LoginServer:
    return LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID, 'properties': properties})


def row(
    name: str,
    status: str,
    problem: str = '',
    public: Any = 'Enabled',
    default: Any = 'Deny',
    values: Any = ('203.0.113.0/24',),
    networks: Any = (),
    connections: Any = (),
    **more: Any,
) -> Row:
    """Return a row for a registry whose IP rules allow these values.

    `bypass` and `tasks` are the settings for trusted services and ACR Tasks.
    """
    properties = {
        'publicNetworkAccess': public,
        'networkRuleBypassOptions': more.pop('bypass', 'AzureServices'),
        'networkRuleBypassAllowedForTasks': more.pop('tasks', None),
        'privateEndpointConnections': list(connections),
        'networkRuleSet': {
            'defaultAction': default,
            'virtualNetworkRules': list(networks),
            'ipRules': [{'action': 'Allow', 'value': value} for value in values],
        },
    }
    return Row(
        name,
        network_rules,
        status,
        problem and f'CONNECTIVITY_FORBIDDEN_ERROR {problem}',
        **{'needs': (registry(properties),), **more},
    )


NO_INBOUND_ACCESS, EMPTY, INVALID = 'NoInboundAccess', 'DenyWithoutRules', 'InvalidIpRule'
TABLE = (
    row(
        'unread',
        'Skipped',
        needs=(LoginServer(HOST, FakeConnection(), True),),
        detail='`login-server` check',
    ),
    row('without properties', 'Skipped', needs=(registry(None),)),
    row(
        'some addresses',
        'Passed',
        values=['203.0.113.0/24', '198.51.100.7'],
        bypass='None',
        facts={
            'publicNetworkAccess': 'Enabled',
            'defaultAction': 'Deny',
            'ipRules': 2,
            'unreadableRules': [],
            'allowed': ['203.0.113.0/24', '198.51.100.7/32'],
            'virtualNetworkRules': 0,
            'approvedPrivateEndpoints': 0,
            'bypass': 'None',
            'bypassForTasks': None,
        },
        detail='access is limited to 2 IP rules; trusted services denied',
    ),
    row(
        'Tasks are denied',
        'Passed',
        tasks=False,
        detail='; trusted services allowed; ACR Tasks denied',
    ),
    row(
        'Tasks are allowed',
        'Passed',
        tasks=True,
        detail='; trusted services allowed; ACR Tasks allowed',
    ),
    row(
        'public access',
        'Passed',
        default='Allow',
        values=[],
        tasks=False,
        detail='public network access is enabled for all networks',
    ),
    row(
        'a tier without rules',
        'Passed',
        default=None,
        values=[],
        bypass=None,
        detail='for all networks',
    ),
    row(
        'a response without the settings',
        'Passed',
        needs=(registry({'loginServer': HOST}),),
        detail='for all networks',
    ),
    row(
        'a virtual network alone',
        'Passed',
        values=[],
        networks=[{'action': 'Allow'}],
        detail='0 IP rules, 1 virtual network rule',
    ),
    row(
        'private endpoints alone',
        'Passed',
        values=[],
        connections=[told(), told()],
        detail='2 approved private',
    ),
    row(
        'closed, with a private endpoint',
        'Passed',
        public='Disabled',
        connections=[told('Pending'), told()],
        detail='public network access is disabled; 1 approved private endpoint; '
        'trusted services allowed',
        facts={'approvedPrivateEndpoints': 1},
    ),
    row(
        'a network security perimeter',
        'Passed',
        public='SecuredByPerimeter',
        values=['203.0.113.7'],
        detail='public network access is SecuredByPerimeter',
    ),
    row(
        'closed',
        'Warning',
        NO_INBOUND_ACCESS,
        public='Disabled',
        detail='no private endpoint is approved; trusted services allowed',
        solution=f'--private-connection-resource-id {REGISTRY_ID}',
    ),
    *(
        row(
            f'closed, and {status}',
            'Warning',
            NO_INBOUND_ACCESS,
            public='Disabled',
            connections=[told(status)],
            solution='az acr private-endpoint-connection approve --registry-name myregistry',
        )
        for status in ('Pending', 'Rejected', 'Disconnected', None)
    ),
    row(
        'denied without a rule',
        'Warning',
        EMPTY,
        values=[],
        detail='no rule allows an address',
        solution='az acr network-rule add --name myregistry',
    ),
    row(
        'an invalid rule, alone',
        'Warning',
        EMPTY,
        values=['everywhere'],
        facts={'unreadableRules': ['everywhere']},
    ),
    row(
        'an invalid rule',
        'Warning',
        INVALID,
        values=['203.0.113.0/33', '203.0.113.7'],
        detail='rule "203.0.113.0/33" isn\'t an IP address',
        facts={'ipRules': 1},
        solution='az acr network-rule list --name myregistry',
    ),
    row(
        'invalid rules',
        'Warning',
        INVALID,
        values=[None, '203.0.113.7', 7],
        detail='"None" (and 1 more)',
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


@given(JSON, JSON)
def test_any_json_makes_a_row(rules: Any, other: Any) -> None:
    properties = {
        'networkRuleSet': rules,
        'publicNetworkAccess': other,
        'networkRuleBypassOptions': other,
        'networkRuleBypassAllowedForTasks': other,
        'privateEndpointConnections': other,
    }
    outcome = run(row('any JSON', '', needs=(registry(properties),)))
    assert shown(network_rules, outcome)['status'] in ('Passed', 'Warning')
