# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Permissions in a registry: the registry's own (legacy mode), and actions by repository."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

# The permission of a role, and the scope action that it grants in an access token.
PERMISSIONS = {
    'read': 'pull',
    'write': 'push',
    'delete': 'delete',
    'metadata/read': 'metadata_read',
    'metadata/write': 'metadata_write',
    'deleted/read': 'deleted_read',
    'deleted/restore/action': 'deleted_restore',
}
ACTIONS = tuple(PERMISSIONS.values())
Entry = dict[str, Any]


@dataclasses.dataclass
class Grants:
    """The permissions of the signed-in identity in one registry; all of them by default."""

    permissions: Optional[list[str]] = None
    repositories: Optional[dict[str, list[str]]] = None
    catalog: Optional[bool] = None
    login: bool = True
    abac: bool = False

    def registry_permissions(self) -> list[str]:
        """Return the permissions in this identity's refresh token; none in the ABAC mode."""
        if self.abac:
            return []
        return list(PERMISSIONS) if self.permissions is None else list(self.permissions)

    def actions_in(self, repository: str) -> set[str]:
        """Return the scope actions that this identity has on a repository."""
        allowed = {
            PERMISSIONS[permission]
            for permission in self.registry_permissions()
            if permission in PERMISSIONS
        }
        if self.abac and self.repositories is None:
            return set(ACTIONS)
        for pattern, actions in (self.repositories or {}).items():
            if pattern in ('*', repository) or (
                pattern.endswith('/*') and repository.startswith(pattern[:-1])
            ):
                allowed |= set(actions)
        return allowed

    def may_list(self) -> bool:
        """Return whether the catalog may be listed."""
        if self.catalog is not None:
            return self.catalog
        return (
            self.abac
            and self.repositories is None
            or bool({'read', 'metadata/read'} & set(self.registry_permissions()))
        )

    def is_empty(self) -> bool:
        """Return whether this identity has no permission at all in the registry."""
        anywhere = (
            self.abac and self.repositories is None or any((self.repositories or {}).values())
        )
        return not (self.registry_permissions() or self.may_list() or anywhere)

    def access_claim(self, scopes: list[str]) -> list[Entry]:
        """Return the `access` claim for the requested scopes (wire-formats 2.3 C)."""
        entries = []
        for scope in (part for text in scopes for part in text.split()):
            kind, _, rest = scope.partition(':')
            name, _, wanted = rest.rpartition(':')
            requested = wanted.split(',')
            if kind in ('repository', 'artifact-repository'):
                granted = self.actions_in(name)
                actions = (
                    sorted(granted, key=ACTIONS.index)
                    if '*' in requested
                    else [action for action in requested if action in granted]
                )
            elif kind == 'registry' and name == 'catalog':
                actions = ['*'] if self.may_list() else []
            else:
                actions = []
            if actions:
                entries.append({'Type': kind, 'Name': name, 'Actions': actions})
        return entries
