# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How far a run has come, as it is told on stderr."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from azext_acrhealth import progress
from azext_acrhealth.model import failed, passed, warned
from azext_acrhealth.options import Cluster
from tests.made import ONE, PROBLEM, TWO, jobs, make, result


class Terminal:
    """A stream that somebody looks at."""

    def __init__(self, there: bool = True) -> None:
        self.isatty = lambda: there


@pytest.mark.parametrize(
    'stream, there', [(Terminal(), True), (Terminal(False), False), (None, False)]
)
def test_a_stream_that_the_shell_closed_is_no_terminal(stream: Any, there: bool) -> None:
    assert progress.on_terminal(stream) is there


@pytest.fixture(name='told')
def fixture_told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the indicator showed, on a terminal."""
    monkeypatch.setattr(progress, 'on_terminal', lambda _: True)
    return []


def begun(told: list[str]) -> progress.Progress:
    hook = SimpleNamespace(
        begin=lambda message: told.append(message),
        end=lambda: told.append('end'),
        add=lambda message: told.append(message),
    )
    config = SimpleNamespace(getboolean=lambda *_: False)
    return progress.Progress(
        SimpleNamespace(only_show_errors=False, config=config, get_progress_controller=lambda: hook)
    )


def test_one_registry(told: list[str], caplog: pytest.LogCaptureFixture) -> None:
    with begun(told) as shown:
        shown.expect(jobs(make('a'), make('b')))
        shown.running(jobs(make('a'), make('b')))
        shown.ended(result('a', passed('')))
        shown.running(jobs(make('b')))
        shown.ended(result('b', failed(PROBLEM, '')))
        shown.running([])
    assert told == [
        'Checking',
        '0 of 2 checks completed, running: a, b',
        '1 of 2 checks completed, running: b',
        '2 of 2 checks completed',
        'end',
    ]
    assert caplog.text == ''


def test_a_cluster_is_no_registry(told: list[str]) -> None:
    pair = ONE._replace(cluster=Cluster('aks1'))
    with begun(told) as shown:
        shown.expect([*jobs(make('a')), *jobs(make('b', per='cluster'), target=pair)])
        shown.ended(result('a', passed('')))
        shown.running(jobs(make('b', per='cluster'), target=pair))
    assert told == ['Checking', '1 of 2 checks completed, running: b of aks1', 'end']


def test_many_running_checks_are_counted(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('COLUMNS', '80')
    with begun(told) as shown:
        shown.running(jobs(*map(make, 'abcde')))
        shown.running(jobs(make('a' * 90)))
    assert told[1:-1] == [
        '0 of 0 checks completed, running: a, b, c, 2 more',
        f'0 of 0 checks completed, running: {"a" * 35}…',
    ]


def test_several_registries(told: list[str], caplog: pytest.LogCaptureFixture) -> None:
    bad = failed(PROBLEM, '')
    with caplog.at_level(logging.WARNING), begun(told) as shown:
        shown.expect(jobs(make('m'), target=None))
        shown.expect([*jobs(make('a'), make('b')), *jobs(make('a'), make('b'), target=TWO)])
        for one in (
            result('m', bad, None),
            result('a', warned(PROBLEM, '')),
            result('a', bad, TWO),
            result('b', bad, TWO),
            result('b', passed(''), ONE),
        ):
            shown.ended(one)
            shown.running(jobs(make('b')) if one.target else [])
    assert [one.message for one in caplog.records] == [
        'registrytwo failed: a (TEST_ERROR, Reason). 0 of 2 registries done.'
    ]
    assert told == [
        'Checking',
        '0 of 2 registries done, none failing so far',
        '0 of 2 registries done, none failing so far, running: b of registryone',
        '0 of 2 registries done, 1 failing, running: b of registryone',
        '1 of 2 registries done, 1 failing, running: b of registryone',
        '2 of 2 registries done, 1 failing, running: b of registryone',
        'end',
    ]
