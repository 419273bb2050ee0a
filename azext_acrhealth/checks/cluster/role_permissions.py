# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What roles permit: the built-in ones that matter to registries, and the definitions of others.

Source: Learn, "Azure built-in roles" and "Azure Container Registry roles directory reference".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from azext_acrhealth.checks.cluster.role_conditions import matches
from azext_acrhealth.probes.json_access import list_of, object_of, properties_of, text_of

# The permission to pull of registries without ABAC repository permissions, and those with them.
PULL = 'Microsoft.ContainerRegistry/registries/pull/read'
_REPOSITORY = 'Microsoft.ContainerRegistry/registries/repositories/'
READ_CONTENT = (f'{_REPOSITORY}content/read', f'{_REPOSITORY}metadata/read')


class Block(NamedTuple):
    """A block of permissions: what it permits, without what it excludes."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def permits(self, action: str) -> bool:
        """Return whether an action is permitted, as an action or a data action."""
        if action == PULL:
            return _permits(self.actions, self.not_actions, action)
        return _permits(self.data_actions, self.not_data_actions, action)


class Role(NamedTuple):
    """A role by its name, with its permissions."""

    name: str
    blocks: tuple[Block, ...] = ()

    def permits(self, action: str) -> bool:
        """Return whether one of its blocks permits an action."""
        return any(block.permits(action) for block in self.blocks)


def _permits(patterns: tuple[str, ...], excluded: tuple[str, ...], action: str) -> bool:
    return any(matches(pattern, action) for pattern in patterns) and not any(
        matches(pattern, action) for pattern in excluded
    )


_NOTHING: tuple[Block, ...] = ()
_REGISTRY = (Block((PULL,)),)
_REPOSITORIES = (Block(data_actions=READ_CONTENT),)
_REPOSITORY_ROLE = 'Container Registry Repository '
# Only whether they permit pulls is kept of their permissions.
BUILT_IN: Mapping[str, Role] = {
    '7f951dda-4ed3-4680-a7ca-43fe172d538d': Role('AcrPull', _REGISTRY),
    '8311e382-0749-4cb8-b61a-304f252e45ec': Role('AcrPush', _REGISTRY),
    'c2f4ef07-c644-48eb-af81-4b1b4947fb11': Role('AcrDelete', _NOTHING),
    '6cef56e8-d556-48e5-a04f-b8e64114680f': Role('AcrImageSigner', _NOTHING),
    'cdda3590-29a3-44f6-95f2-9f980659eb04': Role('AcrQuarantineReader', _NOTHING),
    'c8d4ff99-41c3-41a8-9f60-21dfdad59608': Role('AcrQuarantineWriter', _NOTHING),
    'b93aa761-3e63-49ed-ac28-beffa264f7ac': Role(_REPOSITORY_ROLE + 'Reader', _REPOSITORIES),
    '2a1e307c-b015-4ebd-883e-5b7698a07328': Role(_REPOSITORY_ROLE + 'Writer', _REPOSITORIES),
    '2efddaa5-3f1f-4df3-97df-af3f13818f4c': Role(_REPOSITORY_ROLE + 'Contributor', _REPOSITORIES),
    'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7': Role(_REPOSITORY_ROLE + 'Catalog Lister', _NOTHING),
    '577a9874-89fd-4f24-9dbd-b5034d0ad23a': Role(
        'Container Registry Data Importer and Data Reader', (*_REGISTRY, *_REPOSITORIES)
    ),
    '3bc748fc-213d-45c1-8d91-9da5725539b9': Role(
        'Container Registry Contributor and Data Access Configuration Administrator', _NOTHING
    ),
    '69b07be0-09bf-439a-b9a6-e73de851bd59': Role(
        'Container Registry Configuration Reader and Data Access Configuration Reader', _NOTHING
    ),
    'fb382eab-e894-4461-af04-94435c366c3f': Role('Container Registry Tasks Contributor', _NOTHING),
    'acdd72a7-3385-48ef-bd42-f606fba81ae7': Role('Reader', _REGISTRY),
    'b24988ac-6180-42a0-ab88-20f7382dd24c': Role('Contributor', _REGISTRY),
    '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': Role('Owner', _REGISTRY),
}
# It isn't known whether a condition on repositories applies to this role.
CONDITION_UNVERIFIED = ('577a9874-89fd-4f24-9dbd-b5034d0ad23a',)


def role_of(definition: Any) -> Role | None:
    """Return the role of a role definition as ARM's JSON; None if it has no permissions."""
    properties = properties_of(definition)
    permissions = properties.get('permissions')
    if not isinstance(permissions, list):
        return None
    blocks = tuple(_block(object_of(permission)) for permission in permissions)
    return Role(text_of(properties.get('roleName')) or 'a custom role', blocks)


def _block(permission: Mapping[str, Any]) -> Block:
    return Block(
        *(
            tuple(text for text in list_of(permission.get(key)) if isinstance(text, str))
            for key in ('actions', 'notActions', 'dataActions', 'notDataActions')
        )
    )
