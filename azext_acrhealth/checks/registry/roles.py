# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The role that grants a permission in a registry, and the placeholders of its assignment."""

from __future__ import annotations

from collections.abc import Sequence

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.grammar import REGISTRY_ID, is_guid

_WRITE_ACTIONS = {'push', 'metadata_write'}
_DELETE_ACTIONS = {'delete', 'deleted_read', 'deleted_restore'}
_REPOSITORY_ROLE = 'Container Registry Repository '


def uses_repository_permissions(login: LoginServer) -> bool:
    """Return whether the registry uses ABAC repository permissions.

    In that mode it ignores AcrPull, AcrPush and AcrDelete.
    """
    return login.properties.get('roleAssignmentMode') == 'AbacRepositoryPermissions'


def abac_placeholders(login: LoginServer) -> dict[str, str]:
    """Return the placeholder by which solutions for ABAC repository permissions are selected."""
    return {'abac': 'ABAC'} if uses_repository_permissions(login) else {}


def roles_for(actions: Sequence[str], login: LoginServer) -> list[str]:
    """Return the least-privileged built-in roles that grant the actions in this registry's mode."""
    requested = set(actions)
    if uses_repository_permissions(login):
        return [
            _REPOSITORY_ROLE
            + (
                'Contributor'
                if requested & _DELETE_ACTIONS
                else 'Writer'
                if requested & _WRITE_ACTIONS
                else 'Reader'
            )
        ]
    roles = (
        ['AcrPush' if requested & _WRITE_ACTIONS else 'AcrPull']
        if requested - _DELETE_ACTIONS or not requested
        else []
    )
    return roles + (['AcrDelete'] if requested & _DELETE_ACTIONS else [])


def assignment_placeholders(
    login: LoginServer, account: str | None, roles: Sequence[str]
) -> dict[str, str]:
    """Return the placeholders of the command that assigns the first of the roles.

    A resource ID that is missing or invalid, and an unknown account, are left out.
    """
    registry_id = str((login.resource or {}).get('id', ''))
    return {
        'role': roles[0],
        **({'registry_id': registry_id} if REGISTRY_ID.fullmatch(registry_id) else {}),
        **({'account': account} if account else {}),
    }


def account_of(claims: object) -> str | None:
    """Return the object ID of the account in an Entra token's claims, None if it has none.

    The other claims that identify a person are personal data and not used.
    """
    identifier = claims.get('oid') if isinstance(claims, dict) else None
    return identifier if is_guid(identifier) else None
