# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Open connections, lent to one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from azext_acrhealth.probes.http.connection import Connection

# A new connection takes four round trips, so about as long on a slow network (seconds); after that
# one is opened.
MAX_WAIT = 0.8


class ConnectionPool:
    """Connections with a server, each lent to one caller at a time."""

    def __init__(self) -> None:
        self._idle: list[Connection] = []
        self._lent = set[Connection]()
        self._closed, self._changed = False, threading.Condition()

    def acquire(self, make: Callable[[], Connection]) -> Connection:
        """Return an idle connection, or a new one if all stay in use for a while.

        `release` must be called once for it. Raises what `make` raises.
        """
        with self._changed:
            if not self._idle and self._lent:
                self._changed.wait_for(lambda: self._idle, MAX_WAIT)
            connection = self._idle.pop() if self._idle else make()
            self._lent.add(connection)
            return connection

    def release(self, connection: Connection, usable: bool) -> None:
        """Take a connection back, and close it if it isn't usable any more."""
        with self._changed:
            self._lent.discard(connection)
            kept = usable and not self._closed
            if kept:
                self._idle.append(connection)
            self._changed.notify()
        if not kept:
            connection.close()

    def close(self) -> None:
        """Close all connections, also those in use."""
        with self._changed:
            self._closed = True
            connections, self._idle = [*self._idle, *self._lent], []
        for connection in connections:
            connection.close()
