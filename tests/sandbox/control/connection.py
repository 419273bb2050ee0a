# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The connection to the control endpoint of a sandbox."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from typing import Any

from tests.sandbox.services import cloud


class ControlConnection(http.client.HTTPConnection):
    """HTTP over the control socket, which a network namespace does not hide."""

    def __init__(self, path: str) -> None:
        super().__init__(cloud.CONTROL_HOST, timeout=30)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket in the file system."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)

    def call(self, method: str, topic: str, name: str, value: Any) -> Any:
        """Send a request and return the JSON of its response.

        ValueError with the endpoint's error text.
        """
        path = f'/{topic}/{urllib.parse.quote(name.lstrip("/"))}'
        self.request(method, path, json.dumps(value) if value is not None else None)
        response = self.getresponse()
        result = json.loads(response.read())
        if response.status != 200:
            raise ValueError(result.get('error'))
        return result
