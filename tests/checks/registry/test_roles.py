# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The role and the scope map permissions for an action, in either permissions mode."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.account import Account
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.roles import (
    grant_placeholders,
    roles_for,
    scope_map_actions,
    uses_repository_permissions,
)
from tests.checks.fake_probes import ACCOUNT, HOST, REGISTRY_ID, USER, FakeConnection

LOGIN = LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID})
BY_REPOSITORY = LOGIN._replace(
    resource={'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}}
)


@pytest.mark.parametrize(
    'actions, registry_wide, repository',
    [
        (['pull'], ['AcrPull'], 'Reader'),
        (['metadata_read'], ['AcrPull'], 'Reader'),
        (['pull', 'push'], ['AcrPush'], 'Writer'),
        (['metadata_write'], ['AcrPush'], 'Writer'),
        (['delete'], ['AcrDelete'], 'Contributor'),
        (['pull', 'delete'], ['AcrPull', 'AcrDelete'], 'Contributor'),
        (['pull', 'push', 'delete'], ['AcrPush', 'AcrDelete'], 'Contributor'),
        ([], ['AcrPull'], 'Reader'),
    ],
)
def test_roles(actions: list[str], registry_wide: list[str], repository: str) -> None:
    assert roles_for(actions, LOGIN) == registry_wide
    assert roles_for(actions, BY_REPOSITORY) == [f'Container Registry Repository {repository}']


@pytest.mark.parametrize(
    'actions, permissions',
    [
        (['pull'], ['content/read']),
        (['push'], ['content/read', 'content/write']),
        (['pull', 'push', 'delete'], ['content/read', 'content/write', 'content/delete']),
        (['metadata_read'], ['metadata/read']),
        (['pull', 'metadata_write'], ['content/read', 'metadata/read', 'metadata/write']),
        (['deleted_restore'], ['content/read']),
    ],
)
def test_scope_map_permissions(actions: list[str], permissions: list[str]) -> None:
    assert scope_map_actions(actions) == permissions


def test_the_mode() -> None:
    assert uses_repository_permissions(BY_REPOSITORY) and not uses_repository_permissions(LOGIN)
    modes = [
        grant_placeholders(login, USER, ['pull'], None)['mode']
        for login in (LOGIN, BY_REPOSITORY, LOGIN._replace(resource=None))
    ]
    assert modes == ['legacy', 'abac', 'unknown']


@pytest.mark.parametrize(
    'identifier, entered',
    [
        (REGISTRY_ID, REGISTRY_ID),
        (REGISTRY_ID.replace('/g/', '/g(1)/'), REGISTRY_ID.replace('/g/', '/g(1)/')),
        (f'{REGISTRY_ID}; rm -rf ~', None),
        (f'{REGISTRY_ID}/x', None),
        ('', None),
        (7, None),
    ],
)
def test_only_a_resource_id_enters_the_command(identifier: Any, entered: str | None) -> None:
    placeholders = grant_placeholders(
        LOGIN._replace(resource={'id': identifier}), USER, ['pull'], None
    )
    assert placeholders['registry_id'] == (entered or '')
    assert placeholders['object_id'] == ACCOUNT and placeholders['role'] == 'AcrPull'


def test_each_role_has_its_own_effect() -> None:
    placeholders = grant_placeholders(LOGIN, Account(), ['pull', 'delete'], 'team/app')
    assert (placeholders['role'], placeholders['allowed']) == ('AcrPull', 'pull from')
    assert (placeholders['second_role'], placeholders['second_allowed']) == (
        'AcrDelete',
        'delete images from',
    )
    assert 'object_id' not in placeholders


@pytest.mark.parametrize(
    'actions, condition',
    [
        (['pull'], ('content/read', 'metadata/read')),
        (['push'], ('content/read', 'content/write', 'metadata/read', 'metadata/write')),
        (
            ['delete'],
            (
                'content/read',
                'content/write',
                'content/delete',
                'metadata/read',
                'metadata/write',
                'metadata/delete',
            ),
        ),
    ],
)
def test_the_condition_names_every_action_of_the_role(
    actions: list[str], condition: tuple[str, ...]
) -> None:
    prefix = 'Microsoft.ContainerRegistry/registries/repositories'
    excluded = ' AND '.join(f"NOT (ActionMatches{{'{prefix}/{action}'}})" for action in condition)
    placeholders = grant_placeholders(BY_REPOSITORY, USER, actions, 'team/app')
    assert placeholders['condition'] == (
        f"(({excluded}) OR (@Request[{prefix}:name] StringEqualsIgnoreCase 'team/app'))"
    )
    # What a shell would act on within double quotes.
    assert not set('!$`"\\') & set(placeholders['condition'])
    assert grant_placeholders(BY_REPOSITORY, USER, actions, None)['condition'] == ''
