# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Many registries, selected without a name, by Resource Graph in thirty subscriptions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.runs import assert_clean, check
from tests.sandbox.control.sandbox import Finished, Sandbox
from tests.sandbox.services import cloud

TAG = ('--tag', 'team=platform')


def registry_names(report: Any) -> list[str]:
    return [registry['name'] for registry in report['registries']]


def check_fleet(sandbox: Sandbox, *arguments: str, **options: Any) -> Finished:
    finished = sandbox.az('acrhealth', 'check', *arguments, '--skip', 'environment', **options)
    assert_clean(sandbox, finished)
    return finished


def test_every_subscription(sandbox: Sandbox) -> None:
    registries = sandbox.add_registries(
        45, subscriptions=30, locations=['eastus', 'westeurope'], tags={'team': 'platform'}
    )
    sandbox.update_settings(pageSize=20)
    sandbox.clear_requests()
    run = check(sandbox, '--all-subscriptions', *TAG)
    assert (
        registry_names(run.report) == sorted(registry['name'] for registry in registries)
        and run.report['healthy']
    )
    assert {registry['canLogin'] for registry in run.report['registries']} == {'yes'}
    assert {registry['region'] for registry in run.report['registries']} == {'eastus', 'westeurope'}
    assert (
        run.row('registries')['facts'] | {'found': 45, 'queries': 3}
        == run.row('registries')['facts']
    )
    assert len(sandbox.requests('arm-graph')) == 3
    assert len(sandbox.requests('signin')) <= 2, 'one token for each audience'
    assert len(sandbox.requests('challenge')) == 45


def test_narrowed(sandbox: Sandbox) -> None:
    registries = sandbox.add_registries(
        12,
        subscriptions=3,
        locations=['eastus', 'westeurope'],
        groups=['red', 'blue'],
        tags={'team': 'platform'},
    )
    european = sorted(
        registry['name'] for registry in registries if registry['location'] == 'westeurope'
    )
    assert (
        registry_names(check(sandbox, '--all-subscriptions', *TAG, '-l', 'West Europe').report)
        == european
    )
    local_registries = sandbox.add_registries(
        4, subscriptions=[sandbox.info['subscription']], groups=['green'], prefix='local'
    )
    assert registry_names(check(sandbox, '-g', 'green').report) == sorted(
        registry['name'] for registry in local_registries
    )
    assert set(registry_names(check(sandbox, '--all', '-l', 'eastus', 'westeurope').report)) >= {
        registry['name'] for registry in local_registries
    }


def test_another_subscription_by_its_name(sandbox: Sandbox) -> None:
    for typed in ('Archive', 'archive', cloud.SECOND_SUBSCRIPTION):
        assert registry_names(check(sandbox, '--all', '--subscription', typed).report) == [
            'northwind'
        ]


def test_some_fail(sandbox: Sandbox) -> None:
    sandbox.add_registries(8, subscriptions=4, tags={'team': 'platform'})
    sandbox.set_fault('tcp@fleet001', 'refuse')
    sandbox.set_fault('exchange@fleet005', 'status:401')
    finished = check_fleet(sandbox, '--all-subscriptions', *TAG, '-o', 'table')
    lines = finished.stdout.splitlines()
    assert finished.code == 1 and max(map(len, lines)) <= 120
    assert lines[0].split() == [
        *('Registry', 'Subscription', 'Resource', 'group', 'Status', 'Login', 'Pull', 'Push'),
        'Code',
    ]
    assert '2 of 8 registries: not healthy. ' in finished.stderr.splitlines()[-1]
    assert {lines[2].split()[0], lines[3].split()[0]} == {'fleet001', 'fleet005'}
    assert [line.split()[0] for line in lines[4:]] == [
        f'fleet00{number}' for number in (0, 2, 3, 4, 6, 7)
    ]
    for name, reason in (('fleet001', 'ConnectionRefused'), ('fleet005', 'Unauthorized')):
        messages = [
            line
            for line in finished.stderr.splitlines()
            if line.startswith(f'WARNING: {name} failed: ')
        ]
        assert (
            len(messages) == 1 and reason in messages[0] and 'of 8 registries done.' in messages[0]
        )
    finished = check_fleet(
        sandbox, '--all-subscriptions', *TAG, '--query', 'registries[?!healthy].name'
    )
    assert json.loads(finished.stdout) == ['fleet001', 'fleet005']


def test_a_registry_that_cannot_be_read_is_a_row(sandbox: Sandbox) -> None:
    registries = sandbox.add_registries(3, subscriptions=3, tags={'team': 'platform'})
    sandbox.set_fault('arm-get', 'status:403')
    run = check(sandbox, '--all-subscriptions', *TAG)
    assert registry_names(run.report) == sorted(registry['name'] for registry in registries)
    for name in registry_names(run.report):
        run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'ArmForbidden', name)
        run.has('refresh-token', 'Passed', registry=name)


@pytest.mark.parametrize(
    'fault, reason',
    [
        ('status:403', 'SelectionForbidden'),
        ('status:500', 'SelectionUnavailable'),
        ('hang', 'SelectionUnavailable'),
    ],
)
def test_a_graph_that_fails(sandbox: Sandbox, fault: str, reason: str) -> None:
    sandbox.set_fault('arm-graph', fault)
    run = check(sandbox, '--all')
    run.has('registries', 'Failed', 'ARM_READ_ERROR', reason)
    assert run.finished.code == 1 and run.report['registries'] == []


def test_nothing_is_found_without_a_login(sandbox: Sandbox) -> None:
    check(sandbox, '-g', 'no-such-group').has(
        'registries', 'Failed', 'ARM_READ_ERROR', 'NoRegistriesFound'
    )
    for option in ('--all', '--all-subscriptions'):
        run = check(sandbox, option, login=False)
        run.has('registries', 'Failed', 'ARM_READ_ERROR', 'SelectionNotLoggedIn')


def test_a_quota_that_is_spent_is_waited_for(sandbox: Sandbox) -> None:
    sandbox.add_registries(30, subscriptions=3, tags={'team': 'platform'})
    sandbox.update_settings(pageSize=5, graphQuota=3, graphWindow=2)
    run = check(sandbox, '--all-subscriptions', *TAG)
    assert len(registry_names(run.report)) == 30
    assert 429 not in [request['status'] for request in sandbox.requests('arm-graph')], (
        'the headers are respected'
    )


def test_a_page_that_fails(sandbox: Sandbox) -> None:
    sandbox.add_registries(30, subscriptions=3, tags={'team': 'platform'})
    sandbox.update_settings(pageSize=20)
    sandbox.set_fault('arm-graph', 'status:429', times=1)
    assert len(registry_names(check(sandbox, '--all-subscriptions', *TAG).report)) == 30, (
        'asked again when the quota is whole'
    )


def test_a_page_that_is_missing(sandbox: Sandbox) -> None:
    sandbox.add_registries(30, subscriptions=3, tags={'team': 'platform'})
    sandbox.update_settings(pageSize=20, graphQuota=1, graphWindow=1000)
    run = check(sandbox, '--all-subscriptions', *TAG)
    row = run.has('registries', 'Failed', 'ARM_READ_ERROR', 'SelectionIncomplete')
    assert row['facts']['found'] == len(registry_names(run.report)) < 30 and run.finished.code == 1
    assert {registry['canLogin'] for registry in run.report['registries']} == {'yes'}, (
        'those that were found are checked'
    )


@pytest.mark.parametrize('workers', ['1', '3'])
def test_few_workers(sandbox: Sandbox, workers: str) -> None:
    sandbox.add_registries(4, subscriptions=2, tags={'team': 'platform'})
    sandbox.set_fault('tcp@fleet001', 'silent')
    run = check(sandbox, '--all-subscriptions', *TAG, env={'AZURE_ACRHEALTH_MAX_WORKERS': workers})
    assert [registry['canLogin'] for registry in run.report['registries']] == [
        'yes',
        'no',
        'yes',
        'yes',
    ]


@pytest.mark.parametrize(
    'arguments, text',
    [
        (('--all', '--all-subscriptions'), "can't be used together"),
        (('--all', '-n', 'contoso'), '--name already specifies them'),
        (('--tag', 'a'), 'but no option selects registries'),
        (('--all', '--repository', 'hello'), 'requires exactly one registry'),
        (('--all-subscriptions', '--subscription', 'x'), "can't be used together"),
    ],
)
def test_what_is_refused(sandbox: Sandbox, arguments: tuple[str, ...], text: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments)
    assert (
        (finished.code, finished.stdout) == (1, '')
        and text in finished.stderr
        and 'Traceback' not in finished.stderr
    )


def test_a_setting_that_is_no_number(sandbox: Sandbox) -> None:
    finished = sandbox.az('acrhealth', 'check', env={'AZURE_ACRHEALTH_MAX_WORKERS': 'many'})
    assert (finished.code, finished.stdout) == (
        1,
        '',
    ) and 'acrhealth.max_workers' in finished.stderr
