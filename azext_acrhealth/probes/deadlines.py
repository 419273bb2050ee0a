# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How long anything may take (law 2 of the design), and the ways to make it end by then.

All times in seconds.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import Generic, TypeVar

RESOLVE, CONNECT_EACH, CONNECT, HANDSHAKE, REQUEST = 10.0, 5.0, 10.0, 5.0, 10.0
ARM, SIGN_IN, TOOL, PULL = 10.0, 15.0, 10.0, 45.0
CANCEL = 5.0  # beyond the deadline, for putting away an upload that was begun
DIAGNOSIS = 3.0  # for each look at why something failed

SPELLING = '%Y-%m-%dT%H:%M:%SZ'

T = TypeVar('T')


def left(deadline: float, limit: float) -> float:
    """Return the smaller of a limit and what is left until a `time.monotonic()` instant, never below a millisecond."""
    return max(0.001, min(limit, deadline - time.monotonic()))


def utc(instant: float | None = None) -> str:
    """Spell a `time.monotonic()` instant, else this one, as the local clock's UTC."""
    ago = time.monotonic() - instant if instant is not None else 0.0
    return format_utc(datetime.fromtimestamp(time.time() - ago, timezone.utc))


def format_utc(instant: datetime) -> str:
    """Spell an instant of UTC as all rows do."""
    return instant.strftime(SPELLING)


def half(deadline: float) -> float:
    """Return the instant at half of what is left until a deadline, for what must leave the other half to the rest."""
    now = time.monotonic()
    return now + (deadline - now) / 2


def background(call: Callable[[], T], name: str) -> Future[T]:
    """Run a call that cannot be cut in a daemon thread, which may be left behind.

    Its trouble comes by the future.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        # a sign-in raises anything, SystemExit too
        except BaseException as error:  # pylint: disable=broad-except
            future.set_exception(
                error if isinstance(error, Exception) else RuntimeError(f'ended by {error!r}')
            )

    threading.Thread(target=work, daemon=True, name=f'acrhealth {name}').start()
    return future


class Once(Generic[T]):
    """A call that is made once; whoever comes while it is under way waits for its result."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call, self._lock = call, threading.Lock()
        self._value: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._value:
                self._value.append(self._call())
        return self._value[0]


class OnceEach(Generic[T]):
    """Calls that are made once for each key; whoever comes with the same key shares the result."""

    def __init__(self) -> None:
        self._lock, self._calls = threading.Lock(), dict[Hashable, Once[T]]()

    def __call__(self, key: Hashable, call: Callable[[], T]) -> T:
        with self._lock:
            once = self._calls.setdefault(key, Once(call))
        return once()


class SocketGuard:
    """A second handle on a connection, by which it is cut when its time is up, whatever its owner is waiting for."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = socket.fromfd(sock.fileno(), sock.family, sock.type)  # SSLSocket has no dup()
        self.cut = False

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Cut the connection unless the block ends in time.

        A socket's own timeout is per read, this one is in all.
        """
        timer = threading.Timer(seconds, self.abort)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def abort(self) -> None:
        """Cut the connection now; whoever waits for it wakes up."""
        self.cut = True
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the handle."""
        self._sock.close()
