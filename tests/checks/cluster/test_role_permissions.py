# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What roles permit."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.role_permissions import BUILT_IN, PULL, READ_CONTENT, role_of
from azext_acrhealth.grammar import is_guid
from tests.sandbox.services import role_based_access

LEGACY = {'AcrPull', 'AcrPush', 'Reader', 'Contributor', 'Owner'}
REPOSITORY = {
    f'Container Registry Repository {name}' for name in ('Reader', 'Writer', 'Contributor')
}
BOTH = {'Container Registry Data Importer and Data Reader'}


@pytest.mark.parametrize('role_id', BUILT_IN)
def test_built_in_roles(role_id: str) -> None:
    role = BUILT_IN[role_id]
    assert is_guid(role_id) and role_id == role_id.lower()
    assert role.permits(PULL) is (role.name in LEGACY | BOTH)
    assert {role.permits(action) for action in READ_CONTENT} == {role.name in REPOSITORY | BOTH}


@pytest.mark.parametrize('name', role_based_access.BUILT_IN)
def test_the_sandbox_has_the_same_roles(name: str) -> None:
    role_id, permission = role_based_access.BUILT_IN[name]
    built_in, defined = BUILT_IN[role_id], role_of({'properties': {'permissions': [permission]}})
    assert built_in.name == name and defined is not None
    for action in (PULL, *READ_CONTENT):
        assert built_in.permits(action) is defined.permits(action)


def definition(*permissions: Any, **properties: Any) -> dict[str, Any]:
    return {'properties': {'roleName': 'Puller', 'permissions': list(permissions), **properties}}


@pytest.mark.parametrize(
    'permissions, pull, content',
    [
        ([], False, False),
        ([{'actions': ['Microsoft.ContainerRegistry/registries/*/read']}], True, False),
        ([{'actions': ['*'], 'notActions': ['Microsoft.ContainerRegistry/*']}], False, False),
        ([{'actions': ['*'], 'notActions': ['*']}, {'actions': [PULL]}], True, False),
        ([{'dataActions': ['Microsoft.ContainerRegistry/*']}], False, True),
        ([{'dataActions': ['*'], 'notDataActions': ['*/content/read']}], False, False),
        ([{'dataActions': [PULL.upper()], 'actions': [*READ_CONTENT]}], False, False),
        ([None, 7, {'actions': 'x', 'notActions': None}, {'actions': [7, PULL]}], True, False),
    ],
)
def test_custom_roles(permissions: list[Any], pull: bool, content: bool) -> None:
    role = role_of(definition(*permissions))
    assert role is not None and role.name == 'Puller'
    assert (role.permits(PULL), role.permits(READ_CONTENT[0])) == (pull, content)


@pytest.mark.parametrize('value', [None, {}, {'properties': []}, {'properties': {}}])
def test_what_is_no_definition(value: Any) -> None:
    assert role_of(value) is None


def test_a_role_without_a_name() -> None:
    role = role_of(definition(roleName=None))
    assert role is not None and role.name == 'a custom role'
