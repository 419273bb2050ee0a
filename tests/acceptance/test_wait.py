# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--wait: the real az repeats what can heal, until it has or the time is up."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.acceptance.runs import Run, check, clean, well_formed
from tests.sandbox.control.sandbox import Sandbox


def waited(sandbox: Sandbox, *arguments: str) -> tuple[Run, list[str]]:
    """Run the checks of contoso with --wait; give what was said of the waiting, too."""
    done = sandbox.az(
        'acrhealth', 'check', '-n', 'contoso', '--skip', 'environment', *arguments, '-o', 'json'
    )
    clean(sandbox, done)
    well_formed(done.json)
    return Run(done, done.json), [line for line in done.stderr.splitlines() if 'Attempt ' in line]


def later(seconds: float, change: Any) -> threading.Timer:
    timer = threading.Timer(seconds, change)
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
    timer = later(4, lambda: sandbox.clear_faults(place))
    run, told = waited(sandbox, '--wait', '60')
    timer.join()
    assert run.done.code == 0 and run.report['healthy'], run.done.stderr
    assert run.report['wait']['attempts'] == len(told) + 1 >= 2
    assert 1000 < run.report['wait']['healthyAfterMs'] < 60000
    assert f'waiting for {check_id} (' in told[0] and 's of --wait are left' in told[0]
    assert run.row(check_id)['status'] == 'Passed' and run.row('usage')['status'] == 'Passed'


def test_what_does_not_heal_ends_it_at_once(sandbox: Sandbox) -> None:
    sandbox.set_fault('challenge@contoso', 'foreignrealm')
    run, told = waited(sandbox, '--wait', '60')
    assert run.done.code == 1 and told == [] and run.done.seconds < 30
    assert run.report['wait'] == {'seconds': 60.0, 'attempts': 1, 'healthyAfterMs': None}


def test_the_time_is_up(sandbox: Sandbox) -> None:
    sandbox.set_fault('challenge@contoso', 'status:503')
    run, told = waited(sandbox, '--wait', '3')
    assert run.done.code == 1 and run.report['wait']['healthyAfterMs'] is None
    assert run.report['wait']['attempts'] == len(told) + 1 >= 2 and run.done.seconds < 30
    assert 'ERROR: ' in run.done.stderr and run.row('challenge')['reason'] == 'ServerError'


def test_what_passed_is_not_asked_for_again(sandbox: Sandbox) -> None:
    sandbox.set_fault('exchange@contoso', 'status:503')
    sandbox.clear_requests()
    run, _ = waited(sandbox, '--wait', '2')
    assert run.report['wait']['attempts'] >= 2
    assert len(sandbox.requests('arm-usages')) == 1
    assert len(sandbox.requests('challenge')) == run.report['wait']['attempts']


@pytest.mark.parametrize('value', ['0', '-1', 'nan', 'inf'])
def test_bad_values(sandbox: Sandbox, value: str) -> None:
    done = sandbox.az('acrhealth', 'check', f'--wait={value}')
    assert (done.code, done.stdout) == (1, '') and '--wait must be a positive number' in done.stderr
