# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tokens of a registry and their scope maps: ARM resources that decide what a password may do.

Documented: the resources' form (azure-rest-api-specs, containerregistry.json, 2023-07-01), and the
permissions of a scope map (Learn, "Repository permissions with tokens"). Inferred: a disabled token
and an expired password are refused like a wrong password.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services.grants import Grants

Resource = dict[str, Any]
# The permission of a scope map, and the scope action that it grants in an access token.
PERMISSIONS = {
    'content/read': 'pull',
    'content/write': 'push',
    'content/delete': 'delete',
    'metadata/read': 'metadata_read',
    'metadata/write': 'metadata_write',
}
_PREFIX = 'repositories/'


def resources_of(
    registry: Resource,
    name: str,
    scope_map: str,
    repositories: Mapping[str, Sequence[str]],
    status: str,
    expiry: Optional[str],
) -> list[Resource]:
    """Return the ARM resources of a token: its scope map, and the token itself."""
    actions = [
        f'{_PREFIX}{repository}/{permission}'
        for repository, permissions in repositories.items()
        for permission in permissions
    ]
    kind = 'SystemDefined' if scope_map.startswith('_') else 'UserDefined'
    created = '2026-02-03T09:12:44.1234567+00:00'
    password = {'creationTime': created, 'expiry': expiry, 'name': 'password1'}
    properties = {
        f'scopeMaps/{scope_map}': {'type': kind, 'actions': actions, 'creationDate': created},
        f'tokens/{name}': {
            'scopeMapId': f'{registry["id"]}/scopeMaps/{scope_map}',
            'status': status,
            'creationDate': created,
            'credentials': {'passwords': [password], 'certificates': []},
        },
    }
    return [
        {
            'id': f'{registry["id"]}/{path}',
            'name': path.partition('/')[2],
            'type': f'{registry["type"]}/{path.partition("/")[0]}',
            'properties': {'provisioningState': 'Succeeded', **values},
        }
        for path, values in properties.items()
    ]


def token_of(
    resources: Mapping[str, Resource], registry: Resource, name: str
) -> Optional[Resource]:
    """Return the properties of a token; None for another user."""
    token = resources.get(f'{registry["id"]}/tokens/{name}'.lower())
    return token and token['properties']


def is_usable(token: Resource) -> bool:
    """Return whether a token is enabled, and one of its passwords is valid."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    ends = [password['expiry'] for password in token['credentials']['passwords']]
    return token['status'] == 'enabled' and any(end is None or end > now for end in ends)


def grants_of(resources: Mapping[str, Resource], token: Resource) -> Grants:
    """Return what the scope map of a token grants."""
    repositories: dict[str, list[str]] = {}
    for action in resources[token['scopeMapId'].lower()]['properties']['actions']:
        repository, content, right = action.removeprefix(_PREFIX).rsplit('/', 2)
        repositories.setdefault(repository, []).append(PERMISSIONS[f'{content}/{right}'])
    # Inferred: the catalog can be listed with metadata/read on all repositories.
    return Grants([], repositories, 'metadata_read' in repositories.get('*', ()))
