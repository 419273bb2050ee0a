# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Let the signals that ask a process to end interrupt a run as Ctrl-C does."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

# SIGHUP exists on POSIX only, SIGBREAK (Ctrl-Break, or the console is closed) on Windows only.
NAMES = ('SIGTERM', 'SIGHUP', 'SIGBREAK')

# Seconds of one wait that a signal may not interrupt.
_SLICE = 0.2

# After so many Ctrl-C, another one ends the process without a result.
_PATIENCE = 3

T = TypeVar('T')


class Interrupted(KeyboardInterrupt):
    """A signal that asks the process to end has arrived; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(f'interrupted by {signal.Signals(number).name}')
        self.number = number


class _Handlers:
    """The handlers of this process's signals, and the signals that have arrived.

    A signal that is ignored, as by nohup, or handled by another program stays so. Without a
    handler, the first process of a container (PID 1) would ignore SIGTERM.
    """

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.may_abandon = False
        self._replaced: dict[int, Any] = {}
        defaults: dict[int, Any] = {signal.SIGINT: signal.default_int_handler}
        for name in NAMES:
            if hasattr(signal, name):
                defaults[getattr(signal, name)] = signal.SIG_DFL
        for number, default in defaults.items():
            if signal.getsignal(number) is default:
                self._replaced[number] = signal.signal(number, self._handle)

    def _handle(self, number: int, _: Any) -> None:
        self.arrived.append(number)
        if len(self.arrived) == 1:
            raise KeyboardInterrupt if number == signal.SIGINT else Interrupted(number)
        if number == signal.SIGINT:
            self._hurry()

    def _hurry(self) -> None:
        """End what may be abandoned; after a third Ctrl-C, end the process."""
        if self.may_abandon:
            self.may_abandon = False
            raise KeyboardInterrupt
        if self.arrived.count(signal.SIGINT) > _PATIENCE:
            os._exit(1)

    def restore(self) -> None:
        """Restore the handlers of the signals."""
        for number, handler in self._replaced.items():
            signal.signal(number, handler)
        self._replaced.clear()


_handlers: list[_Handlers] = []


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted, or KeyboardInterrupt, in the main thread when a signal arrives.

    Only the first signal does: a terminal that closes can send several, and none of them may stop
    what ends the run and prints its result. So after an interruption, the handlers stay until
    `restore_handlers` is called.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python sets handlers in the main thread only
        return
    restore_handlers()
    handlers = _Handlers()
    _handlers.append(handlers)
    try:
        yield
    finally:
        if not handlers.arrived:
            restore_handlers()


def restore_handlers() -> None:
    """Restore the handlers that the signals had before `interruptible`."""
    while _handlers:
        _handlers.pop().restore()


@contextmanager
def abandonable() -> Iterator[None]:
    """Let a second Ctrl-C end a block that waits for what an interrupted run cleans up."""
    handlers = _handlers[-1] if _handlers else None
    if handlers:
        if signal.SIGINT in handlers.arrived[1:]:
            raise KeyboardInterrupt
        handlers.may_abandon = True
    try:
        yield
    finally:
        if handlers:
            handlers.may_abandon = False


def despite_interrupt(action: Callable[[], T]) -> T | None:
    """Return what an action returns, and call it again if a signal interrupts it.

    A second interruption ends it; then there is None.
    """
    for _ in range(2):
        try:
            return action()
        except KeyboardInterrupt:
            continue
    return None


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of an interrupted run: 1 after Ctrl-C, else 128 and the signal."""
    return 128 + interrupt.number if isinstance(interrupt, Interrupted) else 1


def next_item(items: queue.SimpleQueue[T], seconds: float) -> T:
    """Return the next item of a queue, so that Ctrl-C ends the wait on every platform.

    All waits of the main thread for another one go through here. On Windows, Python handles Ctrl-C
    only between waits (bpo-35935). Elsewhere the system may interrupt another thread than the main
    one, whose handler then runs between waits, too. So a wait is divided into short ones. Raises
    queue.Empty when there is none after `seconds`.
    """
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            return items.get(timeout=max(0.0, min(_SLICE, left)))
        except queue.Empty:
            if left <= _SLICE:
                raise


def sleep(seconds: float) -> None:
    """Wait, so that Ctrl-C ends the wait on every platform."""
    with suppress(queue.Empty):
        next_item(queue.SimpleQueue[None](), seconds)
