# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""LOGIN_SERVER_ERROR: hosts that are assumed, and hosts that get no token."""

from __future__ import annotations

import pathlib
from typing import Optional

import pytest

from tests.acceptance.codes import DNS, LOGIN_SERVER
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import azure_cli
from tests.sandbox.services import cloud


def test_no_token_is_sent_before_resource_manager_has_answered(sandbox: Sandbox) -> None:
    sandbox.set_fault('arm-list', 'slow:1.5')
    assert check(sandbox, '-n', 'contoso').finished.code == 0
    times = {request['stage']: request['time'] for request in sandbox.requests()}
    assert times['challenge'] < times['arm-list'] + 1.5 <= times['exchange'] < times['token']


def test_a_guessed_host_gets_no_token(sandbox: Sandbox) -> None:
    # Resource Manager names another host than the name suggests.
    assert check(sandbox, '-n', 'dnlreg').finished.code == 0
    guessed = sandbox.requests(host='dnlreg.azurecr.test')
    assert {request['stage'] for request in guessed} <= {'challenge'}
    assert not [
        request for request in guessed if request['tokenReceived'] or request['authorization']
    ]


class TestLoginServer:
    """LOGIN_SERVER_ERROR: hosts that are assumed, and hosts that get no token."""

    @pytest.mark.parametrize(
        'host, reason',
        [
            ('contoso.azurecr.cn', 'OtherCloud'),
            ('other.azurecr.foreign', 'UnknownSuffix'),
            ('contosoazurecr.test', 'UnknownSuffix'),
            ('contoso.azurecr.test.evil.example.test', 'UnknownSuffix'),
        ],
    )
    def test_foreign(self, sandbox: Sandbox, host: str, reason: str) -> None:
        sandbox.set_dns(host, a=['127.0.0.1'])
        run = check(sandbox, '-n', host)
        row = run.has('login-server', 'Failed', LOGIN_SERVER, reason)
        assert (
            run.statuses()['dns'] == 'Passed' and run.report['registries'][0]['loginServer'] == host
        )
        assert run.statuses()['refresh-token'] == run.statuses()['access-token'] == 'Skipped'
        assert not [
            request
            for request in sandbox.requests(host=host)
            if request['tokenReceived'] or request['authorization']
        ]
        assert not sandbox.requests('signin')
        if reason == 'OtherCloud':
            assert 'az cloud set --name AzureChinaCloud' in row['solutions'][0]
        if host == 'other.azurecr.foreign':
            assert run.statuses()['challenge'] == 'Passed'
            assert run.row('refresh-token')['detail'].startswith(f'no token is sent to {host}')

    @pytest.mark.parametrize('suffix', [None, ''])
    def test_no_suffix(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, suffix: Optional[str]
    ) -> None:
        config = sandbox.config_dir(tmp_path / 'config')
        line = f'suffix_acr_login_server_endpoint = {cloud.SUFFIX}\n'
        assert line in azure_cli.CLOUDS_CONFIG
        (config / 'clouds.config').write_text(
            azure_cli.CLOUDS_CONFIG.replace(
                line, '' if suffix is None else line.replace(cloud.SUFFIX, suffix)
            ),
            encoding='ascii',
        )
        run = check(sandbox, '-n', 'contoso', config=config)
        assert (
            run.finished.code == 0 and run.statuses()['access-token'] == 'Passed'
        )  # ARM names the host
        sandbox.set_fault('arm-list', 'status:403')
        run = check(sandbox, '-n', 'contoso', config=config)
        run.has('login-server', 'Failed', LOGIN_SERVER, 'NoSuffix')
        assert (
            run.statuses()['dns'] == 'Skipped' and run.report['registries'][0]['canLogin'] == 'no'
        )

    def test_no_such_registry(self, sandbox: Sandbox) -> None:
        run = check(sandbox, '-n', 'contosso')
        row = run.has('login-server', 'Warning', LOGIN_SERVER, 'NotFoundInArm')
        assert (
            row['facts']['loginServer'] == 'contosso.azurecr.test'
            and 'az account show' in row['solutions'][0]
        )
        run.has('dns', 'Failed', DNS, 'NameNotFound')
