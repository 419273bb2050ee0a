# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--image: permissions, anonymous pull, and a user name with a password."""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest

from tests.acceptance.pulls import ACCESS, assert_no_secrets, verdicts
from tests.acceptance.runs import assert_clean, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud


def test_permissions(sandbox: Sandbox) -> None:
    sandbox.set_grants('contoso', permissions=['write'])
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
    row = run.has('access-token', 'Failed', ACCESS, 'NoPermissions')
    assert '--role "AcrPull"' in row['solutions'][0] and verdicts(run) == ('yes', 'no', 'unknown')
    assert (
        run.row('manifest')['detail']
        == 'requires the check `access-token` or `anonymous-pull`, which returned no usable result'
    )
    sandbox.patch_registry('fabrikam', {})
    sandbox.set_grants('fabrikam', repositories={})
    run = check(sandbox, '-n', 'fabrikam', '--image', 'hello:v1')
    row = run.row('access-token')
    assert row['code'] == ACCESS and 'Container Registry Repository Reader' in ' '.join(
        row['solutions']
    )


def test_a_partial_permission_that_suffices(sandbox: Sandbox) -> None:
    sandbox.set_grants('contoso', permissions=['read'])
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--need', 'pull', 'push')
    run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')
    assert run.has('blob', 'Passed') and verdicts(run) == ('yes', 'yes', 'no')


@pytest.mark.parametrize('claims', ['capitals', 'lowercase'])
def test_a_partial_grant_in_either_case(sandbox: Sandbox, claims: str) -> None:
    sandbox.set_grants('contoso', permissions=['read'])
    sandbox.set_fault('token', claims)
    run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--need', 'pull', 'metadata-read')
    assert run.has('access-token', 'Failed', ACCESS, 'ActionsMissing')['facts']['granted'] == [
        'pull'
    ]
    assert run.has('blob', 'Passed')


class TestAnonymous:
    """A registry with anonymous pull enabled."""

    def test_without_a_login(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', login=False)
        assert run.has('anonymous-pull', 'Passed') and run.has('blob', 'Passed')
        assert run.row('refresh-token')['reason'] == 'NotLoggedIn' and verdicts(run) == (
            'no',
            'yes',
            'no',
        )

    def test_with_a_login(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1')
        assert run.has('anonymous-pull', 'Passed') and run.finished.code == 0

    def test_what_the_resource_says_is_not_so(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        sandbox.set_fault('token', 'status:401')
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', login=False)
        assert (
            run.row('anonymous-pull')['status'] == 'Skipped' or run.row('anonymous-pull')['reason']
        )
        assert run.row('blob')['status'] == 'Skipped'


class TestPassword:
    """A user name and a password instead of the CLI's sign-in."""

    ARGUMENTS = ('-n', 'contoso', '--image', 'hello:v1', '--username')

    @pytest.mark.parametrize('source', ['stdin', 'option'])
    def test_a_token_of_the_registry(self, sandbox: Sandbox, source: str) -> None:
        sandbox.set_users('contoso', puller='pass-word-of-puller')
        options: dict[str, Any] = {'stdin': 'pass-word-of-puller\n'} if source == 'stdin' else {}
        option = (
            ('--password-stdin',) if source == 'stdin' else ('--password', 'pass-word-of-puller')
        )
        run = check(sandbox, *self.ARGUMENTS, 'puller', *option, login=False, **options)
        assert run.has('refresh-token', 'Passed')['facts']['username'] == 'puller'
        assert run.has('blob', 'Passed') and verdicts(run) == ('yes', 'yes', 'unknown')
        assert not sandbox.requests('signin') and not sandbox.requests('exchange')
        assert len(sandbox.requests('token')) == 1

    def test_a_wrong_password(self, sandbox: Sandbox) -> None:
        sandbox.put_token('contoso', 'puller', 'pass-word-of-puller', {'hello': ['content/read']})
        run = check(
            sandbox, *self.ARGUMENTS, 'puller', '--password-stdin', stdin='wrong-password\n'
        )
        row = run.has(
            'refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'PasswordRefused'
        )
        compare, replace = row['solutions']
        assert 'az acr token show --registry contoso --name puller ' in compare
        assert 'az acr token credential generate --registry contoso --name puller' in replace
        assert 'wrong-password' not in run.finished.stdout + run.finished.stderr

    def test_the_admin_user_is_off(self, sandbox: Sandbox) -> None:
        run = check(sandbox, *self.ARGUMENTS, 'contoso', '--password-stdin', stdin='x' * 30)
        run.has('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'AdminUserDisabled')

    def test_a_service_principal(self, sandbox: Sandbox) -> None:
        run = check(
            sandbox,
            *self.ARGUMENTS,
            sandbox.info['app'],
            '--password-stdin',
            stdin=sandbox.info['secret'],
            login=False,
        )
        assert run.has('blob', 'Passed')

    @pytest.mark.parametrize(
        'user, fault, reason',
        [
            (cloud.APP, None, 'ServicePrincipalSecretRefused'),
            (cloud.guid('nobody'), None, 'ServicePrincipalUnknown'),
            (cloud.APP, 'AADSTS7000112: It is disabled.', 'ServicePrincipalDisabled'),
        ],
    )
    def test_a_service_principal_that_is_refused(
        self, sandbox: Sandbox, user: str, fault: Optional[str], reason: str
    ) -> None:
        if fault:
            body = json.dumps({'errors': [{'code': 'UNAUTHORIZED', 'message': fault}]})
            sandbox.set_fault('token', f'body:401:application/json:{body}')
        run = check(sandbox, *self.ARGUMENTS, user, '--password-stdin', stdin='x' * 30)
        row = run.has('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', reason)
        assert f' --id {user} ' in ' '.join(row['solutions'])

    def test_the_password_is_in_no_debug_output(self, sandbox: Sandbox) -> None:
        sandbox.set_users('contoso', puller='pass-word-of-puller')
        finished = sandbox.az(
            'acrhealth',
            'check',
            *self.ARGUMENTS,
            'puller',
            '--password-stdin',
            '--debug',
            '-o',
            'json',
            stdin='pass-word-of-puller\n',
        )
        assert_no_secrets(sandbox, finished.stdout + finished.stderr)
        assert 'acrhealth' in finished.stderr and finished.json['registries'][0]['canPull'] == 'yes'


def test_no_signed_address_is_in_any_output(sandbox: Sandbox) -> None:
    for options in ((), ('--debug',), ('--verbose', '-o', 'table')):
        finished = sandbox.az(
            'acrhealth', 'check', '-n', 'contoso', '--image', 'hello:v1', *options
        )
        assert 'sig=' not in finished.stdout + finished.stderr
        assert_no_secrets(sandbox, finished.stdout)
    assert_clean(
        sandbox,
        sandbox.az('acrhealth', 'check', '-n', 'contoso', '--image', 'hello:v1', '-o', 'yaml'),
    )
