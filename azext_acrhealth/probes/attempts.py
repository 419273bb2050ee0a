# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Attempts to get tokens: whoever asks for the same one shares its attempt, and what was answered to it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Callable, Hashable

from azext_acrhealth.probes import bounded, limits
from azext_acrhealth.probes.answer import Answer
from azext_acrhealth.probes.sign_in import Token


class Attempts:
    """Attempts by key, each in a thread that may be left behind; failures are kept until they are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[Hashable, Future[Token]] = {}
        self._seen: dict[Hashable, bounded.Seen] = {}

    def share(self, key: Hashable, sign_in: Callable[[], Token]) -> Future[Token]:
        """Give the attempt for a key; the first who asks begins it. What it reads is bounded."""
        def attempt() -> Token:
            with bounded.reading(bounded.ENTRA, limits.SIGN_IN) as self._seen[key]:
                return sign_in()
        with self._lock:
            if key not in self._begun:
                self._begun[key] = limits.background(attempt, 'sign-in')
            return self._begun[key]

    def last(self, key: Hashable) -> Answer | None:
        """Give the last answer that an attempt got, if any."""
        seen = self._seen.get(key)
        return seen.last if seen else None

    def forget(self) -> None:
        """Forget the attempts that failed."""
        with self._lock:
            for key, attempt in list(self._begun.items()):
                if attempt.done() and attempt.exception():
                    del self._begun[key]
