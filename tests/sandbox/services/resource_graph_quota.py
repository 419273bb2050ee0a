# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Resource Graph's quota of queries per user (guidance for throttled requests: 15 in 5 seconds)."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from typing import Any


class Quota:
    """The queries that each user has left in a window of time."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, user: str, settings: Mapping[str, Any]) -> tuple[int, str]:
        """Count a query; return how many are left (negative: too many) and the window's end."""
        now, length = time.monotonic(), float(settings['graphWindow'])
        with self._lock:
            begin, used = self._windows.get(user, (now, 0))
            if now - begin >= length:
                begin, used = now, 0
            self._windows[user] = (begin, used + 1)
        return int(settings['graphQuota']) - used - 1, format_duration(length - (now - begin))


def format_duration(seconds: float) -> str:
    """Return a duration as the service shows it: hh:mm:ss."""
    return time.strftime('%H:%M:%S', time.gmtime(math.ceil(seconds)))
