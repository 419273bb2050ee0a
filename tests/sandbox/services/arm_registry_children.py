# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The children of a registry in ARM: replications, usages, cache rules, credentials, and more."""

from __future__ import annotations

import json
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services.http_messages import Response, json_response

LIMITS = {'Basic': (10, 2, 0), 'Standard': (100, 10, 0), 'Premium': (500, 500, 200)}
GIBIBYTE = 1024**3


def child(
    state: State, registry: dict[str, Any], path: list[str], method: str
) -> Optional[Response]:
    """Respond for a child of a registry; None where there is none."""
    if path == ['replications']:
        return json_response(200, {'value': _replications(state, registry)})
    if path == ['replications', registry['location']]:
        return json_response(200, _home_replication(registry))
    if path == ['listusages']:
        return json_response(200, {'value': _usages(state, registry)})
    if path in (['cacherules'], ['credentialsets']):
        return json_response(200, {'value': state.children(registry, path[0])})
    if path == ['privateendpointconnections']:
        return json_response(
            200, {'value': registry['properties'].get('privateEndpointConnections') or []}
        )
    if (
        path == ['listcredentials']
        and method == 'POST'
        and registry['properties'].get('adminUserEnabled')
    ):
        password = state.password_of(registry['name'])
        return json_response(
            200,
            {
                'username': registry['name'],
                'passwords': [
                    {'name': 'password', 'value': password},
                    {'name': 'password2', 'value': password},
                ],
            },
        )
    return None


def update(state: State, resource: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Change the properties of a token or a scope map, and return the resource."""
    sent = json.loads(body)['properties']
    changes = {name: value for name, value in sent.items() if value is not None}
    changed = {**resource, 'properties': {**resource['properties'], **changes}}
    state.put(changed)
    return changed


def _home_replication(registry: dict[str, Any]) -> dict[str, Any]:
    region = registry['location']
    return {
        'id': f'{registry["id"]}/replications/{region}',
        'name': region,
        'location': region,
        'tags': {},
        'type': 'Microsoft.ContainerRegistry/registries/replications',
        'properties': {
            'provisioningState': 'Succeeded',
            'regionEndpointEnabled': True,
            'zoneRedundancy': 'Disabled',
            'status': {'displayStatus': 'Ready', 'timestamp': '2026-02-03T09:12:44.1Z'},
        },
    }


def _replications(state: State, registry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all replications; a stored one of the home region replaces the built-in one."""
    stored = state.children(registry, 'replications')
    return (
        stored
        if registry['location'] in {replication['name'] for replication in stored}
        else [_home_replication(registry), *stored]
    )


def _usages(state: State, registry: dict[str, Any]) -> list[dict[str, Any]]:
    changed = state.usages.get(registry['name'].lower(), {})
    found = {usage['name']: usage for usage in _default_usages(registry)}
    for name, usage in changed.items():
        found[name] = {'unit': 'Count', **found.get(name, {}), **(usage or {}), 'name': name}
    return [usage for name, usage in found.items() if changed.get(name, {}) is not None]


def _default_usages(registry: dict[str, Any]) -> list[dict[str, Any]]:
    size, webhooks, endpoints = LIMITS.get(registry['sku']['name'], LIMITS['Basic'])
    return [
        {
            'name': 'Size',
            'limit': size * GIBIBYTE,
            'currentValue': 3 * GIBIBYTE // 2,
            'unit': 'Bytes',
        },
        {'name': 'Webhooks', 'limit': webhooks, 'currentValue': 0, 'unit': 'Count'},
        {
            'name': 'PrivateEndpoints',
            'limit': endpoints,
            'unit': 'Count',
            'currentValue': len(registry['properties'].get('privateEndpointConnections') or []),
        },
    ]
