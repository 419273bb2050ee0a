# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the thread that ends blocks which take too long."""

from __future__ import annotations

import _thread
import math
import os
import queue
import subprocess
import sys
import threading
import time

import pytest

from azext_acrhealth.probes import watchdog as watchdogs
from azext_acrhealth.probes.watchdog import watchdog
from azext_acrhealth.protocols import LimitReached
from tests.probes.clock import eventually


@pytest.fixture(autouse=True)
def timers(monkeypatch):
    made = watchdogs._Timers()
    monkeypatch.setattr(watchdogs, '_timers', made)
    return made


def test_a_block_that_takes_too_long():
    ended = threading.Event()
    with watchdog(0.05, ended.set):
        assert ended.wait(20)


def test_a_block_that_ends_in_time(timers):
    calls = []
    with watchdog(0.05, lambda: calls.append(1)):
        pass
    with pytest.raises(ValueError), watchdog(0.05, lambda: calls.append(2)):
        raise ValueError
    assert eventually(lambda: timers._thread is None, 20)
    assert not calls and not timers._heap


@pytest.mark.parametrize('order', [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1]])
def test_blocks_end_in_the_order_of_their_limits(order):
    ended = queue.SimpleQueue()

    def block(seconds):
        with watchdog(seconds, lambda: ended.put(seconds)):
            time.sleep(0.4)

    blocks = [threading.Thread(target=block, args=(seconds,)) for seconds in order]
    for thread in blocks:
        thread.start()
    assert [ended.get(timeout=20) for _ in order] == sorted(order)
    for thread in blocks:
        thread.join()


def test_an_endless_block_before_a_short_one():
    ended = threading.Event()
    with watchdog(math.inf, lambda: None), watchdog(0.05, ended.set):
        assert ended.wait(20)


def test_one_thread_for_all_blocks(monkeypatch, timers):
    started = []
    monkeypatch.setattr(watchdogs, 'start', lambda call: started.append(call) or (lambda: timers))
    with watchdog(10, int), watchdog(5, int), watchdog(20, int):
        pass
    assert len(started) == 1


def test_the_thread_ends_after_the_last_block(timers):
    before = _thread._count()
    with watchdog(0.05, int):
        assert eventually(lambda: timers._thread is None, 20)
    assert eventually(lambda: _thread._count() <= before, 20)
    ended = threading.Event()
    with watchdog(0.05, ended.set):
        assert ended.wait(20)


def test_a_thread_that_has_died_is_replaced(monkeypatch, timers):
    monkeypatch.setattr(watchdogs, 'start', lambda _: lambda: None)  # a reference that is dead
    missed, ended = [], threading.Event()
    with watchdog(0.05, lambda: missed.append(1)):
        monkeypatch.undo()
        monkeypatch.setattr(watchdogs, '_timers', timers)
        with watchdog(0.1, ended.set):
            assert ended.wait(20)
        assert missed  # it was due before


def test_no_thread_is_left(monkeypatch, timers):
    def refuse(_):
        raise LimitReached('TooManyProcesses', "can't start new thread")

    monkeypatch.setattr(watchdogs, 'start', refuse)
    with pytest.raises(LimitReached), watchdog(10, int):
        pass
    assert not timers._heap and timers._thread is None


def test_a_call_without_memory_leaves_the_others_their_limits():
    def fail():
        raise MemoryError

    ended = threading.Event()
    with watchdog(0.05, fail), watchdog(0.2, ended.set):
        assert ended.wait(20)


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='Windows has no fork')
def test_a_fork_during_a_block():
    finished = subprocess.run(
        [sys.executable, '-c', FORKED], capture_output=True, text=True, check=False, timeout=120
    )
    assert finished.stdout == 'made\n', finished.stderr


FORKED = """
import os, threading
from azext_acrhealth.probes.watchdog import watchdog
ended = threading.Event()
with watchdog(60, int):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        with watchdog(0.1, ended.set):
            if ended.wait(60):
                print('made', flush=True)
        os._exit(0)
"""
