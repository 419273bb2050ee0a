# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Signals interrupt a block, are left alone where others decide, and are restored."""

from __future__ import annotations

import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from azext_acrhealth import interruption
from azext_acrhealth.interruption import (
    _SLICE,
    Interrupted,
    abandonable,
    despite_interrupt,
    exit_status,
    interruptible,
    next_item,
    restore_handlers,
    sleep,
)

posix = pytest.mark.skipif(os.name != 'posix', reason='Windows sends no signals')
PROGRAM = """
import os, signal, sys, time
from azext_acrhealth.interruption import exit_status, interruptible
if {ignored}:
    signal.signal({number}, signal.SIG_IGN)
try:
    with interruptible():
        os.kill(os.getpid(), {number})
        time.sleep({seconds})
        print('went on')
except KeyboardInterrupt as error:
    print('interrupted', exit_status(error))
"""


def run(number: int, ignored: bool) -> str:
    program = PROGRAM.format(number=int(number), ignored=ignored, seconds=0.1 if ignored else 30)
    finished = subprocess.run(
        [sys.executable, '-c', program],
        capture_output=True,
        text=True,
        check=False,
        cwd=pathlib.Path(__file__).parents[1],
    )
    assert finished.stderr == ''
    return finished.stdout.strip()


@posix
@pytest.mark.parametrize('name, status', [('SIGTERM', 143), ('SIGHUP', 129), ('SIGINT', 1)])
def test_a_signal(name: str, status: int) -> None:
    assert run(getattr(signal, name), False) == f'interrupted {status}'


@posix
@pytest.mark.parametrize('name', ['SIGTERM', 'SIGHUP'])
def test_a_signal_that_is_ignored_stays_so(name: str) -> None:
    assert run(getattr(signal, name), True) == 'went on'


@posix
def test_windows_ends_a_console_by_a_signal_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # SIGUSR1 stands for SIGBREAK, which ends a process that doesn't handle it, too.
    monkeypatch.setattr(signal, 'SIGBREAK', signal.SIGUSR1, raising=False)
    hangup = signal.SIGHUP
    monkeypatch.delattr(signal, 'SIGHUP')
    with pytest.raises(Interrupted) as caught, interruptible():
        assert signal.getsignal(hangup) is signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(30)
    assert exit_status(caught.value) == 128 + signal.SIGUSR1


@pytest.fixture(autouse=True)
def fixture_restored() -> Iterator[None]:
    """Restore the handlers, which stay after an interruption."""
    yield
    restore_handlers()


SIGNALS = [
    getattr(signal, name) for name in ('SIGINT', 'SIGTERM', 'SIGHUP') if hasattr(signal, name)
]


@posix
@pytest.mark.parametrize('second', SIGNALS)
@pytest.mark.parametrize('first', SIGNALS)
def test_what_ends_the_run_is_not_interrupted_by_another_signal(first: int, second: int) -> None:
    ended = []
    with pytest.raises(KeyboardInterrupt) as raised, interruptible():
        try:
            os.kill(os.getpid(), first)
        finally:
            os.kill(os.getpid(), second)
            ended.append(second)
    os.kill(os.getpid(), second)  # the result is printed meanwhile
    assert exit_status(raised.value) == (1 if first == signal.SIGINT else 128 + first)
    assert ended == [second]
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), second)


@posix
@pytest.mark.parametrize('early', [False, True])
def test_a_second_ctrl_c_ends_what_may_be_abandoned(early: bool) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
    if early:
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), abandonable():
        os.kill(os.getpid(), signal.SIGHUP)  # only Ctrl-C does
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail('it went on')
    os.kill(os.getpid(), signal.SIGINT)


@posix
def test_nothing_is_abandoned_without_an_interruption() -> None:
    with abandonable():
        pass
    with interruptible(), abandonable():
        pass


@posix
def test_many_ctrl_c_end_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(interruption.os, '_exit', ended.append)
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), signal.SIGINT)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == []
    os.kill(os.getpid(), signal.SIGINT)
    assert ended == [1]


@posix
@pytest.mark.parametrize('number', SIGNALS)
def test_handlers_are_restored(number: int) -> None:
    before = signal.getsignal(number)
    with interruptible():
        assert signal.getsignal(number) is not before
    assert signal.getsignal(number) is before
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is not before
    restore_handlers()
    assert signal.getsignal(number) is before


@posix
def test_a_handler_of_another_program_stays() -> None:
    def handler(*_: object) -> None:
        """Do nothing."""

    before = signal.signal(signal.SIGTERM, handler)
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_sets_no_handler() -> None:
    seen: list[object] = []

    def work() -> None:
        with interruptible():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_exit_status() -> None:
    assert exit_status(KeyboardInterrupt()) == 1
    assert exit_status(Interrupted(signal.SIGTERM)) == 143
    assert str(Interrupted(signal.SIGTERM)) == 'interrupted by SIGTERM'


class Waits(queue.SimpleQueue):  # type: ignore[type-arg]
    """A queue that records how long each wait was meant to be."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def get(self, block: bool = True, timeout: float | None = None) -> object:
        assert timeout is not None
        self.waits.append(timeout)
        return super().get(block, timeout)


def test_waiting_for_an_item() -> None:
    items = Waits()
    items.put('first')
    assert next_item(items, 3600) == 'first'
    begun = time.monotonic()
    with pytest.raises(queue.Empty):
        next_item(items, 0.5)
    assert time.monotonic() - begun >= 0.5
    later = threading.Timer(2 * _SLICE, items.put, ['second'])
    later.start()
    assert next_item(items, 3600) == 'second'
    with pytest.raises(queue.Empty):
        next_item(items, 0)
    # Between these waits, Python raises the KeyboardInterrupt of Ctrl-C.
    assert max(items.waits) <= _SLICE and len(items.waits) > 5


def test_a_signal_that_interrupts_no_wait_is_handled_before_the_next() -> None:
    """So it is on Windows, and where the system interrupts another thread."""

    class Interrupting(Waits):
        def get(self, block: bool = True, timeout: float | None = None) -> object:
            if len(self.waits) == 2:
                raise KeyboardInterrupt
            return super().get(block, timeout)

    with pytest.raises(KeyboardInterrupt):
        next_item(Interrupting(), 3600)


@posix
def test_a_signal_that_another_thread_took_ends_a_wait() -> None:
    """The system may deliver a signal for the process to any thread; Linux mostly chooses main."""

    def take() -> None:
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    begun = time.monotonic()
    with pytest.raises(Interrupted), interruptible():
        threading.Thread(target=take, daemon=True).start()
        next_item(queue.SimpleQueue(), 20)
    assert time.monotonic() - begun < 10


@posix
def test_sleeping_is_interrupted_though_another_thread_gets_the_signal() -> None:
    started = time.monotonic()
    timer = threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGTERM))
    timer.start()
    with pytest.raises(Interrupted), interruptible():
        sleep(60)
    assert time.monotonic() < started + 30
    sleep(0)


@pytest.mark.parametrize('interruptions, result', [(0, 'done'), (1, 'done'), (2, None)])
def test_an_interruption_repeats_an_action_once(interruptions: int, result: str | None) -> None:
    left = [KeyboardInterrupt] * interruptions

    def act() -> str:
        if left:
            raise left.pop()
        return 'done'

    assert despite_interrupt(act) == result
    assert left == []
