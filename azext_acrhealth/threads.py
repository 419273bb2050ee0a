# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start threads, also where the machine has no memory or no threads left."""

from __future__ import annotations

import _thread
import queue
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from azext_acrhealth.interruption import next_item
from azext_acrhealth.machine_limits import limit_of, raise_limit
from azext_acrhealth.protocols import LimitReached

# A thread that has neither begun nor ended by then (in seconds) is waiting for a processor.
_START_TIMEOUT = 5.0


class _ThreadMarker:
    """An object that only a thread's arguments refer to, so it is collected when that ends."""


ThreadReference = weakref.ref[_ThreadMarker]


def start(
    call: Callable[[], object], ended: Callable[[ThreadReference], object] | None = None
) -> ThreadReference:
    """Run a call in a daemon thread, and return a reference to the thread.

    `ended`, a function written in C, gets the reference when the thread has ended: it needs no
    memory of a thread that has none. Raises LimitReached if there is no thread left, or no memory:
    Thread.start() of the library waits for ever for a thread that dies before it begins.
    """
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    marker = _ThreadMarker()
    died = weakref.ref(marker, events.put)
    reference = weakref.ref(marker, ended)
    # A weak reference keeps its hash, which can't be computed once its object is gone.
    hash(reference)
    try:
        _thread.start_new_thread(_run, (call, events.put, marker))
    except (RuntimeError, MemoryError) as error:
        raise_limit(error)
        raise
    del marker
    try:
        first = next_item(events, _START_TIMEOUT)
    except queue.Empty:
        return reference
    if first is died:
        raise LimitReached('OutOfMemory', 'no memory for a thread')
    return reference


def _run(call: Callable[[], object], report_start: Callable[[object], None], _: object) -> None:
    report_start(True)
    call()


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
