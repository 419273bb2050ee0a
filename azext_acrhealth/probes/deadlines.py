# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Time limits of all operations (law 2 of the design), and the means to enforce them.

All limits are in seconds; a deadline is an instant of `time.monotonic()`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import Generic, TypeVar

from azext_acrhealth.probes.watchdog import watchdog
from azext_acrhealth.threads import start

RESOLVE, CONNECT_EACH, CONNECT, HANDSHAKE, REQUEST = 10.0, 5.0, 10.0, 5.0, 10.0
ARM, SIGN_IN, TOOL, PULL = 10.0, 15.0, 10.0, 45.0
CLUSTER_PULL, NO_NODE = 60.0, 20.0  # a pull by a node, and the wait for a node to do it
RUN_COMMAND = 60.0  # until Azure Resource Manager has started a command in a cluster
DELETE = 10.0  # past the deadline, to delete the pod of a pull
CANCEL = 5.0  # past the deadline, to cancel an upload that was started
DIAGNOSIS = 3.0  # for each diagnosis of a failure
# A server that lists thousands of resources must not start a thread for each.
IN_PARALLEL = 25

T = TypeVar('T')


def left(deadline: float, limit: float) -> float:
    """Return the smaller of a limit and the time left until a deadline, at least a millisecond."""
    return max(0.001, min(limit, deadline - time.monotonic()))


def utc(instant: float | None = None) -> str:
    """Return a `time.monotonic()` instant, by default now, as the local clock's UTC."""
    age = time.monotonic() - instant if instant is not None else 0.0
    return format_utc(datetime.fromtimestamp(time.time() - age, timezone.utc))


def format_utc(instant: datetime) -> str:
    """Format a UTC time as all results show it."""
    return instant.replace(tzinfo=None).isoformat(timespec='seconds') + 'Z'


def half(deadline: float) -> float:
    """Return the instant halfway to a deadline, for a step that must leave time for the rest."""
    now = time.monotonic()
    return now + (deadline - now) / 2


def background(call: Callable[[], T]) -> Future[T]:
    """Run a call that cannot be interrupted in a daemon thread, which the caller may abandon.

    Its exceptions are raised by the future.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        # The CLI's sign-in raises anything, even SystemExit.
        except BaseException as error:  # pylint: disable=broad-except
            future.set_exception(
                error if isinstance(error, Exception) else RuntimeError(f'ended by {error!r}')
            )

    start(work)
    return future


def run_all(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Return the results of calls that run in the background, IN_PARALLEL of them at a time."""
    results = list[T]()
    for first in range(0, len(calls), IN_PARALLEL):
        pending = [background(call) for call in calls[first : first + IN_PARALLEL]]
        results += [future.result() for future in pending]
    return results


class Once(Generic[T]):
    """A call that is made once; concurrent callers wait for its result and share it."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call, self._lock = call, threading.Lock()
        self._value: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._value:
                self._value.append(self._call())
        return self._value[0]

    def results(self) -> list[T]:
        """Return the result in a list, which is empty before the call."""
        return list(self._value)


class OncePerKey(Generic[T]):
    """Calls that are made once for each key; callers with the same key share the result."""

    def __init__(self) -> None:
        self._lock, self._calls = threading.Lock(), dict[Hashable, Once[T]]()

    def __call__(self, key: Hashable, call: Callable[[], T]) -> T:
        with self._lock:
            once = self._calls.setdefault(key, Once(call))
        return once()

    def results(self) -> list[T]:
        """Return the results of the calls that were made."""
        with self._lock:
            calls = list(self._calls.values())
        return [result for once in calls for result in once.results()]


class SocketGuard:
    """A second handle on a socket that shuts it down when its time is up, even during a read."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = socket.fromfd(sock.fileno(), sock.family, sock.type)  # SSLSocket has no dup()
        self.aborted = False

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Shut the connection down unless the block ends within `seconds`.

        A socket's own timeout applies to each read; this one applies to all of them together.
        """
        with watchdog(seconds, self.abort):
            yield

    def abort(self) -> None:
        """Shut the connection down now, which wakes up a thread that reads from it."""
        self.aborted = True
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the handle."""
        self._sock.close()
