# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The proxy settings, reported for each host of the registry, by the real command."""

from __future__ import annotations

import pytest

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

PROXY, SHOWN = 'http://joe:s3cret@proxy.sandbox.test:3128', 'http://proxy.sandbox.test:3128'
HOST, CODE = 'contoso.azurecr.test', 'CONNECTIVITY_PROXY_ERROR'


@pytest.mark.parametrize(
    'settings, detail',
    [
        ({}, f'no proxy: {HOST} is reached directly'),
        ({'HTTPS_PROXY': PROXY}, f'{HOST} is reached through {SHOWN} (HTTPS_PROXY)'),
        (
            {'HTTPS_PROXY': PROXY, 'NO_PROXY': '.test'},
            f'{HOST} is reached directly, bypassing the proxy (NO_PROXY entry `.test`)',
        ),
    ],
)
def test_settings_that_fit(sandbox: Sandbox, settings: dict[str, str], detail: str) -> None:
    run = check(sandbox, '-n', 'contoso', env=settings)
    row = run.has('proxy', 'Passed')
    assert row['detail'] == detail and 's3cret' not in run.finished.stdout
    assert run.finished.code == 0 and run.statuses()['access-token'] == 'Passed'


def test_a_private_address_through_the_proxy(sandbox: Sandbox) -> None:
    sandbox.set_dns(HOST, a=['10.1.2.3'])
    run = check(sandbox, '-n', 'contoso', env={'HTTPS_PROXY': PROXY})
    row = run.has('proxy', 'Warning', CODE, 'PrivateAddressThroughProxy')
    assert f'`export NO_PROXY={HOST}`' in row['solutions'][0] and '10.1.2.3' in row['detail']
    assert run.finished.code == 0 and 's3cret' not in run.finished.stdout


def test_a_setting_that_cannot_be_read(sandbox: Sandbox) -> None:
    run = check(
        sandbox,
        '-n',
        'contoso',
        '--only',
        'connection',
        'proxy',
        env={'HTTPS_PROXY': 'http://joe:123#s3cret@proxy.sandbox.test:3128'},
    )
    run.has('proxy', 'Warning', CODE, 'ProxyUnreadable')
    run.has('connection', 'Failed', 'CONNECTIVITY_CHALLENGE_ERROR', 'InvalidProxy')
    assert run.report['client']['proxy'] == 'unreadable' and 's3cret' not in run.finished.stdout


def test_two_spellings(sandbox: Sandbox) -> None:
    run = check(
        sandbox,
        '-n',
        'contoso',
        env={'https_proxy': PROXY, 'HTTPS_PROXY': 'http://other.example.test'},
    )
    row = run.has('proxy', 'Warning', CODE, 'ConflictingSettings')
    assert 'export HTTPS_PROXY="$https_proxy"' in row['solutions'][0]
