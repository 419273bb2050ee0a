# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How an account gets the permissions that it lacks, by kind of account and permissions mode."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.catalogue.by_account import (
    ABAC,
    ADMIN_USER,
    ANONYMOUS,
    APPLICATION,
    LEGACY,
    MANAGED_IDENTITY,
    REFRESH_TOKEN,
    SERVICE_PRINCIPAL,
    TOKEN,
    UNKNOWN,
    UNKNOWN_MODE,
    USER,
    OwnSolution,
    SolutionsByAccount,
)
from azext_acrhealth.catalogue.shared_problems import SUPPORT

# With an object ID and its type, the Azure CLI doesn't need permissions in Microsoft Graph.
ASSIGNEES: Mapping[str, str] = {
    USER: '--assignee-object-id {object_id} --assignee-principal-type User',
    SERVICE_PRINCIPAL: '--assignee-object-id {object_id} --assignee-principal-type '
    'ServicePrincipal',
    MANAGED_IDENTITY: '--assignee-object-id {object_id} --assignee-principal-type ServicePrincipal',
    APPLICATION: '--assignee {application}',
    REFRESH_TOKEN: '--assignee {object_id}',
    UNKNOWN: '--assignee {object_id}',
}
ASK_ADMINISTRATOR = (
    'Ask an administrator who can assign roles on {scope} (Owner, User Access Administrator, or '
    'Role Based Access Control Administrator) to run '
)
_ASK = ASK_ADMINISTRATOR.replace('{scope}', 'the registry')
DELAY = ' The assignment can take several minutes to take effect.'
_WHOLE = ', which allows the account to {allowed} all repositories.'
_CATALOG_LISTER = 'Container Registry Repository Catalog Lister'


def _assign(assignee: str, role: str = '{role}', condition: bool = False) -> str:
    limit = ' --condition "{condition}" --condition-version 2.0' if condition else ''
    return f'`az role assignment create {assignee} --role "{role}" --scope {{registry_id}}{limit}`'


def _in_legacy_mode(assignee: str) -> tuple[OwnSolution, ...]:
    return (
        OwnSolution(f'{_ASK}{_assign(assignee)}{_WHOLE}{DELAY}'),
        OwnSolution(
            f'Ask the administrator to run {_assign(assignee, "{second_role}")}, too, which allows '
            'the account to {second_allowed} all repositories.',
            given=('second_role',),
        ),
    )


def _in_abac_mode(assignee: str) -> tuple[OwnSolution, ...]:
    listed_by = '{application}' if '{application}' in assignee else '{object_id}'
    return (
        OwnSolution(
            f'{_ASK}{_assign(assignee, condition=True)}, which allows the account to {{allowed}} '
            f'this repository only.{DELAY}',
            given=('condition',),
        ),
        OwnSolution(
            'Omit the condition only if the account needs the whole registry, because the role '
            f'then covers all repositories, existing and future ones: {_assign(assignee)}.',
            given=('condition',),
        ),
        OwnSolution(f'{_ASK}{_assign(assignee)}{_WHOLE}{DELAY}', unless=('condition',)),
        OwnSolution(
            f'Ask the administrator to run {_assign(assignee, _CATALOG_LISTER)}, too, if a client '
            'lists the repositories before their tags, which shows the account the names of all '
            'repositories.',
            given=('lists_tags',),
        ),
        OwnSolution(
            'List the role assignments that the account already has: extend the condition of one '
            'with the same role, because Azure refuses a second one: `az role assignment list '
            f'--assignee {listed_by} --scope {{registry_id}} --include-inherited`.'
        ),
    )


def _in_unknown_mode(assignee: str) -> tuple[OwnSolution, ...]:
    return (
        OwnSolution(
            f'{_ASK}{_assign(assignee)}{_WHOLE[:-1]} unless the registry uses ABAC repository '
            f'permissions.{DELAY}'
        ),
        OwnSolution(
            f'Assign {{abac_role}} instead if the registry uses ABAC repository permissions: '
            f'{_assign(assignee, "{abac_role}")}. Without a condition, the role covers all '
            'repositories.'
        ),
    )


_UPDATE_SCOPE_MAP = (
    "Add the permissions to the token's scope map, which grants them to all tokens of that scope "
    'map: `az acr scope-map update --name {scope_map} --registry {registry} --add-repository '
    '{repository} {scope_actions}`.'
)
_OF_TOKEN = (
    OwnSolution(_UPDATE_SCOPE_MAP, unless=('fixed_scope_map',)),
    OwnSolution(
        'Find the name of the scope map, which is the last part of its ID: `az acr token show '
        '--name {token} --registry {registry} --query scopeMapId --output tsv`.',
        unless=('fixed_scope_map', 'scope_map'),
    ),
    # Scope maps that come with every registry can't be changed.
    OwnSolution(
        "Create a scope map with all permissions that the token needs, because the token's scope "
        "map {fixed_scope_map} is built in and can't be changed: `az acr scope-map create --name "
        'NEW_SCOPE_MAP --registry {registry} --repository {repository} {scope_actions}`.',
        given=('fixed_scope_map',),
    ),
    OwnSolution(
        'Assign the new scope map to the token, which replaces all permissions that the token has: '
        '`az acr token update --name {token} --registry {registry} --scope-map NEW_SCOPE_MAP`.',
        given=('fixed_scope_map',),
    ),
)
_OF_ADMIN_USER = (
    OwnSolution(
        'Log in with your own account to find out whether the problem is limited to the admin '
        'user, which has all permissions on all repositories: `az acr login --name {registry}`.'
    ),
)
_OF_ANONYMOUS = (
    OwnSolution('Sign in with an account that can pull from the repository: `az login`.'),
    OwnSolution('Log in to the registry with that account: `az acr login --name {registry}`.'),
    OwnSolution(
        'Enable anonymous pull (Standard and Premium tiers), which allows anyone who can reach the '
        'registry to pull all of its images: `az acr update --name {registry} '
        '--anonymous-pull-enabled true`.',
        unless=('anonymous_pull_enabled',),
    ),
)

# The access token states the permission, so neither a role nor a scope map can lack it.
_PROVEN = (
    OwnSolution(
        "Run the check again in a few minutes: the registry's own token states the permission that "
        'the registry denies, so no permission is missing, but a recent change can take several '
        'minutes to take effect.',
        given=('proven',),
    ),
    OwnSolution(SUPPORT, given=('proven',)),
)
_BY_MODE = {LEGACY: _in_legacy_mode, ABAC: _in_abac_mode, UNKNOWN_MODE: _in_unknown_mode}


def _unless_proven(solutions: tuple[OwnSolution, ...]) -> tuple[OwnSolution, ...]:
    missing = (solution._replace(unless=(*solution.unless, 'proven')) for solution in solutions)
    return (*missing, *_PROVEN)


GRANT = SolutionsByAccount(
    (
        f'{_ASK}{_assign("--assignee {object_id}")} if a user, service principal, or managed '
        f'identity logs in. The role then covers all repositories.{DELAY}',
        'Limit the role to one repository if the registry uses ABAC repository permissions: '
        f'{_assign("--assignee {object_id}", condition=True)}.',
        'Add the permissions to the scope map if a token of the registry logs in: `az acr '
        'scope-map update --name {scope_map} --registry {registry} --add-repository {repository} '
        'content/read`.',
    ),
    {
        **{
            (kind, mode): _unless_proven(solutions_of(assignee))
            for kind, assignee in ASSIGNEES.items()
            for mode, solutions_of in _BY_MODE.items()
        },
        (TOKEN, None): _unless_proven(_OF_TOKEN),
        (ADMIN_USER, None): _OF_ADMIN_USER,
        (ANONYMOUS, None): _OF_ANONYMOUS,
    },
)

BY_ACCOUNT = (GRANT,)
PROBLEMS = ()
