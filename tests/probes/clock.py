# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Deadlines and stopwatches for tests."""

from __future__ import annotations

import time
from collections.abc import Callable

# What takes no longer didn't wait for a limit, since all limits are 5 s or more unless a test
# shortens them. A busy machine may need some of it.
PROMPT = 4.5


def soon(seconds: float = 30.0) -> float:
    """Return a deadline that tests don't reach."""
    return time.monotonic() + seconds


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Return whether a condition holds within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Watch:
    """A stopwatch: `took` is how long the block took, in seconds."""

    took = 0.0

    def __enter__(self) -> 'Watch':
        self._since = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.took = time.monotonic() - self._since
