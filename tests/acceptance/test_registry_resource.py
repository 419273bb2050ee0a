# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What ARM reports of a registry: state, rules, policies, usage, replicas and its key."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from tests.acceptance.registry_checks import check_only, check_with_properties
from tests.acceptance.runs import check
from tests.acceptance.test_private_endpoints import ARM_READ, CMK, REPLICATION
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

STATE, FORBIDDEN, QUOTA = (
    'REGISTRY_STATE_ERROR',
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'REGISTRY_QUOTA_ERROR',
)
CHECKS = (
    'registry-state',
    'network-rules',
    'policies',
    'usage',
    'replicas',
    'cache-rules',
    'private-endpoints',
    'encryption',
)
CONTOSO = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
GIBIBYTE = 1024**3


@pytest.mark.parametrize(
    'properties, status, reason, shown',
    [
        (
            {'status': {'displayStatus': 'Ready', 'message': 'fine'}},
            'Passed',
            None,
            'provisioned, status Ready',
        ),
        ({'provisioningState': 'Creating'}, 'Warning', 'Creating', 'state Creating'),
        ({'provisioningState': 'Updating'}, 'Warning', 'Updating', 'state Updating'),
        ({'provisioningState': 'Accepted'}, 'Warning', 'UnknownState', 'state Accepted'),
        ({'provisioningState': 'Deleting'}, 'Failed', 'Deleting', 'state Deleting'),
        (
            {'provisioningState': 'Failed', 'status': {'message': 'no key'}},
            'Failed',
            'ProvisioningFailed',
            'Failed: no key',
        ),
        ({'provisioningState': 'Canceled'}, 'Failed', 'ProvisioningCanceled', 'state Canceled'),
        (
            {'status': {'displayStatus': 'Disabled'}},
            'Failed',
            'RegistryDisabled',
            'the registry is disabled',
        ),
    ],
)
def test_state(
    sandbox: Sandbox, properties: dict[str, Any], status: str, reason: Optional[str], shown: str
) -> None:
    run = check_with_properties(sandbox, 'registry-state', **properties)
    row = run.has('registry-state', status, STATE if reason else None, reason)
    assert shown in row['detail'] and row['facts']['sku'] == 'Premium'
    if reason in ('Deleting', 'ProvisioningFailed', 'ProvisioningCanceled'):
        assert f'--resource-id {CONTOSO}' in row['solutions'][0]
    registry = run.report['registries'][0]
    # Only a login shows whether access is still possible.
    assert (registry['canPull'] == 'no') is (status == 'Failed') and registry[
        'canLogin'
    ] == 'unknown'


def rules(*values: Any, default: str = 'Deny') -> dict[str, Any]:
    """Return a set of network rules."""
    return {
        'defaultAction': default,
        'ipRules': [{'action': 'Allow', 'value': value} for value in values],
    }


@pytest.mark.parametrize(
    'properties, reason, shown',
    [
        ({}, None, 'limited to 2 IP rules; trusted services allowed; ACR Tasks denied'),
        (
            {'networkRuleBypassOptions': 'None', 'networkRuleBypassAllowedForTasks': True},
            None,
            'denied; ACR Tasks allowed',
        ),
        ({'networkRuleSet': rules(default='Allow')}, None, 'is enabled for all networks'),
        ({'publicNetworkAccess': 'Disabled'}, 'NoInboundAccess', 'no private endpoint is approved'),
        ({'networkRuleSet': rules()}, 'DenyWithoutRules', 'no rule allows an address'),
        (
            {'networkRuleSet': rules('127.0.0.0/8', 'office')},
            'InvalidIpRule',
            'rule "office" isn\'t an IP address',
        ),
    ],
)
def test_rules(
    sandbox: Sandbox, properties: dict[str, Any], reason: Optional[str], shown: str
) -> None:
    row = check_with_properties(sandbox, 'network-rules', **properties).has(
        'network-rules', 'Warning' if reason else 'Passed', FORBIDDEN if reason else None, reason
    )
    assert shown in row['detail']


def test_rules_of_a_private_registry(sandbox: Sandbox) -> None:
    row = check_only(sandbox, 'privreg', 'network-rules').has('network-rules', 'Passed')
    assert 'public network access is disabled; 2 approved private endpoints' in row['detail']


@pytest.mark.parametrize(
    'name, status, properties, reason',
    [
        ('quarantinePolicy', 'enabled', {}, 'QuarantineEnabled'),
        ('trustPolicy', 'enabled', {}, 'ContentTrustDeprecated'),
        ('exportPolicy', 'disabled', {}, 'ExportDisabledButPublic'),
        ('exportPolicy', 'disabled', {'publicNetworkAccess': 'Disabled'}, None),
        (
            'azureADAuthenticationAsArmPolicy',
            'disabled',
            {'adminUserEnabled': True, 'anonymousPullEnabled': True},
            'ArmAudienceRejected',
        ),
    ],
)
def test_policies(
    sandbox: Sandbox, name: str, status: str, properties: dict[str, Any], reason: Optional[str]
) -> None:
    row = check_with_properties(
        sandbox, 'policies', policies={name: {'status': status}}, **properties
    ).has('policies', 'Warning' if reason else 'Passed', STATE if reason else None, reason)
    assert row['facts']['retention'] == 'disabled' and status in row['facts'].values()


@pytest.mark.parametrize(
    'used, limit, status, reason',
    [
        (395, 500, 'Passed', None),
        (399, 500, 'Passed', None),
        (400, 500, 'Warning', 'LimitNear'),
        (499, 500, 'Warning', 'LimitNear'),
        (500, 500, 'Failed', 'LimitReached'),
        (501, 500, 'Failed', 'LimitReached'),
        (500, 0, 'Passed', None),
        (500, -1, 'Passed', None),
    ],
)
def test_usage(sandbox: Sandbox, used: int, limit: int, status: str, reason: Optional[str]) -> None:
    sandbox.set_usage('contoso', 'Webhooks', used, limit)
    run = check_only(sandbox, 'contoso', 'usage')
    row = run.has('usage', status, QUOTA if reason else None, reason)
    (webhooks,) = (usage for usage in row['facts']['usages'] if usage['name'] == 'Webhooks')
    assert (webhooks['used'], webhooks['limit']) == (used, limit if limit > 0 else None)
    assert len(sandbox.requests('arm-usages')) == 1 and row['facts']['status'] == 200


@pytest.mark.parametrize(
    'stored, reason', [(500 * GIBIBYTE, None), (500 * GIBIBYTE + 1, 'IncludedStorageExceeded')]
)
def test_storage(sandbox: Sandbox, stored: int, reason: Optional[str]) -> None:
    sandbox.set_usage('contoso', 'Size', stored, 500 * GIBIBYTE, 'Bytes')
    run = check_only(sandbox, 'contoso', 'usage')
    run.has('usage', 'Warning' if reason else 'Passed', QUOTA if reason else None, reason)
    assert run.finished.code == 0


@pytest.mark.parametrize(
    'region, properties, status, reason',
    [
        ('westus', {}, 'Passed', None),
        ('westus', {'regionEndpointEnabled': False}, 'Passed', None),
        ('westus', {'provisioningState': 'Creating'}, 'Warning', 'ReplicaNotReady'),
        ('westus', {'provisioningState': 'Failed'}, 'Warning', 'ReplicaFailed'),
        ('eastus', {'provisioningState': 'Failed'}, 'Failed', 'ReplicaFailed'),
    ],
)
def test_replicas(
    sandbox: Sandbox, region: str, properties: dict[str, Any], status: str, reason: Optional[str]
) -> None:
    hosts = [f'contoso.{region}.geo.azurecr.test' for region in ('eastus', 'westus')]
    sandbox.patch_registry('contoso', {'properties': {'regionalEndpointHostNames': hosts}})
    sandbox.put_replication('contoso', region, **properties)
    row = check_only(sandbox, 'contoso', 'replicas').has(
        'replicas', status, REPLICATION if reason else None, reason
    )
    replicas = {replica['region']: replica for replica in row['facts']['replicas']}
    assert (
        replicas[region]['host'] == f'contoso.{region}.geo.azurecr.test'
        and row['facts']['servedFrom'] == 'eastus'
    )
    assert replicas[region]['routed'] is properties.get('regionEndpointEnabled', True)
    if reason:
        assert f'--name {region}' in row['solutions'][0]


def test_replicas_need_premium(sandbox: Sandbox) -> None:
    row = check_only(sandbox, 'basicreg', 'replicas').has('replicas', 'Skipped')
    assert 'Premium' in row['detail'] and sandbox.requests('arm-replications') == []


@pytest.mark.parametrize(
    'check_id, stage, name',
    [
        ('usage', 'arm-usages', 'Usage'),
        ('replicas', 'arm-replications', 'Replicas'),
        ('cache-rules', 'arm-cache-rules', 'CacheRules'),
        ('cache-rules', 'arm-credential-sets', 'CacheRules'),
    ],
)
@pytest.mark.parametrize(
    'fault, reason',
    [
        ('status:403', 'Forbidden'),
        ('status:500', 'Unavailable'),
        ('notjson', 'Unavailable'),
        ('reset', 'Unavailable'),
    ],
)
def test_lists_that_cannot_be_read(
    sandbox: Sandbox, check_id: str, stage: str, name: str, fault: str, reason: str
) -> None:
    sandbox.put_cache_rule('contoso', 'hub', 'docker.io/*', 'docker-hub/*', 'hub')
    sandbox.set_fault(stage, fault)
    run = check_only(sandbox, 'contoso', check_id)
    run.has(check_id, 'Warning', ARM_READ, name + reason)
    # The server may have closed an idle connection, so a new one is tried.
    assert run.finished.code == 0 and len(sandbox.requests(stage)) == (2 if fault == 'reset' else 1)


@pytest.mark.parametrize(
    'rotates, last, reason',
    [
        (True, '2026-02-03T09:12:44Z', None),
        (False, None, None),
        (True, '2020-02-03T09:12:44.1Z', 'KeyRotationStale'),
        (False, '2020-02-03T09:12:44Z', 'VersionedKeyStale'),
    ],
)
def test_the_age_of_the_key(
    sandbox: Sandbox, rotates: bool, last: Optional[str], reason: Optional[str]
) -> None:
    key = 'https://contosokeys.vault.sandbox.test/keys/acr'
    sandbox.patch_registry(
        'cmksystem',
        {
            'properties': {
                'encryption': {
                    'keyVaultProperties': {
                        'keyRotationEnabled': rotates,
                        'lastKeyRotationTimestamp': last,
                    }
                }
            }
        },
    )
    row = check_only(sandbox, 'cmksystem', 'encryption').has(
        'encryption', 'Warning' if reason else 'Passed', CMK if reason else None, reason
    )  # noqa: E128
    assert row['facts']['encryption'] == 'enabled' and row['facts']['keyRotation'] is rotates
    assert (any(key in text for text in row['solutions'])) is bool(reason)


def test_nothing_is_reported_of_a_resource_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-list', 'status:403')
    run = check(sandbox, '-n', 'contoso')
    assert {run.statuses()[name] for name in CHECKS} == {'Skipped'} and run.finished.code == 0
    assert {run.row(name)['detail'] for name in CHECKS} == {
        "the registry's resource couldn't be read; see the `login-server` check"
    }
    assert {request['stage'] for request in sandbox.requests(host=cloud.ARM_HOST)} == {'arm-list'}


@pytest.mark.parametrize('value', [None, 7, 'x', [], [None], {'x': 1}])
def test_odd_properties_make_rows(sandbox: Sandbox, value: Any) -> None:
    sandbox.patch_registry(
        'contoso',
        {
            'sku': value,
            'properties': dict.fromkeys(
                (
                    'provisioningState',
                    'status',
                    'networkRuleSet',
                    'publicNetworkAccess',
                    'policies',
                    'encryption',
                    'privateEndpointConnections',
                    'regionalEndpointHostNames',
                    'dataEndpointHostNames',
                ),
                value,
            ),
        },
    )
    run = check_only(sandbox, 'contoso', *CHECKS)
    assert 'UNEXPECTED_ERROR' not in run.finished.stdout and len(run.statuses()) >= len(CHECKS)
