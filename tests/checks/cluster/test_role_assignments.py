# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Role assignments, and whether they allow pulls."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.role_assignments import (
    Registry,
    allow_pull,
    assignments_of,
    first_doubt,
)
from azext_acrhealth.checks.cluster.role_permissions import READ_CONTENT, Block, Role
from tests.checks.cluster.fixtures import (
    CLIENT,
    KUBELET,
    READER,
    ROLES,
    assignment,
    for_repositories,
    listed,
)

LEGACY, ABAC = Registry(False, None), Registry(True, 'team/app')
ANY = Registry(True, None)
IMPORTER = 'Container Registry Data Importer and Data Reader'
HELLO, APP = for_repositories('hello'), for_repositories('x', 'team/app')
ODD = "@Principal[x] StringEquals 'y'"


def parsed(*items: Any) -> Any:
    return assignments_of(listed(*items).resource)


@pytest.mark.parametrize(
    'registry, items, allowed, doubt',
    [
        (LEGACY, [], False, None),
        (LEGACY, [assignment()], True, None),
        (LEGACY, [assignment('Reader')], True, None),
        (LEGACY, [assignment('AcrDelete')], False, None),
        (LEGACY, [assignment(READER)], None, 'effect'),
        (LEGACY, [assignment(READER), assignment()], True, None),
        (LEGACY, [assignment(condition=HELLO)], True, None),
        (LEGACY, [assignment(condition=ODD)], None, 'condition'),
        (LEGACY, [assignment(IMPORTER)], True, None),
        (LEGACY, [assignment(CLIENT)], None, 'definition'),
        (ABAC, [assignment()], False, None),
        (ABAC, [assignment('Owner')], False, None),
        (ABAC, [assignment(READER)], True, None),
        (ABAC, [assignment(READER, condition=APP)], True, None),
        (ABAC, [assignment(READER, condition=HELLO)], False, None),
        (ABAC, [assignment(READER, condition=HELLO), assignment(READER)], True, None),
        (ABAC, [assignment(READER, condition=ODD)], None, 'condition'),
        (ABAC, [assignment(IMPORTER)], True, None),
        (ABAC, [assignment(IMPORTER, condition=APP)], None, 'effect'),
        (ANY, [assignment(READER)], True, None),
        (ANY, [assignment(READER, condition=APP)], None, 'repository'),
        (ANY, [assignment(READER, condition=ODD)], None, 'condition'),
        (
            ANY,
            [assignment(CLIENT), assignment(READER, condition=ODD)],
            *(None, 'condition'),
        ),
        (
            ANY,
            [assignment(READER, condition=ODD), assignment(READER, condition=APP)],
            *(None, 'repository'),
        ),
    ],
)
def test_what_assignments_allow(
    registry: Registry, items: list[Any], allowed: bool | None, doubt: str | None
) -> None:
    found = parsed(*items)
    assert allow_pull(found, registry) is allowed
    doubtful = first_doubt(found, registry) if allowed is None else None
    assert (doubtful[1] if doubtful else None) == doubt


def test_assignments_add_up() -> None:
    (base,) = parsed(assignment(CLIENT))
    content, metadata = (
        base._replace(role=Role('x', (Block(data_actions=(action,)),))) for action in READ_CONTENT
    )
    assert allow_pull([content], ABAC) is False
    assert allow_pull([content, metadata], ABAC) is True
    assert content.can_allow(ABAC) and not content.can_allow(LEGACY)


@pytest.mark.parametrize(
    'scope, shown',
    [
        ('/', 'all management groups'),
        ('/providers/Microsoft.Management/managementGroups/mg1', 'a management group'),
        ('/subscriptions/x', 'the subscription'),
        ('/subscriptions/x/resourcegroups/g', 'the resource group'),
        ('/subscriptions/x/resourceGroups/g/providers/y/z/w', 'the registry'),
    ],
)
def test_scopes(scope: str, shown: str) -> None:
    (found,) = parsed(assignment(scope=scope))
    assert found.shown_scope == shown


def test_facts() -> None:
    (found,) = parsed(assignment())
    assert found.facts(LEGACY) == {
        'role': 'AcrPull',
        'roleId': ROLES['AcrPull'],
        'scope': found.scope,
        'principalId': KUBELET,
        'principalType': 'ServicePrincipal',
        'condition': None,
        'createdOn': '2025-02-03T09:12:44Z',
        'allowsPull': True,
    }
    (custom,) = parsed(assignment(CLIENT, created='x'))
    assert custom.role_name == f'role {CLIENT}' and custom.facts(LEGACY)['createdOn'] is None
    assert not custom.allows_in_legacy and found.allows_in_legacy


@pytest.mark.parametrize(
    'items',
    [[None], [7], [{}], [assignment('x')], [assignment(principal='x')], [{'properties': []}]],
)
def test_what_is_no_assignment(items: list[Any]) -> None:
    assert parsed(*items) == []
