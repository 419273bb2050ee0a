# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A check in a thread: its outcome arrives, or the reference, whatever ends the thread."""

from __future__ import annotations

import queue
from typing import Any

import pytest

from azext_acrhealth import check_thread
from azext_acrhealth.check_thread import Event, key_of, start_check
from azext_acrhealth.model import Context, Job, Outcome, passed
from azext_acrhealth.scheduler import run
from azext_acrhealth.threads import silent_limits
from tests.made import context, jobs, make


def test_an_outcome_and_then_the_reference() -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    job = Job(make('a', lambda ctx, *values: passed('', values)), context())
    reference = start_check(job, context(), [1, 2], events)
    outcome: Any = events.get(timeout=20)
    assert outcome[0] == key_of(job) and outcome[1].value == (1, 2)
    assert outcome[2] is reference()
    del outcome
    assert events.get(timeout=20) is reference and reference() is None


def test_no_reference_without_one() -> None:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    reference = start_check(Job(make('a'), context()), context(), [], events)
    outcome: Any = events.get(timeout=20)
    del reference
    del outcome
    with pytest.raises(queue.Empty):
        events.get(timeout=0.2)


def test_a_check_that_ends_its_thread() -> None:
    def leaves(_: Context) -> Outcome:
        raise SystemExit(3)

    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    start_check(Job(make('a', leaves), context()), context(), [], events)
    outcome: Any = events.get(timeout=20)
    assert outcome[1].problem.reason == 'Crash'


@pytest.mark.parametrize('late', [False, True])
def test_a_thread_that_dies_has_a_row(monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    """A thread can die for lack of memory in the middle of a check, or while it reports its end."""

    class NoMemory(BaseException):
        pass

    def dies(_: Context) -> Outcome:
        if late:
            monkeypatch.setattr(check_thread, 'key_of', broken)
        else:
            monkeypatch.setattr(check_thread, '_crash', broken)
            raise NoMemory
        return passed('')

    def broken(*_: Any) -> Any:
        raise MemoryError

    with silent_limits():  # another hook, such as pytest's, would keep the thread's frames
        (result,) = run(jobs(make('a', dies), timeout=60))
    assert result.outcome.problem and result.outcome.problem.reason == 'OutOfMemory'
