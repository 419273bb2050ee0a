# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The clock of this machine compared with the servers' clocks, by the real command."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Optional

import pytest

from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

CODE = 'CLOCK_SKEW_ERROR'


def skew_clock(sandbox: Sandbox, ahead: float) -> None:
    """Make all servers send dates as if this machine's clock were `ahead` seconds ahead."""
    header = f'header:Date:{formatdate(time.time() - ahead, usegmt=True)}'
    sandbox.set_fault('arm', header)
    sandbox.set_fault('challenge@contoso', header)


@pytest.mark.parametrize(
    'ahead, status, reason, direction',
    [
        (120, 'Warning', 'ClockDrift', 'ahead'),
        (400, 'Failed', 'ClockFast', 'ahead'),
        (-400, 'Failed', 'ClockSlow', 'behind'),
    ],
)
def test_a_clock_that_is_wrong(
    sandbox: Sandbox, ahead: int, status: str, reason: Optional[str], direction: str
) -> None:
    skew_clock(sandbox, ahead)
    run = check(sandbox, '-n', 'contoso')
    row = run.has('clock', status, CODE, reason)
    assert direction in row['detail'] and abs(row['facts']['skewSeconds'] - ahead) < 30
    assert 'timedatectl' in row['solutions'][0] and run.finished.code == (
        1 if status == 'Failed' else 0
    )
    assert run.report['registries'][0]['canLogin'] == 'yes'


def test_one_odd_server_does_not_accuse_it(sandbox: Sandbox) -> None:
    sandbox.set_fault(
        'challenge@contoso', f'header:Date:{formatdate(time.time() - 4000, usegmt=True)}'
    )
    run = check(sandbox, '-n', 'contoso')
    row = run.has('clock', 'Passed')
    assert {source['source'] for source in row['facts']['sources']} == {
        'contoso.azurecr.test',
        'Azure Resource Manager',
    }


def test_without_a_login_server_it_is_told_by_resource_manager(sandbox: Sandbox) -> None:
    sandbox.set_fault('tcp@contoso', 'refuse')
    assert (
        check(sandbox, '-n', 'contoso')
        .has('clock', 'Passed')['detail']
        .endswith('compared with Azure Resource Manager')
    )
