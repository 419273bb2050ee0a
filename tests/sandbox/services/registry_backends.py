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
# The type, name and actions of the access that a request needs.
NeededAccess = tuple[str, str, list[str]]
SUBJECT = 'the sandbox itself'


class RegistryBackends:
    """Starts and stops real registries, and calls them with tokens of the sandbox's own service."""

    def __init__(self, folder: pathlib.Path, signer: Signer) -> None:
        self._folder, self._signer, self._lock = folder, signer, threading.Lock()
        self._running: dict[str, Distribution] = {}

    def start(self, registry: Resource) -> Distribution:
        """Serve a login server from a real registry, an empty one in place of another."""
        name = registry['name'].lower()
        self.stop(name)
        folder = self._folder / f'{name}-{secrets.token_hex(4)}'
        backend = Distribution(
            folder, registry['properties']['loginServer'], self._signer.certificate()
        )
        with self._lock:
            self._running[name] = backend
        return backend

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
        self, backend: Distribution, registry: Resource, name: str, tag: str, image: images.Image
    ) -> str:
        """Store an image as a client would, and return its digest."""
        token = self._token(registry, ('repository', name, ['pull', 'push']))
        return backend.push(name, tag, image, token)

    def handle(
        self,
        backend: Distribution,
        registry: Resource,
        request: Request,
        parts: dict[str, str],
        needed: NeededAccess,
        redirect: Callable[[], Response],
    ) -> Response:
        """Respond to an authorized request.

        A blob is redirected; the lists of /acr/v1 are made of what is stored.
        """
        if not request.path.startswith('/v2/'):
            return catalog.handle(backend.contents(), request, registry, parts)
        # The real registry accepts no password, and only the login server as audience.
        usable = (
            request.credentials()[0] == 'bearer'
            and request.host == registry['properties']['loginServer']
        )
        if needed[2] == ['metadata_read']:  # an action of Azure's; docker-registry asks for `pull`
            usable, needed = False, (*needed[:2], ['pull'])
        token = '' if usable else self._token(registry, needed)
        redirected = 'digest' in parts and request.method == 'GET' and request.fault != 'direct'
        if redirected and backend.forward(request, token, 'HEAD').status == 200:
            return redirect()
        return backend.forward(request, token)

    def _token(self, registry: Resource, needed: NeededAccess) -> str:
        kind, name, actions = needed
        access = [{'Type': kind, 'Name': name, 'Actions': actions}]
        return self._signer.issue(
            access_claims(registry['properties']['loginServer'], SUBJECT, access)
        )
