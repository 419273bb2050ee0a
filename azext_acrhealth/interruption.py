# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Let the signals that ask a process to end interrupt a run as Ctrl-C does."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

# SIGHUP exists on POSIX only, SIGBREAK (Ctrl-Break, or the console is closed) on Windows only.
NAMES = ('SIGTERM', 'SIGHUP', 'SIGBREAK')

# Seconds of one wait on Windows, where Ctrl-C interrupts no wait for a lock.
_SLICE = 0.2

T = TypeVar('T')


class Interrupted(KeyboardInterrupt):
    """A signal that asks the process to end has arrived; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(f'interrupted by {signal.Signals(number).name}')
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted in the main thread when such a signal arrives in the block.

    A signal that is ignored, as by nohup, or handled by another program stays so. Without a
    handler, the first process of a container (PID 1) would ignore SIGTERM.
    Only the first one counts: a terminal that closes can send several, which must not stop what
    ends the run. Ctrl-C still does.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python sets handlers in the main thread only
        return

    arrived = list[int]()

    def interrupt(number: int, _: Any) -> None:
        arrived.append(number)
        if len(arrived) == 1:
            raise Interrupted(number)

    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    replaced = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of an interrupted run: 1 after Ctrl-C, else 128 and the signal."""
    return 128 + interrupt.number if isinstance(interrupt, Interrupted) else 1


def next_item(items: queue.SimpleQueue[T], seconds: float) -> T:
    """Return the next item of a queue, so that Ctrl-C ends the wait on every platform.

    All waits of the main thread for a check or a probe go through here. On Windows, Python handles
    Ctrl-C only between waits (bpo-35935), so a wait is divided into short ones. Raises queue.Empty
    when there is none after `seconds`.
    """
    if sys.platform != 'win32':
        return items.get(timeout=seconds)
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            return items.get(timeout=max(0.0, min(_SLICE, left)))
        except queue.Empty:
            if left <= _SLICE:
                raise
