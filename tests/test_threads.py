# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of threads where the machine has no memory, or no threads, left."""

from __future__ import annotations

import _thread
import subprocess
import sys
from types import SimpleNamespace

import pytest

from azext_acrhealth import threads
from azext_acrhealth.probes import deadlines
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.threads import silent_limits, start
from tests.probes.clock import eventually


def test_no_thread_is_left(monkeypatch):
    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads._thread, 'start_new_thread', refuse)
    with pytest.raises(LimitReached) as caught:
        start(int)
    assert caught.value.kind == 'TooManyProcesses'
    with pytest.raises(LimitReached):
        deadlines.background(int)


def test_a_thread_that_dies_before_it_begins(monkeypatch):
    begin = threads._thread.start_new_thread

    def without_memory(_, arguments):
        assert len(arguments) == 3
        return begin(lambda *_: None, arguments)  # its arguments end with it

    monkeypatch.setattr(threads._thread, 'start_new_thread', without_memory)
    with pytest.raises(LimitReached, match='no memory for a thread') as caught:
        start(int)
    assert caught.value.kind == 'OutOfMemory'


def test_a_thread_that_waits_for_a_processor_is_no_failure(monkeypatch):
    monkeypatch.setattr(threads, '_START_TIMEOUT', 0.01)
    monkeypatch.setattr(threads._thread, 'start_new_thread', lambda *_: held.append(_))
    held = []
    start(int)
    assert held


@pytest.mark.parametrize('error', [MemoryError(), RuntimeError("can't start new thread")])
def test_a_thread_without_memory_prints_nothing(capfd, error):
    def work():
        raise error

    with silent_limits():
        before = _thread._count()
        start(work)
        assert eventually(lambda: _thread._count() <= before, 20)
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize(
    'error, hidden',
    [(MemoryError(), True), (None, True), (ValueError('odd'), False)],
)
@pytest.mark.parametrize('of_thread', [True, None, False])
def test_what_is_hidden_of_unraisable_errors(monkeypatch, error, hidden, of_thread):
    """Python 3.13 and later have no object for an error of a thread."""
    printed = []
    monkeypatch.setattr(sys, 'unraisablehook', printed.append)
    unraisable = SimpleNamespace(
        exc_value=error, object={True: threads._run, None: None, False: int}[of_thread]
    )
    with silent_limits():
        sys.unraisablehook(unraisable)
    assert printed == ([] if hidden and of_thread is not False else [unraisable])
    assert sys.unraisablehook == printed.append


def test_other_errors_of_threads_are_printed(capfd, monkeypatch):
    monkeypatch.setattr(sys, 'unraisablehook', sys.__unraisablehook__)

    def work():
        raise ValueError('odd')

    with silent_limits():
        before = _thread._count()
        start(work)
        assert eventually(lambda: _thread._count() <= before, 20)
    assert 'ValueError: odd' in capfd.readouterr().err


# A process whose memory is limited in earnest, after it has imported what it needs.
LIMITED = """
import resource, sys, threading
from azext_acrhealth.threads import start
from azext_acrhealth.protocols import LimitReached
held, kinds = threading.Event(), set()
pages = int(open('/proc/self/statm').read().split()[0])
size = pages * resource.getpagesize() + {spare}
resource.setrlimit(resource.RLIMIT_AS, (size, size))
for _ in range(500):
    try:
        start(held.wait)
    except LimitReached as error:
        kinds.add(error.kind)
        break
held.set()
print(*kinds)
"""


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='only Linux has /proc')
@pytest.mark.parametrize('spare', [0, 2**20, 9 * 2**20, 20 * 2**20, 100 * 2**20])
def test_a_thread_under_a_real_limit_on_memory(spare):
    finished = subprocess.run(
        [sys.executable, '-c', LIMITED.format(spare=spare)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 'Traceback' not in finished.stderr
    assert finished.stdout.strip() == 'OutOfMemory', finished.stderr
