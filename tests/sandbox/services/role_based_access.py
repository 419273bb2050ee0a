# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Who has which role: assignments with inheritance, groups, custom roles and conditions.

Documented: requests, filters and records of role assignments (REST reference of
Microsoft.Authorization 2022-04-01), the IDs and permissions of built-in roles (Learn, "Azure
built-in roles"). Inferred: the error of a malformed filter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services import cloud

Resource = dict[str, Any]
AUTHORIZATION = 'Microsoft.Authorization'
_PULL = 'Microsoft.ContainerRegistry/registries/pull/read'
_PUSH = 'Microsoft.ContainerRegistry/registries/push/write'
_REPOSITORY = 'Microsoft.ContainerRegistry/registries/repositories/'
_READ = ('content/read', 'metadata/read')
_WRITE = (*_READ, 'content/write', 'metadata/write')


def _repository(*actions: str) -> Resource:
    return permission(data_actions=[_REPOSITORY + action for action in actions])


def permission(
    actions: Sequence[str] = (),
    not_actions: Sequence[str] = (),
    data_actions: Sequence[str] = (),
    not_data_actions: Sequence[str] = (),
) -> Resource:
    """Return a permission of a role definition."""
    return {
        'actions': list(actions),
        'notActions': list(not_actions),
        'dataActions': list(data_actions),
        'notDataActions': list(not_data_actions),
    }


# The ID and the permission of each built-in role.
BUILT_IN: Mapping[str, tuple[str, Resource]] = {
    'AcrPull': ('7f951dda-4ed3-4680-a7ca-43fe172d538d', permission([_PULL])),
    'AcrPush': ('8311e382-0749-4cb8-b61a-304f252e45ec', permission([_PULL, _PUSH])),
    'AcrDelete': (
        'c2f4ef07-c644-48eb-af81-4b1b4947fb11',
        permission(['Microsoft.ContainerRegistry/registries/artifacts/delete']),
    ),
    'Container Registry Repository Reader': (
        'b93aa761-3e63-49ed-ac28-beffa264f7ac',
        _repository(*_READ),
    ),
    'Container Registry Repository Writer': (
        '2a1e307c-b015-4ebd-883e-5b7698a07328',
        _repository(*_WRITE),
    ),
    'Container Registry Repository Contributor': (
        '2efddaa5-3f1f-4df3-97df-af3f13818f4c',
        _repository(*_WRITE, 'content/delete', 'metadata/delete'),
    ),
    'Container Registry Repository Catalog Lister': (
        'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7',
        permission(data_actions=['Microsoft.ContainerRegistry/registries/catalog/read']),
    ),
    'Reader': ('acdd72a7-3385-48ef-bd42-f606fba81ae7', permission(['*/read'])),
    'Contributor': (
        'b24988ac-6180-42a0-ab88-20f7382dd24c',
        permission(
            ['*'],
            [f'{AUTHORIZATION}/*/Delete', f'{AUTHORIZATION}/*/Write'],
        ),
    ),
    'Owner': ('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', permission(['*'])),
}
# The management groups above every subscription, the nearest first.
MANAGEMENT_GROUPS = tuple(
    f'/providers/Microsoft.Management/managementGroups/{name}' for name in ('mg1', cloud.TENANT)
)
_TERMS = re.compile(r"atScope\(\)|(assignedTo)\('([^']+)'\)|(principalId) eq '([^']+)'")
_GUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.IGNORECASE)


class RoleBasedAccess:
    """All role assignments, the members of groups, and custom roles."""

    def __init__(self) -> None:
        self.assignments: list[Resource] = []
        self.groups: dict[str, list[str]] = {}
        self.custom: dict[str, Resource] = {}

    def role_id(self, role: str) -> str:
        """Return the ID of a role by its name, or of a custom one by its ID."""
        return BUILT_IN[role][0] if role in BUILT_IN else role

    def definition(self, role_id: str, subscription: str) -> Optional[Resource]:
        """Return a role definition as ARM shows it; None for an unknown ID."""
        named = next((name for name, (known, _) in BUILT_IN.items() if known == role_id), None)
        custom = self.custom.get(role_id)
        if named is None and custom is None:
            return None
        properties = custom or {
            'roleName': named,
            'type': 'BuiltInRole',
            'description': '',
            'assignableScopes': ['/'],
            'permissions': [BUILT_IN[named or ''][1]],
        }
        return {
            'id': f'/subscriptions/{subscription}/providers/{AUTHORIZATION}/roleDefinitions/'
            f'{role_id}',
            'name': role_id,
            'type': f'{AUTHORIZATION}/roleDefinitions',
            'properties': properties,
        }

    def assign(
        self,
        principal: str,
        role: str,
        scope: str,
        kind: str = 'ServicePrincipal',
        condition: Optional[str] = None,
        created: str = '2026-02-03T09:12:44.1234567Z',
        subscription: str = cloud.SUBSCRIPTION,
    ) -> Resource:
        """Add a role assignment, and return it as ARM shows it."""
        role_id = self.role_id(role)
        name = cloud.guid(f'{principal} {role_id} {scope}')
        assignment = {
            'id': f'{scope.rstrip("/")}/providers/{AUTHORIZATION}/roleAssignments/{name}',
            'name': name,
            'type': f'{AUTHORIZATION}/roleAssignments',
            'properties': {
                'roleDefinitionId': f'/subscriptions/{subscription}/providers/{AUTHORIZATION}/'
                f'roleDefinitions/{role_id}',
                'principalId': principal,
                'principalType': kind,
                'scope': scope,
                'condition': condition,
                'conditionVersion': '2.0' if condition else None,
                'description': None,
                'delegatedManagedIdentityResourceId': None,
                'createdOn': created,
                'updatedOn': created,
                'createdBy': cloud.guid('administrator'),
                'updatedBy': cloud.guid('administrator'),
            },
        }
        self.assignments = [entry for entry in self.assignments if entry['name'] != name]
        self.assignments.append(assignment)
        return assignment

    def listed(self, scope: str, condition: str) -> list[Resource]:
        """Return the assignments that a list at a scope shows; ValueError for another filter.

        `atScope()` leaves out what is below, `assignedTo` finds those of groups, too, however they
        are nested, and `principalId eq` those of the principal itself, which can't be combined.
        """
        terms = [_TERMS.fullmatch(term) for term in condition.split(' and ')] if condition else []
        principals: Optional[set[str]] = None
        for term in terms:
            if term is None or term[3] and len(terms) > 1:
                raise ValueError(f'invalid filter {condition}')
            principal = term[2] or term[4]
            if principal and not _GUID.fullmatch(principal):
                raise ValueError(f'invalid principal {principal}')
            if principal:
                principals = self._with_groups(principal) if term[1] else {principal}
        at_scope = any(term and term[0] == 'atScope()' for term in terms)
        return [
            entry
            for entry in self.assignments
            if (
                _is_above(entry['properties']['scope'], scope)
                or not at_scope
                and _is_above(scope, entry['properties']['scope'])
            )
            and (principals is None or entry['properties']['principalId'] in principals)
        ]

    def _with_groups(self, principal: str) -> set[str]:
        found = {principal}
        while True:
            new = {group for group, members in self.groups.items() if found & set(members)}
            if new <= found:
                return found
            found |= new


def _is_above(upper: str, lower: str) -> bool:
    """Return whether a scope is another one or contains it."""
    if upper == '/' or upper in MANAGEMENT_GROUPS:
        return True
    return (lower.lower() + '/').startswith(upper.lower() + '/')
