# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The role for an action, in either role assignment mode of a registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.roles import (
    account_of,
    assignment_placeholders,
    roles_for,
    uses_repository_permissions,
)
from tests.checks.fake_probes import ACCOUNT, HOST, REGISTRY_ID, FakeConnection

LOGIN = LoginServer(HOST, FakeConnection(), True, {'id': REGISTRY_ID})
BY_REPOSITORY = replace(
    LOGIN, resource={'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}}
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


def test_the_mode() -> None:
    assert uses_repository_permissions(BY_REPOSITORY) and not uses_repository_permissions(LOGIN)


@pytest.mark.parametrize(
    'identifier, enters',
    [
        (REGISTRY_ID, True),
        (f'{REGISTRY_ID}; rm -rf ~', False),
        (f'{REGISTRY_ID}/x', False),
        ('', False),
        (7, False),
    ],
)
def test_only_a_resource_id_enters_the_command(identifier: Any, enters: bool) -> None:
    placeholders = assignment_placeholders(
        replace(LOGIN, resource={'id': identifier}), ACCOUNT, ['AcrPull']
    )
    assert placeholders == {
        'role': 'AcrPull',
        'account': ACCOUNT,
        **({'registry_id': identifier} if enters else {}),
    }


def test_assignment_without_id_and_account() -> None:
    assert assignment_placeholders(
        replace(LOGIN, resource=None), None, ['AcrPull', 'AcrDelete']
    ) == {'role': 'AcrPull'}


@pytest.mark.parametrize(
    'claims, account',
    [
        ({'oid': ACCOUNT}, ACCOUNT),
        ({'oid': f'{ACCOUNT} --role Owner'}, None),
        ({'oid': 7}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_account(claims: Any, account: str | None) -> None:
    assert account_of(claims) == account
