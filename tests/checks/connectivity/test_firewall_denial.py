# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of denials by the firewall; most are rows of the tables of checks (denial_rows)."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.connectivity.firewall_denial import judge_firewall_denial
from azext_acrhealth.checks.registry.login_server import LoginServer
from tests.checks.fake_probes import HOST, FakeConnection

LOGIN_SERVER = LoginServer(HOST, FakeConnection(), True)
CLIENT_IP = '203.0.113.7'
NEAR_RULE = {
    'defaultAction': 'Deny',
    'ipRules': [{'action': 'Allow', 'value': '203.0.113.8/29'}],
}


@pytest.mark.parametrize(
    'rules, note',
    [
        (NEAR_RULE, '; the nearest rule is 203.0.113.8/29'),
        ({'defaultAction': 'Deny', 'ipRules': []}, ''),
        (None, "; its rules couldn't be read"),
    ],
)
def test_the_nearest_rule(rules: Any, note: str) -> None:
    properties = {'publicNetworkAccess': 'Enabled', 'networkRuleSet': rules}
    login = LOGIN_SERVER._replace(resource={'properties': properties} if rules else None)
    outcome = judge_firewall_denial(CLIENT_IP, login, {'host': HOST}, {'status': 403})
    assert outcome.problem and outcome.problem.reason == 'ClientIpNotAllowed'
    assert outcome.detail == f"the registry's firewall denies client IP {CLIENT_IP}{note}"
    assert outcome.facts['status'] == 403 and outcome.facts['clientIp'] == CLIENT_IP
    assert outcome.facts.get('defaultAction') == ('Deny' if rules else None)
    assert outcome.placeholders == {'host': HOST, 'client_ip': CLIENT_IP}
