# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""End a block that takes too long, by a call that one thread makes for all blocks."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from azext_acrhealth.threads import CallReference, in_each_fork, start

_Call = Callable[[], object]


class _Timers:
    """Calls to make at instants of `time.monotonic()`, all in one thread."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all calls and the thread, which a fork doesn't have."""
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int, list[_Call]]] = []  # a list is empty once it is removed
        self._thread: CallReference | None = None
        self._next = 0.0  # the instant that the thread waits for

    def add(self, instant: float, call: _Call) -> list[_Call]:
        """Add a call, which must be short, and return what `remove` takes.

        Raises LimitReached if there is no thread for it.
        """
        calls = [call]
        with self._changed:
            # Without memory, a thread may have ended before its time.
            if self._thread is None or self._thread() is None:
                self._thread, self._next = start(self._make_calls), instant
            heapq.heappush(self._heap, (instant, next(self._numbers), calls))
            if instant < self._next:
                self._changed.notify()
        return calls

    def remove(self, calls: list[_Call]) -> None:
        """Remove a call, unless it was made."""
        calls.clear()
        with self._changed:
            while self._heap and not self._heap[0][2]:
                heapq.heappop(self._heap)

    def _make_calls(self) -> None:
        calls = self._wait()
        while calls is not None:
            for call in calls:
                with suppress(MemoryError):  # the other blocks have their limits, too
                    call()
            calls = self._wait()

    def _wait(self) -> list[_Call] | None:
        """Wait for the next call, and return it; None when there is none left."""
        with self._changed:
            while self._heap:
                self._next, _, calls = self._heap[0]
                left = self._next - time.monotonic()
                if left <= 0 or not calls:
                    heapq.heappop(self._heap)
                    return calls.copy()
                self._changed.wait(min(left, threading.TIMEOUT_MAX))
            self._thread = None
            return None


_timers = _Timers()
in_each_fork(_timers.clear)


@contextmanager
def watchdog(seconds: float, call: Callable[[], object]) -> Iterator[None]:
    """Make a short call in another thread unless the block ends within `seconds`."""
    calls = _timers.add(time.monotonic() + seconds, call)
    try:
        yield
    finally:
        _timers.remove(calls)
