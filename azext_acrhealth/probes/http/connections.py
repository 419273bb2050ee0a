# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connections of one registry in one attempt: opened on demand, closed together."""

from __future__ import annotations

import threading

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http.connection import Connection


class Connections:
    """Opens connections, owns them, and closes them. Deadlines are of `time.monotonic()`."""

    def __init__(self, user_agent: str = '') -> None:
        self._user_agent = user_agent
        self._lock, self._closed = threading.Lock(), False
        self._opened: list[Connection] = []
        self._shared = deadlines.OncePerKey[Connection]()

    def connect(self, host: str, deadline: float) -> Connection:
        """Return a connection to a host, begun in the background."""
        return self.prepare(host, deadline).open()

    def reach(self, host: str, deadline: float) -> Connection:
        """Return a connection to a host that layers come from, begun and shared by all callers."""

        def begin() -> Connection:
            connection = self.prepare(host, deadline)
            deadlines.background(connection.handshake)
            deadlines.background(connection.other_addresses)
            return connection

        return self._shared((host, deadline), begin)

    def prepare(self, host: str, deadline: float) -> Connection:
        """Return a connection that opens when its first result is asked for.

        A thread that was left behind may still ask after the end: its connection is closed already.
        """
        connection = Connection(host, deadline, self._user_agent)
        with self._lock:
            self._opened.append(connection)
            closed = self._closed
        if closed:
            connection.close()
        return connection

    def close(self) -> None:
        """Close all connections; those in use end in the threads that use them."""
        with self._lock:
            self._closed, opened = True, self._opened
            self._opened = []
        for connection in opened:
            connection.close()
