# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's private endpoint connections, as its resource lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.probes.json_access import list_of, name_of, object_of, properties_of, text_of


class EndpointConnection(NamedTuple):
    """A private endpoint connection. `status`: Approved, Pending, Rejected or Disconnected.

    A field is None if the resource doesn't have it. `endpoint` is a resource ID.
    """

    name: str
    endpoint: str | None
    status: str | None
    description: str | None = None
    provisioning: str | None = None
    actions: str | None = None

    @property
    def approved(self) -> bool:
        """Return whether the registry accepts requests over this connection."""
        return (self.status or '').lower() == 'approved'


def connections_of(properties: Mapping[str, Any]) -> list[EndpointConnection]:
    """Return the private endpoint connections in a registry's properties."""
    return [
        _parse_connection(object_of(entry))
        for entry in list_of(properties.get('privateEndpointConnections'))
    ]


def _parse_connection(raw: Mapping[str, Any]) -> EndpointConnection:
    properties = properties_of(raw)
    state = object_of(properties.get('privateLinkServiceConnectionState'))
    endpoint = text_of(object_of(properties.get('privateEndpoint')).get('id'))
    return EndpointConnection(
        text_of(raw.get('name')) or name_of(endpoint or '') or '(unnamed)',
        endpoint,
        text_of(state.get('status')),
        text_of(state.get('description')),
        text_of(properties.get('provisioningState')),
        text_of(state.get('actionsRequired')),
    )
