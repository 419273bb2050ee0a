# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Cloud Shell: the checks of the machine are skipped, all others run with its tokens."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.components import lacks
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

CLOUD_SHELL = {'ACC_CLOUD': 'PROD'}
WHY = 'not supported in Azure Cloud Shell'


def test_a_registry(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '--yes', environment=True, env=CLOUD_SHELL)
    machine = [row for row in run.report['checks'] if row['category'] == 'environment']
    assert len(machine) == 7 and {(row['status'], row['detail']) for row in machine} == {
        ('Skipped', WHY)
    }
    assert run.report['client']['cloudShell'] is True and run.finished.code == 0
    assert run.statuses('contoso')['access-token'] == 'Passed' and not sandbox.requests('mcr')


def test_without_a_registry(sandbox: Sandbox) -> None:
    run = check(sandbox, environment=True, env=CLOUD_SHELL)
    assert run.report['healthy'] is True and run.report['summary']['skipped'] == 7 == len(
        run.report['checks']
    )


def test_left_out_by_the_user_too(sandbox: Sandbox) -> None:
    run = check(
        sandbox,
        '-n',
        'contoso',
        '--skip',
        'helm-client',
        '--only',
        'environment',
        'dns',
        environment=True,
        env=CLOUD_SHELL,
    )
    assert run.row('engine-client')['detail'] == WHY
    assert (
        run.row('helm-client')['detail'] in (WHY, 'excluded by --skip')
        and run.row('dns')['status'] == 'Passed'
    )


def test_elsewhere(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '--only', 'dns', environment=True)
    assert run.report['client']['cloudShell'] is False


class TestItsOwnAccount:
    """The account of Cloud Shell, whose tokens are for a fixed list of audiences."""

    VARIABLES = {**CLOUD_SHELL, 'AZUREPS_HOST_ENVIRONMENT': 'cloud-shell/1.0'}
    ARM = f'https://{cloud.ARM_HOST}/'

    @pytest.fixture
    def config(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> pathlib.Path:
        if sandbox.info['kind'] == 'wrapper':
            lacks('ports of its own take private namespaces')
        config = sandbox.config_dir(tmp_path / 'config', login=False)
        login = sandbox.az('login', '--identity', config=config, env=self.VARIABLES)
        assert login.code == 0, login.stderr
        return config

    def check_registry(self, sandbox: Sandbox, config: pathlib.Path, *arguments: str) -> Run:
        return check(sandbox, '-n', 'contoso', *arguments, config=config, env=self.VARIABLES)

    def test_a_healthy_registry(self, sandbox: Sandbox, config: pathlib.Path) -> None:
        run = self.check_registry(sandbox, config, '--image', 'hello:v1', '--push')
        row = run.has(
            'refresh-token', 'Warning', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'OtherAudienceWorks'
        )
        assert run.finished.code == 0 and run.report['healthy'] is True
        assert f'only the audience {self.ARM} works' in row['detail']
        assert 'is not a supported MSI token audience' in row['detail']
        assert f'`az config set acr.audience_resource={self.ARM}`' in ' '.join(row['solutions'])
        registry = run.report['registries'][0]
        assert [registry[verdict] for verdict in ('canLogin', 'canPull', 'canPush')] == ['yes'] * 3
        shown = run.finished.stdout + run.finished.stderr
        assert 'az logout' not in shown and 'credential problem' not in shown

    def test_the_setting_that_it_suggests(self, sandbox: Sandbox, config: pathlib.Path) -> None:
        setting = f'acr.audience_resource={self.ARM}'
        assert sandbox.az('config', 'set', setting, config=config).code == 0
        run = self.check_registry(sandbox, config)
        run.has('refresh-token', 'Passed')
        exposed = ('acr', 'login', '-n', 'contoso', '--expose-token')
        finished = sandbox.az(*exposed, config=config, env=self.VARIABLES)
        assert finished.code == 0, finished.stderr

    def test_a_registry_that_needs_its_own_audience(
        self, sandbox: Sandbox, config: pathlib.Path
    ) -> None:
        policy = {'azureADAuthenticationAsArmPolicy': {'status': 'disabled'}}
        sandbox.patch_registry('contoso', {'properties': {'policies': policy}})
        run = self.check_registry(sandbox, config)
        run.has(
            'refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'ArmAudienceDisabled'
        )
