# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--wait: the real az retries transient failures until they pass or the time is up."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.acceptance.codes import SLACK
from tests.acceptance.runs import Run, assert_clean, assert_well_formed, check
from tests.sandbox.control.sandbox import Sandbox


def run_with_wait(sandbox: Sandbox, *arguments: str) -> tuple[Run, list[str]]:
    """Run the checks of contoso with --wait, and return the run and the messages about attempts."""
    finished = sandbox.az(
        'acrhealth', 'check', '-n', 'contoso', '--skip', 'environment', *arguments, '-o', 'json'
    )
    assert_clean(sandbox, finished)
    assert_well_formed(finished.json)
    return Run(finished, finished.json), [
        line for line in finished.stderr.splitlines() if 'Attempt ' in line
    ]


def start_timer(sandbox: Sandbox, seconds: float, change: Any) -> threading.Thread:
    """Change something a while after a run's first DNS query, however long its start takes."""
    sandbox.clear_requests()

    def wait() -> None:
        until = time.monotonic() + 60
        while not sandbox.dns_queries() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(seconds)
        change()

    timer = threading.Thread(target=wait)
    timer.start()
    return timer


def test_a_healthy_registry_is_tried_once(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '--wait', '30')
    assert run.report['wait']['attempts'] == 1 and run.report['wait']['seconds'] == 30
    assert 0 < run.report['wait']['healthyAfterMs'] <= run.report['durationMs']
    assert check(sandbox, '-n', 'contoso').report['wait'] is None


@pytest.mark.parametrize(
    'place, fault, check_id',
    [
        ('challenge@contoso', 'status:503', 'challenge'),
        ('tcp@contoso', 'refuse', 'connection'),
        ('exchange@contoso', 'status:429', 'refresh-token'),
        ('signin', 'status:503', 'refresh-token'),
    ],
)
def test_what_heals_is_waited_for(sandbox: Sandbox, place: str, fault: str, check_id: str) -> None:
    sandbox.set_fault(place, fault)
    timer = start_timer(sandbox, 4, lambda: sandbox.clear_faults(place))
    run, messages = run_with_wait(sandbox, '--wait', '60')
    timer.join()
    assert run.finished.code == 0 and run.report['healthy'], run.finished.stderr
    assert run.report['wait']['attempts'] == len(messages) + 1 >= 2
    assert 1000 < run.report['wait']['healthyAfterMs'] < 60000
    assert f'waiting for {check_id} (' in messages[0] and 's of --wait remaining' in messages[0]
    assert run.row(check_id)['status'] == 'Passed' and run.row('usage')['status'] == 'Passed'


def test_what_does_not_heal_ends_it_at_once(sandbox: Sandbox) -> None:
    sandbox.set_fault('challenge@contoso', 'foreignrealm')
    run, messages = run_with_wait(sandbox, '--wait', '60')
    assert run.finished.code == 1 and messages == [] and run.finished.seconds < 60
    assert run.report['wait'] == {'seconds': 60.0, 'attempts': 1, 'healthyAfterMs': None}


def test_the_time_is_up(sandbox: Sandbox) -> None:
    sandbox.set_fault('challenge@contoso', 'status:503')
    run, messages = run_with_wait(sandbox, '--wait', '12')
    assert run.finished.code == 1 and run.report['wait']['healthyAfterMs'] is None
    assert (
        run.report['wait']['attempts'] == len(messages) + 1 >= 2
        and run.finished.seconds < 12 + SLACK
    )
    assert 'ERROR: ' in run.finished.stderr and run.row('challenge')['reason'] == 'ServerError'


@pytest.mark.parametrize('fault', ['status:503', 'escape:403', 'hang'])
def test_a_failure_that_cannot_be_rechecked_stays_one(sandbox: Sandbox, fault: str) -> None:
    host = 'contoso.eastus.data.azurecr.test'
    sandbox.patch_registry(
        'contoso', {'properties': {'dataEndpointEnabled': True, 'dataEndpointHostNames': [host]}}
    )
    sandbox.set_fault(f'tcp@{host}', 'refuse')
    timer = start_timer(sandbox, 4, lambda: sandbox.set_fault('arm-list', fault))
    run, messages = run_with_wait(sandbox, '--wait', '15', '--timeout', '8')
    timer.join()
    row = run.has('data-endpoints', 'Failed', 'DATA_ENDPOINT_ERROR', 'ConnectionRefused')
    assert '; not rechecked: ' in row['detail'] and row['detail'].count('not rechecked') == 1
    assert run.finished.code == 1 and len(messages) >= 2
    assert run.row('login-server')['status'] == 'Warning'
    assert run.report['wait']['healthyAfterMs'] is None


def test_what_passed_is_not_asked_for_again(sandbox: Sandbox) -> None:
    sandbox.set_fault('exchange@contoso', 'status:503')
    sandbox.clear_requests()
    run, _ = run_with_wait(sandbox, '--wait', '12')
    assert run.report['wait']['attempts'] >= 2
    assert len(sandbox.requests('arm-usages')) == 1
    assert len(sandbox.requests('challenge')) == run.report['wait']['attempts']


@pytest.mark.parametrize('value', ['0', '-1', 'nan', 'inf'])
def test_bad_values(sandbox: Sandbox, value: str) -> None:
    finished = sandbox.az('acrhealth', 'check', f'--wait={value}')
    assert (finished.code, finished.stdout) == (
        1,
        '',
    ) and '--wait must be a positive number' in finished.stderr
