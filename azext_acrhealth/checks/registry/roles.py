# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What grants a permission in a registry, and the placeholders of the commands that grant it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from azext_acrhealth.catalogue.by_account import ABAC, LEGACY, MODE, UNKNOWN_MODE
from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.resource import id_of

_WRITE_ACTIONS = {'push', 'metadata_write'}
_DELETE_ACTIONS = {'delete', 'deleted_read', 'deleted_restore'}
_REPOSITORY_ROLE = 'Container Registry Repository '
_READER, _WRITER, _CONTRIBUTOR = (
    _REPOSITORY_ROLE + name for name in ('Reader', 'Writer', 'Contributor')
)
# What a role allows an account to do, before the name of what it covers.
_ALLOWED: Mapping[str, str] = {
    'AcrPull': 'pull from',
    'AcrPush': 'pull from and push to',
    'AcrDelete': 'delete images from',
    _READER: 'pull from',
    _WRITER: 'pull from and push to',
    _CONTRIBUTOR: 'pull from, push to, and delete images from',
}
_REPOSITORY_ACTION = 'Microsoft.ContainerRegistry/registries/repositories/'
# The data actions of the roles that accept a condition on the repository.
# Source: Learn, Azure Container Registry roles directory reference.
_DATA_ACTIONS: Mapping[str, tuple[str, ...]] = {
    _READER: ('content/read', 'metadata/read'),
    _WRITER: ('content/read', 'content/write', 'metadata/read', 'metadata/write'),
    _CONTRIBUTOR: (
        'content/read',
        'content/write',
        'content/delete',
        'metadata/read',
        'metadata/write',
        'metadata/delete',
    ),
}
# The permission in a scope map for an action; writing and deleting content need to read it, too.
# Source: Learn, repository-scoped permissions with tokens.
_SCOPE_MAP_ACTIONS: Mapping[str, tuple[str, ...]] = {
    'pull': ('content/read',),
    'push': ('content/read', 'content/write'),
    'delete': ('content/read', 'content/delete'),
    'metadata_read': ('metadata/read',),
    'metadata_write': ('metadata/read', 'metadata/write'),
}


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
    return [_abac_role(actions)] if uses_repository_permissions(login) else _registry_roles(actions)


def scope_map_actions(actions: Sequence[str]) -> list[str]:
    """Return the permissions of a scope map that grant the actions, as the Azure CLI spells them.

    Scope maps have none for deleted images.
    """
    found = (name for action in actions for name in _SCOPE_MAP_ACTIONS.get(action, ()))
    return list(dict.fromkeys(found)) or ['content/read']


def grant_placeholders(
    login: LoginServer,
    account: Account,
    actions: Sequence[str],
    repository: str | None,
    granted: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return the placeholders of the solutions that grant the account the actions.

    `granted` are the actions that an access token states, None if it states none: what it grants
    isn't missing. What isn't known, such as a resource ID that is missing or invalid, is empty.
    """
    stated = set(granted or ())
    proven = bool(stated) and ('*' in stated or stated >= set(actions))
    actions = [action for action in actions if action not in stated] or actions
    roles = roles_for(actions, login)
    known = {
        MODE: _mode_of(login),
        'proven': 'yes' if proven else '',
        'role': roles[0],
        'allowed': _ALLOWED[roles[0]],
        'second_role': roles[1] if len(roles) > 1 else '',
        'second_allowed': _ALLOWED[roles[1]] if len(roles) > 1 else '',
        'abac_role': _abac_role(actions),
        'condition': _condition(_abac_role(actions), repository) if repository else '',
        'lists_tags': 'yes' if 'metadata_read' in actions else '',
        'repository': repository or '',
        'scope_actions': ' '.join(scope_map_actions(actions)),
        'registry_id': id_of(login),
        'anonymous_pull_enabled': 'yes' if login.properties.get('anonymousPullEnabled') else '',
    }
    return {**known, **account.placeholders}


def _mode_of(login: LoginServer) -> str:
    if login.resource is None:
        return UNKNOWN_MODE
    return ABAC if uses_repository_permissions(login) else LEGACY


def _abac_role(actions: Sequence[str]) -> str:
    if _DELETE_ACTIONS & set(actions):
        return _CONTRIBUTOR
    return _WRITER if _WRITE_ACTIONS & set(actions) else _READER


def _registry_roles(actions: Sequence[str]) -> list[str]:
    requested = set(actions)
    roles = (
        ['AcrPush' if requested & _WRITE_ACTIONS else 'AcrPull']
        if requested - _DELETE_ACTIONS or not requested
        else []
    )
    return roles + (['AcrDelete'] if requested & _DELETE_ACTIONS else [])


def _condition(role: str, repository: str) -> str:
    """Return the condition that limits a role to a repository.

    The format is that of Learn, "Azure role assignment condition format and syntax". It spells the
    operator NOT because shells expand `!` within double quotes, and apostrophes rule out others.
    """
    others = ' AND '.join(
        f"NOT (ActionMatches{{'{_REPOSITORY_ACTION}{action}'}})" for action in _DATA_ACTIONS[role]
    )
    name = f'@Request[{_REPOSITORY_ACTION[:-1]}:name]'
    return f"(({others}) OR ({name} StringEqualsIgnoreCase '{repository}'))"
