# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""One more try, where a request may be repeated and the first answer says that another may do better."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from azext_acrhealth.probes.http.response import Response

PAUSE, LONGEST = 0.5, 3.0
PASSING = (429, 500, 502, 503, 504)


def with_retry(ask: Callable[[], Response], deadline: float, *also: int) -> Response:
    """Ask, and once more after a pause when the status is one that passes by itself, or one of `also`.

    Retry-After (RFC 9110, section 10.2.3) is kept where it fits into the time; what wants longer is
    not asked again. The answer tells of the one before it by `earlier`.
    """
    first = ask()
    if first.status not in (*PASSING, *also):
        return first
    pause = PAUSE if first.retry_after is None else first.retry_after
    if pause > LONGEST or time.monotonic() + pause >= deadline:
        return first
    time.sleep(pause)
    second = ask()
    # Without an answer to the second try the first one tells more.
    return first if second.status is None else replace(second, earlier=first)
