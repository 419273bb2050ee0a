# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Retry a request once when the first response has a transient status."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from azext_acrhealth.probes.http.response import Response

PAUSE, LONGEST = 0.5, 3.0
TRANSIENT = (429, 500, 502, 503, 504)


def with_retry(send: Callable[[], Response], deadline: float, *statuses: int) -> Response:
    """Send a request, and again after a pause when the status is transient or one of `statuses`.

    The pause is Retry-After (RFC 9110, section 10.2.3), else 0.5 s; there is no retry when it
    exceeds 3 s or the deadline. The second response has the first one as `earlier`.
    """
    first = send()
    if first.status not in (*TRANSIENT, *statuses):
        return first
    pause = PAUSE if first.retry_after is None else first.retry_after
    if pause > LONGEST or time.monotonic() + pause >= deadline:
        return first
    time.sleep(pause)
    second = send()
    # When there is no second response, the first one says more.
    return first if second.status is None else replace(second, earlier=first)
