# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Requests that the registry denies by its network rules, or throttles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud, errors

HOST = 'contoso.azurecr.test'
FORBIDDEN, THROTTLED = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'
ENDPOINTS = (('challenge', 'challenge'), ('exchange', 'refresh-token'), ('token', 'access-token'))


def rules(*allowed: str, public: str = 'Enabled') -> dict[str, Any]:
    """Return the properties of a registry with network rules for these addresses."""
    return {
        'properties': {
            'publicNetworkAccess': public,
            'networkRuleSet': {
                'defaultAction': 'Deny',
                'virtualNetworkRules': [],
                'ipRules': [{'action': 'Allow', 'value': value} for value in allowed],
            },
        }
    }


class TestNetworkRules:
    """The registry's own denial, compared with the rules that Resource Manager reports."""

    @pytest.mark.parametrize('stage, check_id', ENDPOINTS)
    @pytest.mark.parametrize(
        'allowed, reason, facts, text',
        [
            (
                ('203.0.113.0/26',),
                'ClientIpNotAllowed',
                {'nearestRule': '203.0.113.0/26', 'ipRules': 1},
                'the nearest rule is 203.0.113.0/26',
            ),
            (
                ('203.0.113.96/29',),
                'RuleNotYetEffective',
                {'matchingRule': '203.0.113.96/29'},
                'although rule',
            ),
        ],
    )
    def test_rules(
        self,
        sandbox: Sandbox,
        stage: str,
        check_id: str,
        allowed: tuple[str, ...],
        reason: str,
        facts: dict[str, Any],
        text: str,
    ) -> None:
        sandbox.patch_registry('contoso', rules(*allowed))
        sandbox.set_fault(f'{stage}@contoso', 'denied')
        row = check(sandbox, '-n', 'contoso').has(check_id, 'Failed', FORBIDDEN, reason)
        assert text in row['detail'] and {name: row['facts'][name] for name in facts} == facts
        assert (
            row['facts']['defaultAction'] == 'Deny' and row['facts']['clientIp'] == errors.CLIENT_IP
        )
        assert (
            row['facts']['at'] and row['facts']['correlationId'] and row['facts']['status'] == 403
        )

    def test_the_request_left_by_another_path(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', rules(public='Disabled'))
        sandbox.set_dns(HOST, a=['10.1.0.5'])
        sandbox.set_fault('exchange@contoso', 'denied')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', FORBIDDEN, 'RoutedOutsidePrivateLink')
        assert row['facts']['resolved'] == ['10.1.0.5'] and errors.CLIENT_IP in row['detail']
        assert f'export NO_PROXY="$NO_PROXY,{HOST}"' in run.finished.stderr

    def test_the_private_endpoint_is_not_used(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry(
            'contoso',
            {
                'properties': {
                    **rules('198.51.100.0/24')['properties'],
                    'privateEndpointConnections': [
                        {
                            'properties': {
                                'privateLinkServiceConnectionState': {'status': 'Approved'}
                            }
                        }
                    ],
                }
            },
        )
        sandbox.set_fault('exchange@contoso', 'denied')
        row = check(sandbox, '-n', 'contoso').has(
            'refresh-token', 'Failed', FORBIDDEN, 'PrivateEndpointNotUsed'
        )
        assert (
            f'{HOST} resolves to 127.0.0.1' in row['detail']
            and 'privatelink.azurecr.test' in row['solutions'][0]
        )
        assert 'network-rule add' in row['solutions'][-1] and row['facts']['privateEndpoints'] == 1

    def test_a_private_address_is_no_matter_of_address_rules(self, sandbox: Sandbox) -> None:
        body = (
            '{"errors":[{"code":"DENIED","message":"client with IP \'10.240.0.9\' is not '
            'allowed access."}]}'
        )
        sandbox.set_fault('exchange@contoso', f'body:403:application/json:{body}')
        run = check(sandbox, '-n', 'contoso')
        run.has('refresh-token', 'Failed', FORBIDDEN, 'PrivateClientIp')
        assert '--ip-address' not in run.finished.stderr

    def test_resource_manager_is_away(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('arm', 'status:503')
        sandbox.set_fault('exchange@contoso', 'denied')
        row = check(sandbox, '-n', 'contoso').has(
            'refresh-token', 'Failed', FORBIDDEN, 'ClientIpNotAllowed'
        )
        assert 'defaultAction' not in row['facts']


class TestSecondTry:
    """Transient errors are retried once, and the row reports that."""

    @pytest.mark.parametrize('stage, check_id', ENDPOINTS)
    @pytest.mark.parametrize(
        'spec, status',
        [
            ('throttled', 429),
            ('throttled:1', 429),
            ('frontdoor', 429),
            ('status:503', 503),
            ('status:500', 500),
        ],
    )
    def test_passes(
        self, sandbox: Sandbox, stage: str, check_id: str, spec: str, status: int
    ) -> None:
        sandbox.set_fault(f'{stage}@contoso', spec, times=1)
        run = check(sandbox, '-n', 'contoso')
        row = run.has(check_id, 'Passed')
        assert (
            f'(second attempt; the first returned {status})' in row['detail']
            and run.finished.code == 0
        )
        assert row['facts']['firstTry']['status'] == status and row['facts']['firstTry']['at']
        assert len(sandbox.requests(stage)) == 2

    def test_a_first_401_of_the_exchange(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('exchange@contoso', 'status:401', times=1)
        row = check(sandbox, '-n', 'contoso').has('refresh-token', 'Passed')
        assert row['facts']['firstTry']['status'] == 401 and len(sandbox.requests('exchange')) == 2
        assert {request['form']['access_token'] for request in sandbox.requests('exchange')} != {''}

    @pytest.mark.parametrize('stage, check_id', ENDPOINTS)
    def test_two_tries_and_no_more(self, sandbox: Sandbox, stage: str, check_id: str) -> None:
        sandbox.set_fault(f'{stage}@contoso', 'throttled')
        row = check(sandbox, '-n', 'contoso').has(check_id, 'Failed', THROTTLED, 'TooManyRequests')
        assert len(sandbox.requests(stage)) == 2 and row['facts']['firstTry']['status'] == 429
        assert row['facts']['writtenBy'] == 'registry'

    def test_a_wait_that_is_too_long(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'throttled:17')
        row = check(sandbox, '-n', 'contoso').has(
            'challenge', 'Failed', THROTTLED, 'TooManyRequests'
        )
        assert 'retry after 17 s' in row['detail'] and len(sandbox.requests('challenge')) == 1
        assert 'firstTry' not in row['facts']

    def test_the_calls_that_are_left(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contoso')
        assert run.row('refresh-token')['facts']['remainingCallsPerSecond'] == '333.316667'


class TestStrangers:
    """A 403 or 429 that the registry did not write."""

    def test_whose(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('exchange@contoso', 'forbidden')
        row = check(sandbox, '-n', 'contoso').has(
            'refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'BlockedByIntermediary'
        )
        assert '403 from CorpProxy/2.1: Access Denied' in row['detail']
        assert (
            row['facts']['pageTitle'] == 'Access Denied'
            and row['facts']['server'] == 'CorpProxy/2.1'
        )

    def test_the_front_door_has_no_tiers(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('token@contoso', 'frontdoor')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('access-token', 'Failed', THROTTLED, 'ThrottledByFrontDoor')
        assert row['facts']['writtenBy'] == 'front door' and 'show-usage' not in run.finished.stderr


def test_commands_name_the_subscription_that_was_typed(sandbox: Sandbox) -> None:
    sandbox.set_fault('exchange', 'denied')
    for arguments in (
        ('-n', 'northwind', '--subscription', cloud.SECOND_SUBSCRIPTION),
        (
            '-n',
            cloud.resource_id(
                'rg-other', cloud.REGISTRY_TYPE, 'northwind', cloud.SECOND_SUBSCRIPTION
            ),
        ),
    ):
        run = check(sandbox, *arguments)
        row = next(row for row in run.report['checks'] if row['check'] == 'refresh-token')
        assert (
            f'--name northwind --subscription {cloud.SECOND_SUBSCRIPTION} --ip-address'
            in row['solutions'][0]
        )
    assert '--subscription' not in str(
        check(sandbox, '-n', 'contoso').row('refresh-token')['solutions']
    )
