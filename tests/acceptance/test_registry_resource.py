# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What Resource Manager tells of the registry: state, rules, policies, usage, replicas, private endpoints, its key."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

STATE, FORBIDDEN, QUOTA = (
    'REGISTRY_STATE_ERROR',
    'CONNECTIVITY_FORBIDDEN_ERROR',
    'REGISTRY_QUOTA_ERROR',
)
REPLICATION, ENDPOINT, ARM_READ, CMK = (
    'REPLICATION_ERROR',
    'PRIVATE_ENDPOINT_ERROR',
    'ARM_READ_ERROR',
    'CMK_ERROR',
)
CHECKS = (
    'registry-state',
    'network-rules',
    'policies',
    'usage',
    'replicas',
    'private-endpoints',
    'encryption',
)
CONTOSO = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
PRIVREG, EAST, WEST = (f'privreg{one}.azurecr.test' for one in ('', '.eastus.data', '.westus.data'))
GIBIBYTE = 1024**3


def only(sandbox: Sandbox, name: str, *checks: str) -> Run:
    """Run a few checks of a registry."""
    return check(sandbox, '-n', name, '--only', *checks)


def patched(sandbox: Sandbox, check_id: str, **properties: Any) -> Run:
    """Change contoso and run one check."""
    sandbox.patch_registry('contoso', {'properties': properties})
    return only(sandbox, 'contoso', check_id)


@pytest.mark.parametrize(
    'properties, status, reason, shown',
    [
        (
            {'status': {'displayStatus': 'Ready', 'message': 'fine'}},
            'Passed',
            None,
            'provisioned, and Ready',
        ),
        ({'provisioningState': 'Creating'}, 'Warning', 'Creating', 'is Creating'),
        ({'provisioningState': 'Updating'}, 'Warning', 'Updating', 'is Updating'),
        ({'provisioningState': 'Accepted'}, 'Warning', 'UnknownState', 'is Accepted'),
        ({'provisioningState': 'Deleting'}, 'Failed', 'Deleting', 'is Deleting'),
        (
            {'provisioningState': 'Failed', 'status': {'message': 'no key'}},
            'Failed',
            'ProvisioningFailed',
            'Failed: no key',
        ),
        ({'provisioningState': 'Canceled'}, 'Failed', 'ProvisioningCanceled', 'is Canceled'),
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
    run = patched(sandbox, 'registry-state', **properties)
    row = run.has('registry-state', status, STATE if reason else None, reason)
    assert shown in row['detail'] and row['facts']['sku'] == 'Premium'
    if reason in ('Deleting', 'ProvisioningFailed', 'ProvisioningCanceled'):
        assert f'--resource-id {CONTOSO}' in row['solutions'][0]
    registry = run.report['registries'][0]
    # Whether it still lets anybody in, only a login tells.
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
        ({}, None, 'for 1 address rule; trusted services pass, Tasks do not'),
        (
            {'networkRuleBypassOptions': 'None', 'networkRuleBypassAllowedForTasks': True},
            None,
            'do not pass, Tasks too',
        ),
        ({'networkRuleSet': rules(default='Allow')}, None, 'for every address'),
        ({'publicNetworkAccess': 'Disabled'}, 'NoInboundAccess', 'nobody gets in'),
        ({'networkRuleSet': rules()}, 'DenyWithoutRules', 'no rule lets anybody in'),
        (
            {'networkRuleSet': rules('127.0.0.0/8', 'office')},
            'InvalidIpRule',
            'the rule "office" is no address',
        ),
    ],
)
def test_rules(
    sandbox: Sandbox, properties: dict[str, Any], reason: Optional[str], shown: str
) -> None:
    row = patched(sandbox, 'network-rules', **properties).has(
        'network-rules', 'Warning' if reason else 'Passed', FORBIDDEN if reason else None, reason
    )
    assert shown in row['detail']


def test_rules_of_a_private_registry(sandbox: Sandbox) -> None:
    row = only(sandbox, 'privreg', 'network-rules').has('network-rules', 'Passed')
    assert 'public access is off; 2 approved private endpoints' in row['detail']


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
            None,
        ),
    ],
)
def test_policies(
    sandbox: Sandbox, name: str, status: str, properties: dict[str, Any], reason: Optional[str]
) -> None:
    row = patched(sandbox, 'policies', policies={name: {'status': status}}, **properties).has(
        'policies', 'Warning' if reason else 'Passed', STATE if reason else None, reason
    )
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
    run = only(sandbox, 'contoso', 'usage')
    row = run.has('usage', status, QUOTA if reason else None, reason)
    (webhooks,) = (one for one in row['facts']['usages'] if one['name'] == 'Webhooks')
    assert (webhooks['used'], webhooks['limit']) == (used, limit if limit > 0 else None)
    assert len(sandbox.requests('arm-usages')) == 1 and row['facts']['status'] == 200


@pytest.mark.parametrize(
    'stored, reason', [(500 * GIBIBYTE, None), (500 * GIBIBYTE + 1, 'StorageOverIncluded')]
)
def test_storage(sandbox: Sandbox, stored: int, reason: Optional[str]) -> None:
    sandbox.set_usage('contoso', 'Size', stored, 500 * GIBIBYTE, 'Bytes')
    run = only(sandbox, 'contoso', 'usage')
    run.has('usage', 'Warning' if reason else 'Passed', QUOTA if reason else None, reason)
    assert run.done.code == 0


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
    hosts = [f'contoso.{one}.geo.azurecr.test' for one in ('eastus', 'westus')]
    sandbox.patch_registry('contoso', {'properties': {'regionalEndpointHostNames': hosts}})
    sandbox.put_replication('contoso', region, **properties)
    row = only(sandbox, 'contoso', 'replicas').has(
        'replicas', status, REPLICATION if reason else None, reason
    )
    found = {one['region']: one for one in row['facts']['replicas']}
    assert (
        found[region]['host'] == f'contoso.{region}.geo.azurecr.test'
        and row['facts']['servedFrom'] == 'eastus'
    )
    assert found[region]['routed'] is properties.get('regionEndpointEnabled', True)
    if reason:
        assert f'--name {region}' in row['solutions'][0]


def test_replicas_need_premium(sandbox: Sandbox) -> None:
    row = only(sandbox, 'basicreg', 'replicas').has('replicas', 'Skipped')
    assert 'Premium' in row['detail'] and sandbox.requests('arm-replications') == []


@pytest.mark.parametrize(
    'check_id, stage, name',
    [('usage', 'arm-usages', 'Usage'), ('replicas', 'arm-replications', 'Replicas')],
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
    sandbox.set_fault(stage, fault)
    run = only(sandbox, 'contoso', check_id)
    run.has(check_id, 'Warning', ARM_READ, name + reason)
    assert run.done.code == 0 and len(sandbox.requests(stage)) == 1


@pytest.mark.parametrize('state', ['Pending', 'Rejected', 'Disconnected'])
def test_connections(sandbox: Sandbox, state: str) -> None:
    sandbox.put_private_endpoint('privreg', 'third', {PRIVREG: '10.1.0.5'}, state=state)
    row = only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Warning', ENDPOINT, f'Connection{state}'
    )  # noqa: E128
    assert (
        f'the connection third is {state}' in row['detail']
        and '--name third' in row['solutions'][-1 if state == 'Rejected' else 0]
    )  # noqa: E128
    only_one = [
        one
        for one in sandbox.patch_registry('privreg', {})['properties']['privateEndpointConnections']
        if one['name'] == 'third'
    ]
    sandbox.patch_registry('privreg', {'properties': {'privateEndpointConnections': only_one}})
    row = only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, f'Connection{state}'
    )  # noqa: E128
    assert 'none is left' in row['detail']


def test_endpoints_that_are_right(sandbox: Sandbox) -> None:
    row = only(sandbox, 'privreg', 'private-endpoints').has('private-endpoints', 'Passed')
    assert {one['name']: one['private'] for one in row['facts']['names']} == {
        PRIVREG: True,
        EAST: True,
    }
    assert sandbox.requests('arm-private-endpoint') == []
    only(sandbox, 'contoso', 'private-endpoints').has('private-endpoints', 'Skipped')


def test_names_are_asked_for_once(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'privreg', '--only', 'private-endpoints', 'data-endpoints')
    assert run.statuses()['private-endpoints'] == run.statuses()['data-endpoints'] == 'Passed'
    asked = [one['name'] for one in sandbox.dns_queries()]
    assert asked.count(PRIVREG) == asked.count(EAST) == 2  # A and AAAA


def test_a_replica_without_a_record(sandbox: Sandbox) -> None:
    sandbox.put_replication('privreg', 'westus')
    sandbox.set_dns(WEST, answer='nxdomain')
    # Two endpoints in two networks, and one of two interfaces: this machine is in the network of
    # the second.
    sandbox.put_private_endpoint(
        'privreg', 'far', {PRIVREG: '10.7.0.5', EAST: '10.7.0.4', WEST: '10.7.0.6'}, vnet='vnet7'
    )
    sandbox.put_private_endpoint(
        'privreg', 'near', {PRIVREG: '10.1.0.5', EAST: '10.1.0.4', WEST: '10.1.0.6'}, interfaces=2
    )
    kept = [
        one
        for one in sandbox.patch_registry('privreg', {})['properties']['privateEndpointConnections']
        if one['name'] in ('far', 'near')
    ]
    sandbox.patch_registry('privreg', {'properties': {'privateEndpointConnections': kept}})
    row = only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, 'RecordMissing'
    )
    assert [(one['name'], one['record'], one['address']) for one in row['facts']['missing']] == [
        (WEST, 'privreg.westus.data', '10.1.0.6')
    ]
    assert (
        '--zone-name privatelink.azurecr.test --record-set-name privreg.westus.data --ipv4-address '
        '10.1.0.6' in row['solutions'][0]
    )
    assert (
        len(sandbox.requests('arm-nic')) == 3 and len(sandbox.requests('arm-private-endpoint')) == 2
    )
    sandbox.set_dns(WEST, a=['10.1.0.6'])
    only(sandbox, 'privreg', 'private-endpoints').has('private-endpoints', 'Passed')


@pytest.mark.parametrize('public, status', [('Disabled', 'Failed'), ('Enabled', 'Warning')])
def test_a_name_that_is_public(sandbox: Sandbox, public: str, status: str) -> None:
    sandbox.patch_registry('privreg', {'properties': {'publicNetworkAccess': public}})
    sandbox.set_dns(EAST, a=['127.0.0.1'])
    row = only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', status, ENDPOINT, 'NameResolvesPublicly'
    )
    assert f'{EAST} gives 127.0.0.1' in row['detail'] and '10.1.0.4' in row['solutions'][0]


def test_no_request_is_made_twice(sandbox: Sandbox) -> None:
    sandbox.set_dns(EAST, answer='nxdomain')
    run = check(sandbox, '-n', 'privreg', '--vnet', 'vnet1', '--only', 'private-link')
    run.has('private-endpoints', 'Failed', ENDPOINT, 'RecordMissing')
    run.has('private-dns', 'Failed', 'CONNECTIVITY_DNS_ERROR', 'NotPrivateEndpointAddress')
    paths = [one['path'] for one in sandbox.requests(host=cloud.ARM_HOST)]
    assert len(set(paths)) == len(paths) == 5  # the registries, two endpoints, two interfaces


@pytest.mark.parametrize('stage, read', [('arm-private-endpoint', False), ('arm-nic', True)])
def test_a_record_whose_address_cannot_be_read(sandbox: Sandbox, stage: str, read: bool) -> None:
    sandbox.set_fault(stage, 'status:403')
    sandbox.set_dns(EAST, answer='nxdomain')
    row = only(sandbox, 'privreg', 'private-endpoints').has(
        'private-endpoints', 'Failed', ENDPOINT, 'RecordMissing'
    )
    assert ('privreg-vnet1-nic' in row['detail']) is read and 'network interface' in row['detail']
    assert (
        '--ipv4-address ADDRESS' in row['solutions'][0]
        and row['facts']['missing'][0]['address'] is None
    )


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
    row = only(sandbox, 'cmksystem', 'encryption').has(
        'encryption', 'Warning' if reason else 'Passed', CMK if reason else None, reason
    )  # noqa: E128
    assert row['facts']['encryption'] == 'enabled' and row['facts']['keyRotation'] is rotates
    assert (any(key in text for text in row['solutions'])) is bool(reason)


def test_nothing_is_told_of_a_resource_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-list', 'status:403')
    run = check(sandbox, '-n', 'contoso')
    assert {run.statuses()[name] for name in CHECKS} == {'Skipped'} and run.done.code == 0
    assert {run.row(name)['detail'] for name in CHECKS} == {
        "the registry's resource could not be read (row login-server)"
    }
    assert {one['stage'] for one in sandbox.requests(host=cloud.ARM_HOST)} == {'arm-list'}


@pytest.mark.parametrize('odd', [None, 7, 'x', [], [None], {'x': 1}])
def test_odd_properties_make_rows(sandbox: Sandbox, odd: Any) -> None:
    sandbox.patch_registry(
        'contoso',
        {
            'sku': odd,
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
                odd,
            ),
        },
    )
    run = only(sandbox, 'contoso', *CHECKS)
    assert 'UNEXPECTED_ERROR' not in run.done.stdout and len(run.statuses()) >= len(CHECKS)
