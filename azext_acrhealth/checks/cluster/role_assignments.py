# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Role assignments at a registry, and whether they allow pulls from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from azext_acrhealth.checks.cluster.role_conditions import (
    all_of,
    any_of,
    evaluate,
    is_about_repositories,
)
from azext_acrhealth.checks.cluster.role_permissions import (
    BUILT_IN,
    CONDITION_UNVERIFIED,
    PULL,
    READ_CONTENT,
    Role,
)
from azext_acrhealth.grammar import is_guid
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.deadlines import format_utc
from azext_acrhealth.probes.json_access import (
    object_of,
    objects_of,
    properties_of,
    text_of,
    time_of,
)

API = '2022-04-01'
PART = 'providers/Microsoft.Authorization/roleAssignments'
_SCOPES = (
    (lazy_pattern(r'/'), 'all management groups'),
    (
        lazy_pattern(r'/providers/Microsoft\.Management/managementGroups/[^/]+', re.I),
        'a management group',
    ),
    (lazy_pattern(r'/subscriptions/[^/]+', re.I), 'the subscription'),
    (lazy_pattern(r'/subscriptions/[^/]+/resourceGroups/[^/]+', re.I), 'the resource group'),
)
# Why it is unknown whether an assignment allows pulls.
Doubt = Literal['definition', 'repository', 'condition', 'effect']


class Registry(NamedTuple):
    """What of a registry decides which roles allow pulls: its mode, and the repository if any."""

    abac: bool
    repository: str | None

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the actions that a pull requires."""
        return READ_CONTENT if self.abac else (PULL,)


class Assignment(NamedTuple):
    """A role assignment. `role` is None as long as its definition isn't known."""

    role_id: str
    role: Role | None
    principal: str
    principal_type: str | None
    scope: str
    condition: str | None
    created: datetime | None

    @property
    def role_name(self) -> str:
        """Return the role's name, its ID where that isn't known."""
        return self.role.name if self.role else f'role {self.role_id}'

    @property
    def allows_in_legacy(self) -> bool:
        """Return whether the role allows pulls from registries without ABAC permissions."""
        return self.role is not None and self.role.permits(PULL)

    @property
    def shown_scope(self) -> str:
        """Return in words where the role is assigned."""
        found = (text for pattern, text in _SCOPES if pattern.fullmatch(self.scope))
        return next(found, 'the registry')

    def allows(self, action: str, registry: Registry) -> bool | None:
        """Return whether the assignment allows an action; None if that is unknown."""
        if self.role is None:
            return None
        if not self.role.permits(action):
            # Whether such a registry respects the roles of repositories isn't documented.
            ignored = not registry.abac and all(map(self.role.permits, READ_CONTENT))
            return None if ignored else False
        if self.condition is None:
            return True
        if self.role_id in CONDITION_UNVERIFIED:
            return None
        return evaluate(self.condition, action, registry.repository)

    def can_allow(self, registry: Registry) -> bool:
        """Return whether the assignment allows a part of a pull, or might."""
        return any(self.allows(action, registry) is not False for action in registry.actions)

    def doubt(self, registry: Registry) -> Doubt | None:
        """Return why it is unknown whether the assignment allows pulls, if it is."""
        if None not in [self.allows(action, registry) for action in registry.actions]:
            return None
        if self.role is None:
            return 'definition'
        if self.condition is None or self.role_id in CONDITION_UNVERIFIED:
            return 'effect'
        if registry.repository is None and is_about_repositories(self.condition):
            return 'repository'
        return 'condition'

    def facts(self, registry: Registry) -> dict[str, Any]:
        """Return the assignment as rows show it."""
        return {
            'role': self.role.name if self.role else None,
            'roleId': self.role_id,
            'scope': self.scope,
            'principalId': self.principal,
            'principalType': self.principal_type,
            'condition': self.condition,
            'createdOn': self.created and format_utc(self.created),
            'allowsPull': all_of(self.allows(action, registry) for action in registry.actions),
        }


def assignments_of(resource: Any) -> list[Assignment]:
    """Return the role assignments of a list as ARM's JSON; those without a role's ID are left out.

    Built-in roles are known.
    """
    listed = objects_of(object_of(resource).get('value'))
    return [found for item in listed if (found := _assignment(item)) is not None]


def _assignment(item: Mapping[str, Any]) -> Assignment | None:
    properties = properties_of(item)
    role_id = (text_of(properties.get('roleDefinitionId')) or '').rpartition('/')[2].lower()
    principal = properties.get('principalId')
    if not is_guid(role_id) or not is_guid(principal):
        return None
    return Assignment(
        role_id,
        BUILT_IN.get(role_id),
        principal,
        text_of(properties.get('principalType')),
        text_of(properties.get('scope')) or '/',
        text_of(properties.get('condition')),
        time_of(properties.get('createdOn')),
    )


def allow_pull(assignments: Sequence[Assignment], registry: Registry) -> bool | None:
    """Return whether assignments, which add up, allow pulls; None if that is unknown."""
    return all_of(
        any_of(assignment.allows(action, registry) for assignment in assignments)
        for action in registry.actions
    )


def first_doubt(
    assignments: Iterable[Assignment], registry: Registry
) -> tuple[Assignment, Doubt] | None:
    """Return the first assignment of unknown effect, and why; those that users can clear up first.

    None if there is none.
    """
    found = [(entry, doubt) for entry in assignments if (doubt := entry.doubt(registry))]
    order: tuple[Doubt, ...] = ('repository', 'condition', 'definition', 'effect')
    return min(found, key=lambda pair: order.index(pair[1]), default=None)
