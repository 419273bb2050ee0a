# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Topics of the control endpoint on the sandbox itself: recordings, faults, DNS, settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from tests.sandbox.control.state import State


class SandboxTopics:
    """Operations of the control endpoint (endpoint.py)."""

    def __init__(
        self, state: State, info: dict[str, Any], set_address: Callable[[str, str], None]
    ) -> None:
        self._state, self._info, self._set_address = state, info, set_address

    def get_info(self, _name: str, _value: None) -> dict[str, Any]:
        """Return how to point an Azure CLI at this sandbox."""
        return self._info

    def get_requests(self, _name: str, _value: None) -> list[dict[str, Any]]:
        """Return the recorded requests."""
        return self._state.recorder.requests()

    def delete_requests(self, _name: str, _value: None) -> None:
        """Clear the recorded requests, connections and DNS queries."""
        self._state.recorder.clear()

    def get_connections(self, _name: str, _value: None) -> dict[str, Any]:
        """Return the counts of connections and handshakes."""
        return self._state.recorder.connections()

    def get_dns_queries(self, _name: str, _value: None) -> list[dict[str, Any]]:
        """Return the recorded DNS queries."""
        return self._state.recorder.queries()

    def get_secrets(self, _name: str, _value: None) -> list[str]:
        """Return every token, password and signature issued so far."""
        return self._state.recorder.secrets()

    def get_faults(self, _name: str, _value: None) -> dict[str, Any]:
        """Return the faults that are on."""
        return self._state.faults.all()

    def put_faults(self, name: str, value: dict[str, Any]) -> None:
        """Switch a fault on at a place: {spec, times}."""
        self._state.faults.put(name, value['spec'], value.get('times'))

    def delete_faults(self, name: str, _value: None) -> None:
        """Switch the fault at a place off, or all faults."""
        self._state.faults.clear(name or None)

    def put_dns(self, name: str, value: Optional[dict[str, Any]]) -> None:
        """Set the response for a DNS name; null restores the default.

        The value is {a, aaaa, cname, answer, slow, slowType, bare, primary}.
        """
        self._state.zone.put(name, value)

    def put_addresses(self, name: str, value: dict[str, str]) -> None:
        """Add an address to the machine and set its behavior: {answer: serve, refuse or silent}."""
        self._set_address(name, value.get('answer', 'serve'))

    def patch_settings(self, _name: str, value: dict[str, Any]) -> None:
        """Change settings, see state.py."""
        unknown = set(value) - set(self._state.settings)
        if unknown:
            raise ValueError(f'no setting {sorted(unknown)}')
        self._state.settings.update(value)

    def post_reset(self, _name: str, _value: None) -> None:
        """Restore the default cloud."""
        self._state.reset()
