# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The control client without a socket: it calls the endpoint of a state of its own."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from email.message import Message
from typing import Any

from tests.sandbox.control.client import ControlClient
from tests.sandbox.control.endpoint import ControlEndpoint
from tests.sandbox.control.state import State
from tests.sandbox.services.arm_registry_children import child
from tests.sandbox.services.http_messages import Request


class LocalControlClient(ControlClient):
    """Calls the control endpoint as its socket would."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__('')
        self.state = State(folder)
        self._endpoint = ControlEndpoint(self.state, {}, lambda *_: None, lambda: None)

    def call(self, method: str, topic: str, name: str = '', value: Any = None) -> Any:
        """Call the control endpoint and return its JSON; ValueError with its error text."""
        body = json.dumps(value).encode() if value is not None else b''
        target = f'/{topic}/{urllib.parse.quote(name.lstrip("/"))}'
        request = Request(method, target, Message(), body)
        response = self._endpoint.route(request).handler(request)
        result = json.loads(response.body)
        if response.status != 200:
            raise ValueError(result['error'])
        return result

    def list_children(self, *path: str) -> Any:
        """Return what ARM lists under contoso."""
        response = child(self.state, self.state.known['contoso'], list(path), 'GET')
        assert response is not None
        return json.loads(response.body)['value']
