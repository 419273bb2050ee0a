# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The control endpoint: what the tests switch and read, over a unix socket or https://control.sandbox.test."""

from __future__ import annotations

import copy
import json
import urllib.parse
from collections.abc import Callable
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.control.tenant_topics import Estate
from tests.sandbox.services.grants import Grants
from tests.sandbox.services.http_messages import Request, Response, as_json
from tests.sandbox.services.routes import Route


class Control(Estate):
    """Each path is a method name and the HTTP method before it."""

    def __init__(
        self,
        state: State,
        info: dict[str, Any],
        address: Callable[[str, str], None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(state)
        self._info, self._address, self._changed = info, address, changed

    def route(self, _request: Request) -> Route:
        """Return the route to the control endpoint; it is not recorded."""
        return Route('control', self._handle, recorded=False)

    def _handle(self, request: Request) -> Response:
        topic, _, rest = request.path.strip('/').partition('/')
        work = getattr(self, f'{request.method.lower()}_{topic}', None)
        if work is None:
            return as_json(404, {'error': f'no {request.method} /{topic}'})
        try:
            value = json.loads(request.body) if request.body else None
            answer = work(urllib.parse.unquote(rest), value, request)
        except (ValueError, KeyError, TypeError) as error:
            return as_json(400, {'error': str(error)})
        if request.method != 'GET':
            self._changed()
        return as_json(200, {} if answer is None else answer)

    def get_info(self, *_: Any) -> dict[str, Any]:
        """Return how to point an Azure CLI at this sandbox."""
        return self._info

    def get_requests(self, *_: Any) -> list[dict[str, Any]]:
        """Return the requests seen."""
        return self._state.journal.requests()

    def delete_requests(self, *_: Any) -> None:
        """Forget requests, connections and names asked for."""
        self._state.journal.clear()

    def get_connections(self, *_: Any) -> dict[str, Any]:
        """Return the counts of connections and handshakes."""
        return self._state.journal.connections()

    def get_queries(self, *_: Any) -> list[dict[str, Any]]:
        """Return the names asked for."""
        return self._state.journal.queries()

    def get_secrets(self, *_: Any) -> list[str]:
        """Return every token, password and signature issued so far."""
        return self._state.journal.secrets()

    def get_faults(self, *_: Any) -> dict[str, Any]:
        """Return the faults that are on."""
        return self._state.faults.all()

    def put_faults(self, _rest: str, value: dict[str, Any], _request: Request) -> None:
        """Switch a fault on."""
        self._state.faults.put(value['place'], value['spec'], value.get('times'))

    def delete_faults(self, _rest: str, _value: Any, request: Request) -> None:
        """Switch a fault off, or all."""
        self._state.faults.clear(request.query.get('place', [None])[0])

    def get_resources(self, rest: str, *_: Any) -> Any:
        """Return a resource by its id, or all ids."""
        return self._state.resources['/' + rest.lower()] if rest else sorted(self._state.resources)

    def put_resources(self, rest: str, value: dict[str, Any], _request: Request) -> None:
        """Add or replace a resource; what its id says need not be repeated."""
        parts = rest.split('/')
        kind = '/'.join([parts[5], *parts[6::2]])
        self._state.put(
            {'id': '/' + rest, 'name': parts[-1], 'type': kind, 'location': 'eastus', **value}
        )

    def delete_resources(self, rest: str, *_: Any) -> None:
        """Take a resource away from ARM; a registry's data plane goes on."""
        if not self._state.delete('/' + rest):
            raise KeyError(rest)

    def patch_registries(self, rest: str, value: dict[str, Any], _request: Request) -> Any:
        """Change a registry's resource by a merge patch (RFC 7396)."""
        changed = merged(self._state.known[rest.lower()], value)
        if changed['id'].lower() in self._state.resources:
            self._state.put(changed)
        self._state.known[rest.lower()] = changed
        return changed

    def put_grants(self, rest: str, value: dict[str, Any], _request: Request) -> None:
        """Replace everybody's rights in a registry, or those of one application."""
        application = value.pop('application', '')
        self._state.set_grants(rest, Grants(**value), application)

    def put_dns(self, rest: str, value: Optional[dict[str, Any]], _request: Request) -> None:
        """Set what a name answers; null goes back to the default."""
        self._state.zone.put(rest, value)

    def put_settings(self, _rest: str, value: dict[str, Any], _request: Request) -> None:
        """Change settings, see state.py."""
        unknown = set(value) - set(self._state.settings)
        if unknown:
            raise ValueError(f'no setting {sorted(unknown)}')
        self._state.settings.update(value)

    def post_addresses(self, _rest: str, value: dict[str, str], _request: Request) -> None:
        """Return the machine one more address, and say what it does: serve, refuse or silent."""
        self._address(value['address'], value.get('answer', 'serve'))

    def post_reset(self, *_: Any) -> None:
        """Go back to the default world."""
        self._state.reset()


def merged(target: Any, patch: Any) -> Any:
    """Return a JSON merge patch applied: null takes a key away, lists are replaced whole."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
