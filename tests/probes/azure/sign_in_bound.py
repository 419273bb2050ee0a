# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The bound of a sign-in, with any size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azext_acrhealth.probes.azure import bounded_requests


@contextmanager
def sign_in_bound(size: int, seconds: float) -> Iterator[bounded_requests.LastResponse]:
    """Bound what requests itself reads in this thread."""
    bounded_requests._patch_requests()
    with bounded_requests.bounded(size, seconds) as last_response:
        yield last_response
