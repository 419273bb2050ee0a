# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The listeners of the token endpoints of machines; IMDS only on a machine of Azure."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.sandbox.host import addresses
from tests.sandbox.services import metadata_service


class IdentityEndpoints:
    """The ports.

    App Service's and Cloud Shell's are always open, since only their variables make a machine one.
    """

    def __init__(self, serve: Callable[[socket.socket, str], None]) -> None:
        self._imds = addresses.Listeners(metadata_service.PORT, serve)
        self._local = [
            addresses.Listeners(port, serve)
            for port in (metadata_service.APP_SERVICE_PORT, metadata_service.CLOUD_SHELL_PORT)
        ]
        self._now = 'absent'

    def follow(self, wanted: str) -> None:
        """Let the metadata service's address serve, refuse, be silent, or be absent."""
        for listeners in self._local:
            listeners.serve('127.0.0.1')
        if wanted == self._now:
            return
        self._imds.refuse(metadata_service.ADDRESS)
        if wanted == 'absent':
            addresses.take_from_loopback(metadata_service.ADDRESS)
        elif self._now == 'absent':
            addresses.add_to_loopback(metadata_service.ADDRESS)
        if wanted in ('serve', 'silent'):
            (self._imds.serve if wanted == 'serve' else self._imds.ignore)(metadata_service.ADDRESS)
        self._now = wanted
