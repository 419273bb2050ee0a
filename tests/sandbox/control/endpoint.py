# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The control endpoint, over a unix socket or https://control.sandbox.test."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from typing import Any, Optional

from tests.sandbox.control.cluster_topics import ClusterTopics
from tests.sandbox.control.registry_topics import RegistryTopics
from tests.sandbox.control.sandbox_topics import SandboxTopics
from tests.sandbox.control.state import State
from tests.sandbox.control.tenant_topics import TenantTopics
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.routes import Route

# Takes the name after the topic ('' for none) and the JSON value of the body, returns a JSON value.
Operation = Callable[[str, Any], Any]


class ControlEndpoint:
    """Serves `METHOD /topic/name` by the method `method_topic` of a class of topics."""

    def __init__(
        self,
        state: State,
        info: dict[str, Any],
        set_address: Callable[[str, str], None],
        changed: Callable[[], None],
    ) -> None:
        self._topics = (
            SandboxTopics(state, info, set_address),
            RegistryTopics(state),
            TenantTopics(state),
            ClusterTopics(state),
        )
        self._changed = changed

    def route(self, _request: Request) -> Route:
        """Return the route to the control endpoint; its requests are not recorded."""
        return Route('control', self._handle, recorded=False)

    def _handle(self, request: Request) -> Response:
        topic, _, name = request.path.strip('/').partition('/')
        operation = self._operation(request.method, topic)
        if operation is None:
            return json_response(404, {'error': f'no {request.method} /{topic}'})
        try:
            value = json.loads(request.body) if request.body else None
            result = operation(urllib.parse.unquote(name), value)
        except (ValueError, KeyError, TypeError) as error:
            return json_response(400, {'error': str(error)})
        if request.method != 'GET':
            self._changed()
        return json_response(200, {} if result is None else result)

    def _operation(self, method: str, topic: str) -> Optional[Operation]:
        name = f'{method}_{topic}'.lower().replace('-', '_')
        operations = (getattr(topics, name, None) for topics in self._topics)
        return next((operation for operation in operations if operation), None)
