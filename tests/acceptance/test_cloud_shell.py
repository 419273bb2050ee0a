# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Azure Cloud Shell: the checks of the machine are skipped, all others run."""

from __future__ import annotations

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

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
