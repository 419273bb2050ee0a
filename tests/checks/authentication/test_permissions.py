# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The solutions of every problem that lacks a permission: by account, permissions mode and need."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from azext_acrhealth.advice import text_of
from azext_acrhealth.catalogue import BY_ACCOUNT, PROBLEMS
from azext_acrhealth.catalogue.authentication import permissions
from azext_acrhealth.catalogue.by_account import KINDS, MODES, solutions_for
from azext_acrhealth.catalogue.registry import arm_read
from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.account import Account, reader_placeholders
from azext_acrhealth.checks.authentication.registry_token import RegistryToken
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.checks.registry.roles import grant_placeholders
from azext_acrhealth.model import Problem
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.report import fill_placeholders
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import (
    ACCOUNT,
    REGISTRY_ID,
    USER_CLAIMS,
    FakeProbes,
    signed,
    token_response,
)
from tests.checks.table import Row, run, shown

REPOSITORY = 'team/app'
OBJECT_ID, APPLICATION_ID = ACCOUNT, '11111111-2222-4333-8444-555555555555'
PRINCIPAL = f'--assignee-object-id {OBJECT_ID} --assignee-principal-type ServicePrincipal'
ACCOUNTS = {
    'user': Account('user', OBJECT_ID),
    'service principal': Account('service principal', OBJECT_ID),
    'managed identity': Account('managed identity', OBJECT_ID),
    'application': Account('application', name=APPLICATION_ID),
    'token': Account('token', name='ci-pull'),
    'admin user': Account('admin user'),
    'anonymous': Account('anonymous'),
    'refresh token': Account('refresh token'),
    'unknown': Account('unknown', OBJECT_ID),
}
# How a command names those that a role can be assigned to.
ASSIGNEES = {
    'user': f'--assignee-object-id {OBJECT_ID} --assignee-principal-type User',
    'service principal': PRINCIPAL,
    'managed identity': PRINCIPAL,
    'application': f'--assignee {APPLICATION_ID}',
    'refresh token': '--assignee OBJECT_ID',
    'unknown': f'--assignee {OBJECT_ID}',
}
LOGINS: dict[str, LoginServer] = {
    'legacy': AT._replace(resource={'id': REGISTRY_ID, 'properties': {}}),
    'abac': AT._replace(
        resource={
            'id': REGISTRY_ID,
            'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'},
        },
    ),
    'unknown': AT._replace(resource=None),
}
NEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str, str]] = {
    # The legacy roles, the role of a repository, and the permissions of a scope map.
    'pull': (('pull',), ('AcrPull',), 'Reader', 'content/read'),
    'push': (('pull', 'push'), ('AcrPush',), 'Writer', 'content/read content/write'),
    'list tags': (
        ('pull', 'metadata_read'),
        ('AcrPull',),
        'Reader',
        'content/read metadata/read',
    ),
    'delete': (('delete',), ('AcrDelete',), 'Contributor', 'content/read content/delete'),
    'all': (
        ('pull', 'push', 'delete', 'metadata_read', 'metadata_write'),
        ('AcrPush', 'AcrDelete'),
        'Contributor',
        'content/read content/write content/delete metadata/read metadata/write',
    ),
}
GRANTING = [problem for problem in PROBLEMS if permissions.GRANT.general[0] in problem.solutions]
READING = {
    block.general[0]: block
    for block in (
        arm_read.READ_REGISTRY,
        arm_read.READ_SUBSCRIPTION,
        arm_read.READ_IDENTITY,
        arm_read.READ_ENDPOINTS,
        arm_read.READ_CLUSTER,
        arm_read.READ_NODES,
    )
}


def name(problem: Problem) -> str:
    return f'{problem.code} {problem.reason}'


def fill(problem: Problem, placeholders: dict[str, str]) -> list[str]:
    placeholders = {'registry': 'myregistry', **placeholders}
    solutions = solutions_for(problem.solutions, placeholders, BY_ACCOUNT)
    return [fill_placeholders(text_of(solution), placeholders) for solution in solutions]


def commands(texts: list[str], start: str) -> list[str]:
    found = [command for text in texts for command in re.findall(r'`([^`]+)`', text)]
    return [command for command in found if command.startswith(start)]


def cases() -> Iterator[Any]:
    for problem in GRANTING:
        for kind in KINDS:
            for mode in MODES:
                for need in NEEDS:
                    yield pytest.param(
                        problem, kind, mode, need, id=f'{name(problem)}, {kind}, {mode}, {need}'
                    )


def test_the_problems_that_lack_a_permission() -> None:
    assert {name(problem) for problem in GRANTING} == {
        'CONNECTIVITY_REFRESH_TOKEN_ERROR Unauthorized',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR Unauthorized',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR NoPermissions',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR ActionsMissing',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR AbacRoleNeeded',
        'CONNECTIVITY_ACCESS_TOKEN_ERROR PermissionsUnverified',
        'IMAGE_PULL_ERROR Unauthorized',
        'IMAGE_PUSH_ERROR Unauthorized',
        'IMAGE_PUSH_ERROR CancelRefused',
        'PULL_ROLE_ERROR NoPullRole',
        'PULL_ROLE_ERROR RoleIgnoredByAbac',
        'PULL_ROLE_ERROR RoleOnControlPlane',
        'PULL_ROLE_ERROR AnonymousPullOnly',
        'PULL_ROLE_ERROR RoleEffectUnknown',
    }


def test_no_other_problem_suggests_a_role_in_words_of_its_own() -> None:
    ours = {text for block in BY_ACCOUNT for text in block.general}
    for problem in PROBLEMS:
        for text in map(text_of, problem.solutions):
            assert text in ours or 'az role assignment create' not in text, name(problem)
            assert text in ours or not re.search(r'assign you|--assignee', text), name(problem)


@pytest.mark.parametrize('problem, kind, mode, need', [*cases()])
def test_the_command_fits_the_account(problem: Problem, kind: str, mode: str, need: str) -> None:
    actions, legacy_roles, repository_role, scope_permissions = NEEDS[need]
    texts = fill(problem, grant_placeholders(LOGINS[mode], ACCOUNTS[kind], actions, REPOSITORY))
    roles = commands(texts, 'az role assignment create ')
    scope_maps = commands(texts, 'az acr scope-map update ')
    if kind not in ASSIGNEES:
        assert not commands(texts, 'az role assignment')
    else:
        assert all(f' {ASSIGNEES[kind]} --role "' in command for command in roles)
        assert roles and 'ACCOUNT' not in ' '.join(roles)
    if kind == 'token':
        assert scope_maps == [
            'az acr scope-map update --name SCOPE_MAP --registry myregistry --add-repository '
            f'{REPOSITORY} {scope_permissions}'
        ]
        assert commands(texts, 'az acr token show --name ci-pull --registry myregistry --query ')
        return
    assert scope_maps == []
    if kind == 'admin user':
        assert 'has all permissions on all repositories' in ' '.join(texts)
    elif kind == 'anonymous':
        assert commands(texts, 'az acr login --name myregistry')
        assert 'anyone who can reach the registry' in ' '.join(texts)
    else:
        assert_roles(texts, roles, mode, need, legacy_roles, repository_role)


def assert_roles(
    texts: list[str],
    roles: list[str],
    mode: str,
    need: str,
    legacy_roles: tuple[str, ...],
    repository_role: str,
) -> None:
    """Assert that the roles are those of the mode, and that what they cover is said."""
    parsed = [shlex.split(command) for command in roles]
    assigned = [words[words.index('--role') + 1] for words in parsed]
    scopes = {words[words.index('--scope') + 1] for words in parsed}
    repository_role = f'Container Registry Repository {repository_role}'
    assert scopes == {'REGISTRY_ID' if mode == 'unknown' else REGISTRY_ID}
    assert 'Role Based Access Control Administrator' in ' '.join(texts)
    if mode == 'unknown':
        assert assigned == [legacy_roles[0], repository_role]
        return
    if mode == 'legacy':
        assert tuple(assigned) == legacy_roles
        assert 'all repositories' in next(text for text in texts if roles[0] in text)
        return
    lister = ['Container Registry Repository Catalog Lister']
    lists = need in ('list tags', 'all')
    assert assigned == [repository_role, repository_role, *(lister if lists else [])]
    limited, unlimited = (
        next(text for text in texts if f'`{command}`' in text) for command in roles[:2]
    )
    assert 'this repository only' in limited and 'all repositories' in unlimited
    condition = parsed[0][parsed[0].index('--condition') + 1]
    assert condition.endswith(f":name] StringEqualsIgnoreCase '{REPOSITORY}'))")
    assert parsed[0][-2:] == ['--condition-version', '2.0'] and '--condition' not in parsed[1]
    # In double quotes, PowerShell and interactive shells would act on these.
    assert f'"{condition}"' in roles[0] and not set('!$`"\\') & set(condition)


@pytest.mark.parametrize('granted', [('pull', 'push'), ('*',)])
@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('kind', [*ASSIGNEES, 'token'])
def test_what_the_token_proves_is_never_advised(
    kind: str, mode: str, granted: tuple[str, ...]
) -> None:
    actions = ['pull', 'push']
    for problem in GRANTING:
        placeholders = grant_placeholders(
            LOGINS[mode], ACCOUNTS[kind], actions, REPOSITORY, granted
        )
        texts = fill(problem, placeholders)
        assert not commands(texts, 'az role') and not commands(texts, 'az acr scope-map')
        assert 'no permission is missing' in ' '.join(texts)


def test_what_the_token_proves_in_part() -> None:
    placeholders = grant_placeholders(
        LOGINS['legacy'], ACCOUNTS['user'], ['pull', 'push', 'delete'], REPOSITORY, ['pull', 'push']
    )
    (command,) = commands(fill(GRANTING[0], placeholders), 'az role assignment create')
    assert '--role "AcrDelete"' in command


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('problem', GRANTING, ids=name)
def test_without_a_repository_a_role_covers_all(problem: Problem, mode: str) -> None:
    placeholders = grant_placeholders(LOGINS[mode], ACCOUNTS['user'], ['pull'], None)
    texts = fill(problem, placeholders)
    roles = commands(texts, 'az role assignment create ')
    assert roles and all('--condition' not in command for command in roles)
    assert 'all repositories' in next(text for text in texts if roles[0] in text)


@pytest.mark.parametrize(
    'scope_map, command',
    [
        ('pullers', 'az acr scope-map update --name pullers --registry myregistry '),
        ('_repositories_pull', 'az acr scope-map create --name NEW_SCOPE_MAP '),
    ],
)
def test_the_scope_map_of_a_token(scope_map: str, command: str) -> None:
    placeholders = {
        **grant_placeholders(LOGINS['legacy'], ACCOUNTS['token'], ['push'], REPOSITORY),
        **RegistryToken(True, True, scope_map).placeholders,
    }
    texts = fill(GRANTING[0], placeholders)
    assert commands(texts, command) and not commands(texts, 'az acr token show')
    replaced = commands(texts, 'az acr token update --name ci-pull')
    assert bool(replaced) == scope_map.startswith('_')
    if replaced:
        assert not commands(texts, 'az acr scope-map update')
        assert 'replaces all permissions' in next(text for text in texts if replaced[0] in text)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('general', READING, ids=lambda text: text[:60])
def test_reading_a_resource(general: str, kind: str) -> None:
    own = READING[general].own.get((kind, None))
    if kind not in ASSIGNEES:
        assert own is None
        return
    assert own is not None and len(own) == 1
    placeholders = ACCOUNTS[kind].placeholders
    assert f'{ASSIGNEES[kind]} --role Reader --scope ' in fill_placeholders(
        own[0].text, placeholders
    )
    assert 'allows the account' in own[0].text


def test_a_reader_is_named_by_its_object_id() -> None:
    placeholders = reader_placeholders(USER_CLAIMS, None, registry_id=REGISTRY_ID)
    problem = next(problem for problem in PROBLEMS if problem.reason == 'UsageForbidden')
    (command,) = commands(fill(problem, placeholders), 'az role')
    assert command == (
        f'az role assignment create {ASSIGNEES["user"]} --role Reader --scope {REGISTRY_ID}'
    )


@pytest.mark.parametrize('mode', ['legacy', 'abac'])
@pytest.mark.parametrize('kind', [kind for kind in KINDS if kind != 'anonymous'])
@pytest.mark.parametrize('granted', [(), ('pull',)])
def test_the_check_knows_who_logs_in(kind: str, mode: str, granted: tuple[str, ...]) -> None:
    access = [{'type': 'repository', 'name': REPOSITORY, 'actions': list(granted)}]
    token = ArmResult({'properties': {'scopeMapId': f'{REGISTRY_ID}/scopeMaps/pullers'}})
    row = Row(
        'permissions',
        access_token,
        'Failed',
        probes=FakeProbes(
            access=token_response(signed(access=access)),
            resources={f'{REGISTRY_ID}/tokens/ci-pull': token},
        ),
        needs=(LOGINS[mode], Login(CHALLENGED, 'refresh', None, ACCOUNTS[kind])),
        options=Options(repository=REPOSITORY, need=('pull', 'push')),
    )
    entry = shown(access_token, run(row))
    roles = commands(entry['solutions'], 'az role assignment create')
    assert bool(roles) == (kind in ASSIGNEES) == ('roles' in entry['facts'])
    updates = commands(entry['solutions'], 'az acr scope-map update')
    if kind == 'token':
        assert updates == [
            'az acr scope-map update --name pullers --registry myregistry --add-repository '
            'team/app content/read content/write'
        ]
        assert entry['facts']['token']['scopeMap'] == 'pullers'
        assert entry['facts']['scopeMapPermissions'] == ['content/read', 'content/write']
        assert 'role' not in entry['detail'] + entry['cause']
    else:
        assert updates == [] and 'token' not in entry['facts']
