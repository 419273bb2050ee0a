# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The advice depends on who logs in: its command is run as it is, and then the check passes."""

from __future__ import annotations

import pathlib
import re
import shlex
import subprocess
from typing import Any, Optional

import pytest

from tests.acceptance.codes import ACCESS, LOGIN_SERVER, REFRESH
from tests.acceptance.components import need_azure_identity
from tests.acceptance.pulls import PULL
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import azure_identity
from tests.sandbox.services import cloud

NULL_GUID = '00000000-0000-0000-0000-000000000000'
PRINCIPAL = cloud.guid(cloud.APP + '/principal')
AS_PRINCIPAL = f'--assignee-object-id {PRINCIPAL} --assignee-principal-type ServicePrincipal'
PUSH = ('--repository', 'hello', '--need', 'pull', 'push')
PASSWORD = 'pass-word-of-ci-pull'


def check_by_password(
    sandbox: Sandbox, registry: str, user: str, password: str, *arguments: str
) -> Run:
    arguments = ('--username', user, '--password-stdin', *arguments)
    return check(sandbox, '-n', registry, *arguments, stdin=password + '\n')


def commands(row: dict[str, Any], start: str) -> list[str]:
    found = [command for text in row['solutions'] for command in re.findall(r'`([^`]+)`', text)]
    return [command for command in found if command.startswith(start)]


def paste(sandbox: Sandbox, command: str) -> None:
    """Run a command of a solution with the words that an interactive bash makes of it."""
    lines = (
        'set -o errexit -o history -o histexpand',
        'az() { printf "%s\\0" "$@"; }',
        command,
    )
    words = subprocess.run(
        ['bash', '--norc'],
        input='\n'.join(lines) + '\n',
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert words, command
    finished = sandbox.az(*words.rstrip('\0').split('\0'))
    assert finished.code == 0, finished.stderr


class TestToken:
    """A token of the registry: its scope map, never a role."""

    @pytest.mark.parametrize('registry', ['contoso', 'fabrikam'])
    def test_missing_permissions(self, sandbox: Sandbox, registry: str) -> None:
        sandbox.put_token(registry, 'ci-pull', PASSWORD, {'hello': ['content/read']})
        run = check_by_password(sandbox, registry, 'ci-pull', PASSWORD, *PUSH)
        row = run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
        assert row['facts']['missing'] == ['push'] and row['facts']['accountKind'] == 'token'
        assert not commands(row, 'az role')
        (command,) = commands(row, 'az acr scope-map update')
        assert command == (
            f'az acr scope-map update --name pullers --registry {registry} --add-repository hello '
            'content/read content/write'
        )
        paste(sandbox, command)
        run = check_by_password(sandbox, registry, 'ci-pull', PASSWORD, *PUSH)
        run.has('access-token', 'Passed')

    @pytest.mark.parametrize('registry', ['contoso', 'fabrikam'])
    def test_another_repository(self, sandbox: Sandbox, registry: str) -> None:
        sandbox.put_token(registry, 'ci-pull', PASSWORD, {'other': ['content/read']})
        run = check_by_password(sandbox, registry, 'ci-pull', PASSWORD, *PUSH)
        row = run.has('access-token', 'Failed', ACCESS, 'NoPermissions')
        assert 'role' not in row['cause'] + row['detail'] and not commands(row, 'az role')
        paste(sandbox, commands(row, 'az acr scope-map update')[0])
        run = check_by_password(sandbox, registry, 'ci-pull', PASSWORD, *PUSH)
        run.has('access-token', 'Passed')

    def test_a_scope_map_that_is_built_in(self, sandbox: Sandbox) -> None:
        pull = {'*': ['content/read', 'metadata/read']}
        sandbox.put_token('contoso', 'ci-pull', PASSWORD, pull, '_repositories_pull')
        run = check_by_password(sandbox, 'contoso', 'ci-pull', PASSWORD, *PUSH)
        row = run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
        assert not commands(row, 'az acr scope-map update')
        assert commands(row, 'az acr scope-map create')
        assert commands(row, 'az acr token update --name ci-pull')

    def test_without_azure_resource_manager(self, sandbox: Sandbox) -> None:
        sandbox.put_token('contoso', 'ci-pull', PASSWORD, {'hello': ['content/read']})
        sandbox.set_fault('arm', 'status:403')
        run = check_by_password(sandbox, 'contoso', 'ci-pull', PASSWORD, *PUSH)
        row = run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
        assert '--name SCOPE_MAP ' in commands(row, 'az acr scope-map update')[0]
        assert commands(row, 'az acr token show --name ci-pull --registry contoso')

    def test_an_upload_that_it_may_not_cancel(self, sandbox: Sandbox) -> None:
        push = {'hello': ['content/read', 'content/write']}
        sandbox.put_token('contoso', 'ci-pull', PASSWORD, push, 'pushers')
        sandbox.set_fault('upload-cancel', 'status:401')
        run = check_by_password(sandbox, 'contoso', 'ci-pull', PASSWORD, *PUSH, '--push')
        row = run.has('push', 'Warning', 'IMAGE_PUSH_ERROR', 'CancelRefused')
        (command,) = commands(row, 'az acr scope-map update')
        assert '--name pushers ' in command and command.endswith('content/read content/delete')
        assert 'allows the account to delete images' in ' '.join(row['solutions'])

    @pytest.mark.parametrize(
        'user, options, detail, command',
        [
            (
                'ci-pull',
                {'status': 'disabled'},
                'the token is disabled',
                'az acr token update --registry contoso --name ci-pull --status enabled',
            ),
            (
                'ci-pull',
                {'expiry': '2025-01-02T03:04:05.1234567+00:00'},
                'all passwords of the token expired, the last at 2025-01-02T03:04:05Z',
                'az acr token credential generate --registry contoso --name ci-pull --password2',
            ),
            (
                'nobody',
                {},
                'the registry has no token of that name',
                'az acr token create --registry contoso --name nobody --repository hello ',
            ),
        ],
    )
    def test_a_password_that_is_refused(
        self, sandbox: Sandbox, user: str, options: dict[str, str], detail: str, command: str
    ) -> None:
        sandbox.put_token('contoso', 'ci-pull', PASSWORD, {'hello': ['content/read']}, **options)
        run = check_by_password(sandbox, 'contoso', user, PASSWORD, '--repository', 'hello')
        row = run.has('refresh-token', 'Failed', REFRESH, 'PasswordRefused')
        assert row['detail'].startswith(detail)
        assert commands(row, command) and not commands(row, 'az ad sp')


class TestPrincipals:
    """Service principals and managed identities: a role, for their object ID."""

    @pytest.mark.parametrize(
        'registry, reason, role',
        [
            ('contoso', 'NoPermissions', 'AcrPush'),
            ('fabrikam', 'AbacRoleNeeded', 'Container Registry Repository Writer'),
        ],
    )
    def test_a_service_principal(
        self, sandbox: Sandbox, registry: str, reason: str, role: str
    ) -> None:
        sandbox.set_grants(registry, permissions=[], repositories={'other': ['pull']})
        row = check(sandbox, '-n', registry, *PUSH).has('access-token', 'Failed', ACCESS, reason)
        assert row['facts']['accountKind'] == 'service principal'
        assert not commands(row, 'az acr scope-map')
        command = commands(row, 'az role assignment create')[0]
        assert f'{AS_PRINCIPAL} --role "{role}" --scope /subscriptions/' in command
        paste(sandbox, command)
        check(sandbox, '-n', registry, *PUSH).has('access-token', 'Passed')
        others = ('--repository', 'samples/multi', '--need', 'pull')
        run = check(sandbox, '-n', registry, *others)
        # Only a registry that uses ABAC can limit a role to a repository.
        assert run.row('access-token')['status'] == (
            'Passed' if registry == 'contoso' else 'Failed'
        )

    def test_a_role_without_its_condition_covers_all(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('fabrikam', repositories={})
        options = ('--repository', 'hello', '--need', 'pull', 'metadata-read')
        run = check(sandbox, '-n', 'fabrikam', *options)
        row = run.has('access-token', 'Failed', ACCESS, 'AbacRoleNeeded')
        limited, unlimited, lister = commands(row, 'az role assignment create')
        assert '--condition ' in limited and '--condition ' not in unlimited
        text = next(text for text in row['solutions'] if f'`{unlimited}`' in text)
        assert 'covers all repositories' in text
        assert '"Container Registry Repository Catalog Lister"' in lister
        paste(sandbox, unlimited)
        paste(sandbox, lister)
        others = ('--repository', 'samples/multi', '--need', 'pull')
        check(sandbox, '-n', 'fabrikam', *others).has('access-token', 'Passed')

    def test_a_user(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        user, config = sandbox.add_user(), sandbox.config_dir(tmp_path / 'config', login=False)
        sign_in = ('--username', user['name'], '--password', user['password'])
        tenant = ('--tenant', cloud.TENANT, '-o', 'none')
        finished = sandbox.az('login', *sign_in, *tenant, config=config)
        assert finished.code == 0, finished.stderr
        sandbox.set_grants('fabrikam', repositories={})
        run = check(sandbox, '-n', 'fabrikam', *PUSH, config=config)
        row = run.has('access-token', 'Failed', ACCESS, 'AbacRoleNeeded')
        assert row['facts']['accountKind'] == 'user'
        command = commands(row, 'az role assignment create')[0]
        assert (
            f' --assignee-object-id {user["principalId"]} --assignee-principal-type User --role '
            '"Container Registry Repository Writer" ' in command
        )
        assert user['name'] not in run.finished.stdout + run.finished.stderr
        paste(sandbox, command)
        check(sandbox, '-n', 'fabrikam', *PUSH, config=config).has('access-token', 'Passed')

    def test_a_service_principal_with_its_secret(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('contoso', permissions=['read'])
        run = check_by_password(sandbox, 'contoso', cloud.APP, sandbox.info['secret'], *PUSH)
        row = run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
        assert row['facts']['accountKind'] == 'application'
        command = commands(row, 'az role assignment create')[0]
        assert f' --assignee {cloud.APP} --role "AcrPush" ' in command

    def test_a_managed_identity(self, sandbox: Sandbox) -> None:
        need_azure_identity(sandbox)
        (system,) = sandbox.assign_identities(system=True)
        sandbox.set_grants('contoso', permissions=['write'])
        env = azure_identity.environment()
        run = check(sandbox, '-n', 'contoso', '--identity', 'system', *PUSH, env=env)
        row = run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
        assert row['facts']['accountKind'] == 'managed identity'
        command = commands(row, 'az role assignment create')[0]
        assert (
            f'--assignee-object-id {system["principalId"]} --assignee-principal-type '
            'ServicePrincipal --role "AcrPull"' in command
        )

    def test_reading_the_registry(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('arm-list', 'status:403')
        row = check(sandbox, '-n', 'contoso').has(
            'login-server', 'Warning', LOGIN_SERVER, 'ArmForbidden'
        )
        (command,) = commands(row, 'az role assignment create')
        assert command == (
            f'az role assignment create {AS_PRINCIPAL} --role Reader --scope REGISTRY_ID'
        )


class TestUserName:
    """A user name that doesn't go with the password."""

    @pytest.mark.parametrize(
        'user, kind, detail',
        [
            ('contoso', 'refresh', 'the password is a refresh token of a registry, which'),
            ('ci-pull', 'refresh', 'the password is a refresh token of a registry, which'),
            (cloud.APP, 'refresh', 'the password is a refresh token of a registry, which'),
            ('contoso', 'entra', 'the password is a token of Microsoft Entra ID, which'),
            (NULL_GUID, 'entra', f'the user name {NULL_GUID} requires a refresh token'),
            (NULL_GUID, None, f'the user name {NULL_GUID} requires a refresh token'),
        ],
    )
    def test_of_another_kind(
        self, sandbox: Sandbox, user: str, kind: Optional[str], detail: str
    ) -> None:
        password = token(sandbox, kind) if kind else PASSWORD
        run = check_by_password(sandbox, 'contoso', user, password, '--repository', 'hello')
        row = run.has('refresh-token', 'Failed', REFRESH, 'WrongUserName')
        assert row['detail'].startswith(detail) and row['detail'].endswith('(401)')
        assert f'--username {NULL_GUID} --password-stdin' in row['solutions'][0]
        assert password not in run.finished.stdout + run.finished.stderr

    def test_that_fits(self, sandbox: Sandbox) -> None:
        run = check_by_password(
            sandbox, 'contoso', NULL_GUID, token(sandbox, 'refresh'), '--repository', 'hello'
        )
        run.has('refresh-token', 'Passed')
        run.has('access-token', 'Passed')

    def test_of_a_user(self, sandbox: Sandbox) -> None:
        run = check_by_password(sandbox, 'contoso', 'alice@contoso.test', PASSWORD)
        row = run.has('refresh-token', 'Failed', REFRESH, 'PasswordRefused')
        assert commands(row, 'az ') == ['az acr login --name contoso']

    def test_of_the_admin_user(self, sandbox: Sandbox) -> None:
        user, password = sandbox.set_admin_user('contoso', False)
        run = check_by_password(sandbox, 'contoso', user, password)
        row = run.has('refresh-token', 'Failed', REFRESH, 'AdminUserDisabled')
        assert 'full pull and push access' in row['solutions'][1]
        sandbox.set_admin_user('contoso')
        sandbox.set_grants('contoso', permissions=[])
        check_by_password(sandbox, 'contoso', user, password, *PUSH).has('access-token', 'Passed')


def token(sandbox: Sandbox, kind: str) -> str:
    """Return a token of the registry or of Microsoft Entra ID, as the Azure CLI gets it."""
    words = {
        'refresh': 'acr login --name contoso --expose-token --query accessToken',
        'entra': 'account get-access-token --query accessToken',
    }
    finished = sandbox.az(*shlex.split(words[kind]), '-o', 'tsv')
    assert finished.code == 0, finished.stderr
    return finished.stdout.strip()


def test_an_anonymous_pull_that_is_refused(sandbox: Sandbox) -> None:
    sandbox.set_anonymous_pull('contoso')
    sandbox.set_fault('manifest', 'status:401')
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', login=False)
    row = run.has('manifest', 'Failed', PULL, 'GrantRejected')
    assert not commands(row, 'az role') and not commands(row, 'az acr scope-map')
