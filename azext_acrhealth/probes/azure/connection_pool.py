# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Open connections, lent to one thread at a time."""

from __future__ import annotations

import threading

from azext_acrhealth.probes.http.connection import Connection

# A new connection takes four round trips, so about as long on a slow network (seconds); after that
# one is opened.
MAX_WAIT = 0.8


class ConnectionPool:
    """Open connections with a server. A caller waits briefly if all are in use."""

    def __init__(self) -> None:
        self._idle: list[Connection] = []
        self._in_use, self._changed = 0, threading.Condition()

    def acquire(self) -> Connection | None:
        """Return a connection; None when the caller has to open one.

        Either way `release` must be called once.
        """
        with self._changed:
            if not self._idle and self._in_use:
                self._changed.wait_for(lambda: self._idle, MAX_WAIT)
            self._in_use += 1
            return self._idle.pop() if self._idle else None

    def release(self, connection: Connection | None) -> None:
        """Take a connection back; None in place of one that is of no more use."""
        with self._changed:
            self._in_use -= 1
            if connection is not None:
                self._idle.append(connection)
            self._changed.notify()

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._changed:
            connections, self._idle = self._idle, []
        for connection in connections:
            connection.close()
