# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager is optional: any failure is reported and the data plane is checked."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

LOGIN_SERVER = 'LOGIN_SERVER_ERROR'
DATA_PLANE = ('dns', 'connection', 'tls', 'challenge', 'refresh-token', 'access-token')
ARM_FAULTS = [
    ('status:401', 'NotLoggedIn'),
    ('status:403', 'ArmForbidden'),
    ('status:404', 'NotFoundInArm'),
    ('forbidden', 'ArmUnavailable'),
    ('denied', 'ArmUnavailable'),
    ('body:404:text/html:<h1>no</h1>', 'ArmUnavailable'),
    ('status:429', 'ArmUnavailable'),
    ('status:500', 'ArmUnavailable'),
    ('status:503', 'ArmUnavailable'),
    ('notjson', 'ArmUnavailable'),
    ('list', 'ArmUnavailable'),
    ('null', 'ArmUnavailable'),
    ('empty', 'ArmUnavailable'),
    ('binary', 'ArmUnavailable'),
    ('deep', 'ArmUnavailable'),
    ('reset', 'ArmUnavailable'),
    ('truncated', 'ArmUnavailable'),
    ('escape', 'ArmForbidden'),
    ('endless', 'ArmUnavailable'),
    ('huge', 'ArmUnavailable'),
    ('redirect:https://evil.example.test/', 'ArmUnavailable'),
]


def assert_host_assumed(run: Run, reason: str) -> dict[str, Any]:
    """Assert that the host was assumed for a reason, and that the data plane was checked.

    Return the row.
    """
    row = run.has('login-server', 'Warning', LOGIN_SERVER, reason)
    assert row['facts']['source'] == 'Assumed' and not row['detail'].startswith('contoso')
    assert run.finished.code == 0 and {run.statuses()[name] for name in DATA_PLANE} == {'Passed'}
    assert (
        run.statuses()['encryption'] == 'Skipped'
        and 'login-server' in run.row('encryption')['detail']
    )
    registry = run.report['registries'][0]
    assert (registry['loginServer'], registry['canLogin']) == ('contoso.azurecr.test', 'yes')
    for python in ('object has no attribute', 'Expecting value', 'Connection aborted', 'NoneType'):
        assert python not in row['detail']
    return row


@pytest.mark.parametrize('spec, reason', ARM_FAULTS)
def test_list(sandbox: Sandbox, spec: str, reason: str) -> None:
    sandbox.set_fault('arm-list', spec)
    assert_host_assumed(check(sandbox, '-n', 'contoso'), reason)
    assert len(sandbox.requests('arm-list')) == 1  # no retries
    assert not sandbox.requests(host='evil.example.test')


@pytest.mark.parametrize('spec, reason', [*ARM_FAULTS, ('{}', 'ArmUnavailable')])
def test_get(sandbox: Sandbox, spec: str, reason: str) -> None:
    sandbox.set_fault('arm-get', spec)
    run = check(sandbox, '-n', 'contoso', '-g', 'rg-apps')
    if spec == '{}':
        run.has('login-server', 'Warning', LOGIN_SERVER, reason)
    else:
        assert_host_assumed(run, reason)
    assert len(sandbox.requests('arm-get')) == 1
    assert not sandbox.requests(host='evil.example.test')


@pytest.mark.parametrize(
    'place, spec',
    [
        (f'dns@{cloud.ARM_HOST}', 'nxdomain'),
        (f'tcp@{cloud.ARM_HOST}', 'refuse'),
        (f'tcp@{cloud.ARM_HOST}', 'unreachable'),
        (f'tls@{cloud.ARM_HOST}', 'cert:foreign'),
        (f'tls@{cloud.ARM_HOST}', 'plain'),
    ],
)
def test_network(sandbox: Sandbox, place: str, spec: str) -> None:
    sandbox.set_fault(place, spec)
    row = assert_host_assumed(check(sandbox, '-n', 'contoso'), 'ArmUnavailable')
    assert "Azure Resource Manager isn't reachable" in row['detail']


def test_forbidden(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm', 'status:403')
    row = assert_host_assumed(check(sandbox, '-n', 'CONTOSO'), 'ArmForbidden')
    assert row['facts']['status'] == 403 and row['facts']['correlationId']
    assert 'AuthorizationFailed' in row['detail'] and 'Ignore this warning' in row['solutions'][0]


@pytest.mark.parametrize(
    'spec, beginning',
    [
        (
            'forbidden',
            'an intermediary returned 403 (CorpProxy/2.1: Access Denied)',
        ),
        (
            'throttled:7',
            'Azure Resource Manager throttles requests (429), retry after 7 s',
        ),
        (
            'frontdoor',
            'an intermediary throttles requests (429)',
        ),
    ],
)
def test_who_answers_and_when_to_come_back(sandbox: Sandbox, spec: str, beginning: str) -> None:
    sandbox.set_fault('arm', spec)
    row = check(sandbox, '-n', 'contoso', '--only', 'login-server').has(
        'login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable'
    )
    assert row['detail'].startswith(beginning) and row['facts']['status'] in (403, 429)


def test_strict_counts_the_warning(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm', 'status:403')
    run = check(sandbox, '-n', 'contoso', '--strict', '--only', 'login-server')
    assert (
        run.finished.code == 1
        and run.report['summary']['warning'] == 1
        and run.report['summary']['failed'] == 0
    )


def test_a_typed_host_needs_no_arm(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm', 'status:403')
    run = check(sandbox, '-n', 'dnlreg-abc123def456.azurecr.test')
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmForbidden')
    assert {run.statuses()[name] for name in DATA_PLANE} == {'Passed'}
    # Its name without the label belongs to another registry, which must get no request.
    assert not [query for query in sandbox.dns_queries() if query['name'] == 'dnlreg.azurecr.test']


def test_another_subscription(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'northwind')
    row = run.has('login-server', 'Warning', LOGIN_SERVER, 'NotFoundInArm')
    assert cloud.SUBSCRIPTION in row['detail'] and [
        text for text in row['solutions'] if '--subscription' in text
    ]
    assert {run.statuses()[name] for name in DATA_PLANE} == {'Passed'}


def test_pages(sandbox: Sandbox) -> None:
    sandbox.update_settings(pageSize=1)
    run = check(sandbox, '-n', 'privreg', '--only', 'login-server')
    run.has('login-server', 'Passed')
    assert len(sandbox.requests('arm-list')) > 1
    sandbox.set_fault('arm-list', 'status:500', times=1)
    run = check(sandbox, '-n', 'privreg', '--only', 'login-server')
    run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')


@pytest.mark.parametrize(
    'patch, served',
    [
        ({'properties': {'loginServer': None, 'provisioningState': 'Creating'}}, True),
        ({'properties': {'loginServer': ''}}, True),
        # The sandbox has no data plane for these.
        ({'properties': {'loginServer': 'not a host'}}, False),
        ({'properties': {'loginServer': 7}}, False),
        ({'properties': {'loginServer': ['contoso.azurecr.test']}}, False),
        ({'properties': None}, False),
    ],
)
def test_odd_resources(sandbox: Sandbox, patch: dict[str, Any], served: bool) -> None:
    sandbox.patch_registry('contoso', patch)
    run = check(sandbox, '-n', 'contoso')
    row = run.has('login-server', 'Warning', LOGIN_SERVER, 'ArmUnavailable')
    assert (
        'no login server' in row['detail'] and row['facts']['loginServer'] == 'contoso.azurecr.test'
    )
    assert ({run.statuses()[name] for name in DATA_PLANE} == {'Passed'}) is served
    assert 'UNEXPECTED_ERROR' not in run.finished.stdout


@pytest.mark.parametrize('host, trusted', [('contoso.registry.example.test', True), (None, False)])
def test_the_host_that_arm_names_is_trusted(
    sandbox: Sandbox, host: Optional[str], trusted: bool
) -> None:
    if host:
        sandbox.patch_registry('contoso', {'properties': {'loginServer': host}})
    other = 'contoso.registry.example.test'
    run = check(sandbox, '-n', 'contoso' if trusted else other)
    assert run.report['registries'][0]['loginServer'] == other
    assert (run.row('login-server')['status'] == 'Passed') is trusted
    assert not [
        request
        for request in sandbox.requests(host='contoso.azurecr.test')
        if request['tokenReceived']
    ]
