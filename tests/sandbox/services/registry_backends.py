# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The real registries that serve some login servers, and which requests they respond to."""

from __future__ import annotations

import pathlib
import secrets
import threading
from collections.abc import Callable
from typing import Any, Optional

from tests.sandbox.services import catalog, images
from tests.sandbox.services.distribution import Distribution
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.tokens import Signer, access_claims

Resource = dict[str, Any]
# Kind, name and actions that a request needs.
Needed = tuple[str, str, list[str]]
SANDBOX = 'the sandbox itself'


class RegistryBackends:
    """Starts and stops real registries, and calls them with tokens of the sandbox's own service."""

    def __init__(self, place: pathlib.Path, signer: Signer) -> None:
        self._place, self._signer, self._lock = place, signer, threading.Lock()
        self._running: dict[str, Distribution] = {}

    def start(self, registry: Resource) -> Distribution:
        """Serve a login server from a real registry, an empty one in place of another."""
        name = registry['name'].lower()
        self.stop(name)
        place = self._place / f'{name}-{secrets.token_hex(4)}'
        started = Distribution(
            place, registry['properties']['loginServer'], self._signer.certificate()
        )
        with self._lock:
            self._running[name] = started
        return started

    def stop(self, name: str) -> None:
        """Serve a login server from the sandbox's own storage again."""
        with self._lock:
            running = self._running.pop(name.lower(), None)
        if running:
            running.stop()

    def stop_all(self) -> None:
        """Stop all real registries."""
        for name in list(self._running):
            self.stop(name)

    def get(self, name: str) -> Optional[Distribution]:
        """Return the real registry of a login server, or None."""
        return self._running.get(name.lower())

    def push(
        self, real: Distribution, registry: Resource, name: str, tag: str, one: images.Image
    ) -> str:
        """Store an image as a client would, and return its digest."""
        token = self._token(registry, ('repository', name, ['pull', 'push']))
        return real.push(name, tag, one, token)

    def answer(
        self,
        real: Distribution,
        registry: Resource,
        request: Request,
        words: dict[str, str],
        needed: Needed,
        redirect: Callable[[], Response],
    ) -> Response:
        """Respond to an authorized request.

        A blob is redirected; the lists of /acr/v1 are made of what is stored.
        """
        if not request.path.startswith('/v2/'):
            return catalog.answer(real.contents(), request, registry, words)
        # It takes no password, and knows itself by the login server's name alone.
        fits = (
            request.credentials()[0] == 'bearer'
            and request.host == registry['properties']['loginServer']
        )
        token = '' if fits else self._token(registry, needed)
        if 'digest' in words and request.method == 'GET' and request.twist != 'direct':
            if real.forward(request, token, 'HEAD').status == 200:
                return redirect()
        return real.forward(request, token)

    def _token(self, registry: Resource, needed: Needed) -> str:
        kind, name, actions = needed
        access = [{'Type': kind, 'Name': name, 'Actions': actions}]
        return self._signer.issue(
            access_claims(registry['properties']['loginServer'], SANDBOX, access)
        )
