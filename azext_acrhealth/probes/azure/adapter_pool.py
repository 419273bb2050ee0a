# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Open connections, lent to one thread at a time."""

from __future__ import annotations

import threading
from typing import Any

# A new connection takes about as long (seconds); after that one is opened.
PATIENCE = 0.4


class AdapterPool:
    """Adapters of requests with open connections. Who finds all of them lent waits briefly."""

    def __init__(self) -> None:
        self._idle: list[Any] = []
        self._lent, self._changed = 0, threading.Condition()

    def lend(self) -> Any:
        """Return an adapter; None when the caller has to make one.

        Either way `give_back` must be called once.
        """
        with self._changed:
            if not self._idle and self._lent:
                self._changed.wait_for(lambda: self._idle, PATIENCE)
            self._lent += 1
            return self._idle.pop() if self._idle else None

    def give_back(self, adapter: Any) -> None:
        """Take an adapter back; None in place of one that is of no more use."""
        with self._changed:
            self._lent -= 1
            if adapter is not None:
                self._idle.append(adapter)
            self._changed.notify()
