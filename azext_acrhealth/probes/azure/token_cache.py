# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Share attempts to get tokens: callers that request the same token share an attempt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.response import Response


class TokenCache:
    """Attempts by key, each in a thread that may be abandoned; failures stay until forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: dict[Hashable, Future[Token]] = {}
        self._responses: dict[Hashable, bounded_requests.LastResponse] = {}

    def share(self, key: Hashable, sign_in: Callable[[], Token]) -> Future[Token]:
        """Return the attempt for a key; the first caller begins it. What it reads is bounded."""

        def attempt() -> Token:
            with bounded_requests.bounded_sign_in(deadlines.SIGN_IN) as self._responses[key]:
                return sign_in()

        with self._lock:
            if key not in self._attempts:
                self._attempts[key] = deadlines.background(attempt)
            return self._attempts[key]

    def last_response(self, key: Hashable) -> Response | None:
        """Return the last response that an attempt got, if any."""
        last_response = self._responses.get(key)
        return last_response.value if last_response else None

    def forget_failures(self) -> None:
        """Forget the attempts that failed."""
        with self._lock:
            for key, attempt in list(self._attempts.items()):
                if attempt.done() and attempt.exception():
                    del self._attempts[key]
