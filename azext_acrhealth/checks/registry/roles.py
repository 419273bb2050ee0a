# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which role gives a right in a registry, and the command that assigns it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.http.response import GUID

_ID = re.compile(
    r'/subscriptions/[0-9a-fA-F-]{36}/resourceGroups/[\w.()-]{1,90}'
    r'/providers/Microsoft\.ContainerRegistry/registries/[a-zA-Z0-9]{5,50}',
    re.IGNORECASE | re.ASCII,
)
_WRITES, _DELETES = {'push', 'metadata_write'}, {'delete', 'deleted_read', 'deleted_restore'}
_REPOSITORY_ROLE = 'Container Registry Repository '


def by_repository(login: LoginServer) -> bool:
    """Return whether the registry grants its rights by repository, which most of the older roles do not give."""
    return login.properties.get('roleAssignmentMode') == 'AbacRepositoryPermissions'


def roles_for(actions: Sequence[str], login: LoginServer) -> list[str]:
    """Return the least roles that give these rights in this registry's mode (built-in roles of Azure)."""
    wanted = set(actions)
    if by_repository(login):
        return [
            _REPOSITORY_ROLE
            + ('Contributor' if wanted & _DELETES else 'Writer' if wanted & _WRITES else 'Reader')
        ]
    roles = (
        ['AcrPush' if wanted & _WRITES else 'AcrPull'] if wanted - _DELETES or not wanted else []
    )
    return roles + (['AcrDelete'] if wanted & _DELETES else [])


def assignment(login: LoginServer, account: str | None, roles: Sequence[str]) -> dict[str, str]:
    """Fill in the command that assigns the first of the roles, with what is known for certain."""
    registry_id = str((login.resource or {}).get('id', ''))
    return {
        'role': roles[0],
        **({'registry_id': registry_id} if _ID.fullmatch(registry_id) else {}),
        **({'account': account} if account else {}),
    }


def account_of(claims: object) -> str | None:
    """Return the object id of the account that an Entra token is for.

    Names of people are nobody's business here.
    """
    identifier = claims.get('oid') if isinstance(claims, dict) else None
    return identifier if isinstance(identifier, str) and GUID.fullmatch(identifier) else None
