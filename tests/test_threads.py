# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of threads where the machine has no memory, or no threads, left."""

from __future__ import annotations

import _thread
import importlib.util
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from types import SimpleNamespace

import pytest

from azext_acrhealth import threads
from azext_acrhealth.probes import deadlines
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.threads import silent_limits, start
from tests.probes.clock import eventually


@pytest.fixture(autouse=True)
def no_idle_thread(monkeypatch):
    monkeypatch.setattr(threads, '_idle', deque())


def thread_of_call():
    """Return the ID of the thread of a new call once that has ended."""
    made = queue.SimpleQueue()
    reference = start(lambda: made.put(threading.get_ident()))
    number = made.get(timeout=20)
    assert eventually(lambda: reference() is None, 20)
    return number


def test_a_thread_makes_further_calls():
    first = thread_of_call()
    assert eventually(lambda: threads._idle, 20)
    assert thread_of_call() == first
    blocked = threading.Event()
    start(blocked.wait)
    assert thread_of_call() != first
    blocked.set()


def test_an_idle_thread_ends(monkeypatch):
    monkeypatch.setattr(threads, '_IDLE_TIMEOUT', 0.05)
    before = _thread._count()
    thread_of_call()
    assert eventually(lambda: _thread._count() <= before and not threads._idle, 20)


def test_a_call_on_its_way_to_a_thread_that_is_about_to_end(monkeypatch):
    """The inbox was taken, but the call comes after the thread's time."""
    monkeypatch.setattr(threads, '_IDLE_TIMEOUT', 0.05)
    thread_of_call()
    assert eventually(lambda: threads._idle, 20)
    inbox, made = threads._idle.pop(), queue.SimpleQueue()
    time.sleep(0.3)
    inbox.put((lambda: made.put(1), threads._CallMarker()))
    assert made.get(timeout=20) == 1


def test_a_thread_that_loses_its_memory_while_it_waits_gets_no_call(monkeypatch):
    class Inbox(queue.SimpleQueue):
        def get(self, block=True, timeout=None):
            if timeout == threads._IDLE_TIMEOUT:
                raise MemoryError
            return super().get(block, timeout)

    monkeypatch.setattr(sys, 'unraisablehook', lambda _: None)
    before = _thread._count()
    monkeypatch.setattr(threads.queue, 'SimpleQueue', Inbox)
    made = threading.Event()
    start(made.set)
    assert made.wait(20) and eventually(lambda: _thread._count() <= before, 20)
    assert not threads._idle


def test_a_call_that_raises_ends_its_thread(monkeypatch):
    monkeypatch.setattr(sys, 'unraisablehook', lambda _: None)
    before = _thread._count()
    start(lambda: 1 / 0)
    assert eventually(lambda: _thread._count() <= before, 20) and not threads._idle
    assert thread_of_call()


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='Windows has no fork')
def test_a_fork_has_no_idle_threads():
    finished = subprocess.run(
        [sys.executable, '-c', FORKED], capture_output=True, text=True, check=False, timeout=120
    )
    assert finished.stdout == 'made\n', finished.stderr


def test_windows_has_no_fork(monkeypatch):
    monkeypatch.delattr(os, 'register_at_fork', raising=False)
    name = 'azext_acrhealth.threads'
    spec = importlib.util.spec_from_file_location(name, threads.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = queue.SimpleQueue()
    module.start(lambda: made.put(1))
    assert made.get(timeout=20) == 1


FORKED = """
import os, queue
from azext_acrhealth import threads
made = queue.SimpleQueue()
threads.start(lambda: made.put(1))
made.get(timeout=60)
while not threads._idle:
    pass
child = os.fork()
if child:
    os.waitpid(child, 0)
else:
    threads.start(lambda: made.put('made'))
    print(made.get(timeout=60), flush=True)
    os._exit(0)
"""


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
        assert len(arguments) == 2
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
