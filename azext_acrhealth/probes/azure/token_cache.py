# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Attempts to get tokens: whoever asks for the same one shares its attempt, and what was answered to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure import bounded_requests
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.http.response import Response


class Attempts:
    """Attempts by key, each in a thread that may be left behind.

    Failures are kept until they are forgotten.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[Hashable, Future[Token]] = {}
        self._seen: dict[Hashable, bounded_requests.Seen] = {}

    def share(self, key: Hashable, sign_in: Callable[[], Token]) -> Future[Token]:
        """Return the attempt for a key; the first who asks begins it. What it reads is bounded."""

        def attempt() -> Token:
            with bounded_requests.reading(bounded_requests.ENTRA, deadlines.SIGN_IN) as self._seen[
                key
            ]:
                return sign_in()

        with self._lock:
            if key not in self._begun:
                self._begun[key] = deadlines.background(attempt, 'sign-in')
            return self._begun[key]

    def last(self, key: Hashable) -> Response | None:
        """Return the last answer that an attempt got, if any."""
        seen = self._seen.get(key)
        return seen.last if seen else None

    def forget(self) -> None:
        """Forget the attempts that failed."""
        with self._lock:
            for key, attempt in list(self._begun.items()):
                if attempt.done() and attempt.exception():
                    del self._begun[key]
