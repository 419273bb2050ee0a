# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The bound of a sign-in, with any size and with a pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.adapter_pool import AdapterPool


@contextmanager
def sign_in_bound(
    size: int, seconds: float, pool: AdapterPool | None = None
) -> Iterator[bounded_requests.LastResponse]:
    """Bound what requests itself reads in this thread."""
    bounded_requests._patch_requests()
    with bounded_requests.bounded(size, seconds, pool) as last_response:
        yield last_response
