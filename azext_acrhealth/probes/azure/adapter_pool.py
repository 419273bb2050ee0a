# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Open connections, lent to one thread at a time."""

from __future__ import annotations

import threading
from typing import Any

# A new connection takes four round trips, so about as long on a slow network (seconds); after that
# one is opened.
MAX_WAIT = 0.8


class AdapterPool:
    """Adapters of requests with open connections. A caller waits briefly if all are in use."""

    def __init__(self) -> None:
        self._idle: list[Any] = []
        self._in_use, self._changed = 0, threading.Condition()

    def acquire(self) -> Any:
        """Return an adapter; None when the caller has to make one.

        Either way `release` must be called once.
        """
        with self._changed:
            if not self._idle and self._in_use:
                self._changed.wait_for(lambda: self._idle, MAX_WAIT)
            self._in_use += 1
            return self._idle.pop() if self._idle else None

    def release(self, adapter: Any) -> None:
        """Take an adapter back; None in place of one that is of no more use."""
        with self._changed:
            self._in_use -= 1
            if adapter is not None:
                self._idle.append(adapter)
            self._changed.notify()
