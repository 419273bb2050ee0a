# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connections that are open already, lent to one user at a time."""

from __future__ import annotations

import threading
from typing import Any

# A new connection takes about so long; whoever has waited longer opens one.
PATIENCE = 0.4


class AdapterPool:
    """Adapters (of requests) with open connections.

    Whoever finds all of them lent waits a moment for one.
    """

    def __init__(self) -> None:
        self._free: list[Any] = []
        self._lent, self._changed = 0, threading.Condition()

    def lend(self) -> Any:
        """Lend an adapter; None when the borrower has to make one.

        Either way something must be given back.
        """
        with self._changed:
            if not self._free and self._lent:
                self._changed.wait_for(lambda: self._free, PATIENCE)
            self._lent += 1
            return self._free.pop() if self._free else None

    def give_back(self, adapter: Any) -> None:
        """Take an adapter back, or None in the place of one that is of no more use."""
        with self._changed:
            self._lent -= 1
            if adapter is not None:
                self._free.append(adapter)
            self._changed.notify()
