# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start threads, also where the machine has no memory or no threads left."""

from __future__ import annotations

import _thread
import os
import queue
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from azext_acrhealth.interruption import next_item
from azext_acrhealth.machine_limits import limit_of, raise_limit
from azext_acrhealth.protocols import LimitReached

# A thread that has neither begun nor ended by then (in seconds) is waiting for a processor.
_START_TIMEOUT = 5.0
# How long (in seconds) a thread that has made its call waits for another one.
_IDLE_TIMEOUT = 1.0


class _CallMarker:
    """An object that only the thread of a call refers to, so it is collected when that ends."""


CallReference = weakref.ref[_CallMarker]
_Call = tuple[Callable[[], object], _CallMarker]

# Where the threads that have made their calls wait for others. A run makes thousands of short
# calls, and starting a thread takes longer than most of them.
_idle: deque[queue.SimpleQueue[_Call]] = deque()


def in_each_fork(call: Callable[[], object]) -> None:
    """Make a call in every fork of this process from now on: a fork doesn't have its threads."""
    if hasattr(os, 'register_at_fork'):  # not on Windows
        os.register_at_fork(after_in_child=call)


in_each_fork(_idle.clear)


def start(call: Callable[[], object]) -> CallReference:
    """Make a call in a daemon thread, and return a reference that is dead once the call ended.

    Raises LimitReached if there is no thread left, or no memory.
    """
    marker = _CallMarker()
    reference = weakref.ref(marker)
    calls = [(call, marker)]
    del marker
    try:
        inbox = _idle.pop()
    except IndexError:
        _start_thread(calls)
    else:
        inbox.put(calls.pop())
    return reference


def _start_thread(calls: list[_Call]) -> None:
    """Start a thread for the call in a list, which is emptied.

    Thread.start() of the library waits for ever for a thread that dies before it begins.
    """
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    died = weakref.ref(calls[0][1], events.put)
    try:
        _thread.start_new_thread(_run, (calls.copy(), events.put))
    except (RuntimeError, MemoryError) as error:
        raise_limit(error)
        raise
    calls.clear()
    try:
        first = next_item(events, _START_TIMEOUT)
    except queue.Empty:
        return
    if first is died:
        raise LimitReached('OutOfMemory', 'no memory for a thread')


def _run(calls: list[_Call], report_start: Callable[[object], None]) -> None:
    # The list is emptied, since a thread refers to its arguments until it ends.
    report_start(True)
    inbox: queue.SimpleQueue[_Call] = queue.SimpleQueue()
    while calls:
        call, marker = calls.pop()
        call()
        del call, marker
        _idle.append(inbox)
        while not calls:
            try:
                calls.append(inbox.get(timeout=_IDLE_TIMEOUT))
            except queue.Empty:
                try:
                    _idle.remove(inbox)
                except ValueError:
                    continue  # a call is under way
                return
            except BaseException:  # no memory; no call may be put there any more
                with suppress(ValueError):
                    _idle.remove(inbox)
                raise


@contextmanager
def silent_limits() -> Iterator[None]:
    """Let no thread print a traceback because it had no memory: its check's row reports that."""
    previous = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        error = unraisable.exc_value
        # Python 3.13 and later name a thread's function in `err_msg` only, without memory nowhere.
        of_thread = unraisable.object is _run or unraisable.object is None
        if not of_thread or (error is not None and limit_of(error) is None):
            previous(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = previous
