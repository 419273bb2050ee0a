# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--identity: the real az and azure-identity, and the endpoints of machines, pods and Entra."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any, Optional

import pytest

from tests.acceptance.components import need_azure_identity
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import azure_identity
from tests.sandbox.services import cloud

CODE = 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
PULL = ('--repository', 'hello', '--need', 'pull')
DEAD = '00000000-0000-0000-0000-00000000dead'


@pytest.fixture(autouse=True)
def library(sandbox: Sandbox) -> None:
    need_azure_identity(sandbox)


def check_identity(
    sandbox: Sandbox,
    identity: str,
    *arguments: str,
    env: Optional[Mapping[str, Optional[str]]] = None,
    login: bool = False,
) -> Run:
    return check(
        sandbox,
        '-n',
        'contoso',
        '--identity',
        identity,
        *arguments,
        login=login,
        env={**azure_identity.environment(), **(env or {})},
    )


def assert_identity(run: Run, kind: str, identity: Mapping[str, Any]) -> None:
    assert run.report['identity'] == {
        'kind': kind,
        'clientId': identity['clientId'],
        'objectId': identity['principalId'],
        'tenant': cloud.TENANT,
    }
    row = run.has('refresh-token', 'Passed')
    assert row['facts']['identity'] == run.report['identity']


def fails(run: Run, reason: str) -> dict[str, Any]:
    row = run.has('refresh-token', 'Failed', CODE, reason)
    assert run.finished.code == 1 and run.report['identity']['clientId'] is None
    assert run.statuses()['challenge'] == 'Passed', (
        'the way to the registry is checked all the same'
    )
    return row


def test_identities_of_a_machine(sandbox: Sandbox) -> None:
    system, kubelet = sandbox.assign_identities(system=True, users=['kubelet'])
    for text, kind, identity in (
        ('[system]', 'system', system),
        (kubelet['clientId'], 'user-assigned', kubelet),
        (kubelet['resourceId'], 'user-assigned', kubelet),
    ):
        run = check_identity(sandbox, text, *PULL, env={'HTTP_PROXY': 'http://127.0.0.1:9'})
        assert_identity(run, kind, identity)
        run.has('access-token', 'Passed')
        row = run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'NoSubscription')
        assert 'az login' not in ' '.join([row['cause'], *row['solutions']])
    assert {request['status'] for request in sandbox.requests('imds')} == {
        200
    } and not sandbox.requests('signin')


def test_it_asks_resource_manager_too_and_does_without(sandbox: Sandbox) -> None:
    (system,) = sandbox.assign_identities(system=True)
    assert_identity(run := check_identity(sandbox, 'system', login=True), 'system', system)
    run.has('login-server', 'Passed')
    sandbox.set_fault('arm', 'status:403')
    assert_identity(run := check_identity(sandbox, 'system', *PULL, login=True), 'system', system)
    run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'ArmForbidden')
    run.has('access-token', 'Passed')


def test_an_app_service(sandbox: Sandbox) -> None:
    system, _ = sandbox.assign_identities(system=True, users=['kubelet'], imds='absent')
    assert_identity(
        check_identity(sandbox, 'system', env=sandbox.app_service_environment()), 'system', system
    )
    fails(
        check_identity(sandbox, DEAD, env=sandbox.app_service_environment()), 'IdentityNotAssigned'
    )


def test_an_identity_that_is_not_assigned_and_several(sandbox: Sandbox) -> None:
    sandbox.assign_identities(users=['kubelet', 'other'])
    fails(check_identity(sandbox, DEAD), 'IdentityNotAssigned')
    assert (
        '--identity CLIENT_ID'
        in fails(check_identity(sandbox, 'system'), 'MultipleIdentities')['solutions'][0]
    )


@pytest.mark.parametrize('imds', ['absent', 'refuse', 'silent'])
def test_a_machine_outside_azure(sandbox: Sandbox, imds: str) -> None:
    sandbox.assign_identities(imds=imds)
    run = check_identity(sandbox, 'system')
    fails(run, 'NoIdentityEndpoint')
    assert run.finished.seconds < 60


@pytest.mark.parametrize('fault', ['status:500', 'status:410', 'notjson'])
def test_an_endpoint_that_fails(sandbox: Sandbox, fault: str) -> None:
    sandbox.assign_identities(system=True)
    sandbox.set_fault('imds', fault)
    fails(check_identity(sandbox, 'system'), 'IdentityUnavailable')


def test_a_service_principal_of_the_environment(sandbox: Sandbox) -> None:
    builder = sandbox.add_application('builder')
    variables = sandbox.service_principal_environment(builder)
    assert_identity(
        check_identity(sandbox, 'environment', *PULL, env=variables), 'environment', builder
    )
    for change, reason, number in (
        ({'AZURE_CLIENT_SECRET': 'wrong'}, 'EnvironmentSecretRefused', 'AADSTS7000215'),
        ({'AZURE_CLIENT_ID': DEAD}, 'IdentityUnknown', 'AADSTS700016'),
        ({'AZURE_TENANT_ID': DEAD}, 'IdentityUnknown', 'AADSTS90002'),
    ):
        row = fails(check_identity(sandbox, 'environment', env={**variables, **change}), reason)
        assert row['facts']['aadsts'] == number
    for number, reason in (
        ('53003', 'ConditionalAccess'),
        ('7000112', 'IdentityDisabled'),
        ('7000222', 'EnvironmentSecretExpired'),
        ('700027', 'EnvironmentCertificateRefused'),
        ('500014', 'AudienceRefused'),
        ('12345678', 'IdentityRefused'),
    ):
        sandbox.set_fault('signin', f'aadsts:{number}')
        row = fails(check_identity(sandbox, 'environment', env=variables), reason)
        assert row['facts']['aadsts'] == f'AADSTS{number}'
    assert f'https://{cloud.LOGIN_HOST}/error?code=12345678' in row['solutions'][1]
    sandbox.set_fault('signin', 'status:503')
    row = fails(check_identity(sandbox, 'environment', env=variables), 'IdentityUnavailable')
    assert f'`curl -sSI https://{cloud.LOGIN_HOST}`' in row['solutions'][1]


def test_a_pod(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    kubelet = sandbox.assign_identities(users=['kubelet'], imds='absent')[0]
    token_file = tmp_path / 'token'
    row = fails(
        check_identity(
            sandbox, 'workload', env=sandbox.pod_environment(kubelet['clientId'], token_file)
        ),
        'FederationRefused',
    )
    assert row['facts']['aadsts'] == 'AADSTS70025'
    assert 'az identity federated-credential create' in row['solutions'][0]
    sandbox.set_federated_credential(kubelet['clientId'])
    assert_identity(
        check_identity(
            sandbox, 'workload', *PULL, env=sandbox.pod_environment(kubelet['clientId'], token_file)
        ),
        'workload',
        kubelet,
    )
    for change, reason in (
        ({'subject': 'system:serviceaccount:apps:default'}, 'FederationRefused'),
        ({'audience': 'api://other'}, 'FederationRefused'),
        ({'seconds': -60}, 'FederatedTokenExpired'),
    ):
        fails(
            check_identity(
                sandbox,
                'workload',
                env=sandbox.pod_environment(kubelet['clientId'], token_file, **change),
            ),
            reason,
        )


@pytest.mark.parametrize(
    'mode, role',
    [
        ('LegacyRegistryPermissions', 'AcrPull'),
        ('AbacRepositoryPermissions', 'Container Registry Repository Reader'),
    ],
)
def test_granted_nothing(sandbox: Sandbox, mode: str, role: str) -> None:
    kubelet = sandbox.assign_identities(users=['kubelet'])[0]
    sandbox.patch_registry('contoso', {'properties': {'roleAssignmentMode': mode}})
    sandbox.set_grants(
        'contoso', permissions=[], repositories={}, catalog=False, application=kubelet['clientId']
    )
    run = check_identity(sandbox, kubelet['clientId'], *PULL, login=True)
    row = run.row('access-token')
    assert row['status'] == 'Failed' and run.report['registries'][0]['canPull'] == 'no'
    principal = f'{kubelet["principalId"]} --assignee-principal-type ServicePrincipal'
    assert f'--assignee-object-id {principal} --role "{role}"' in ' '.join(row['solutions'])
    check(sandbox, '-n', 'contoso', *PULL).has('access-token', 'Passed')


def test_no_secret_is_reported(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    builder = sandbox.add_application('builder')
    variables = {**azure_identity.environment(), **sandbox.service_principal_environment(builder)}
    sandbox.set_fault('signin', 'echo')
    finished = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        '--identity',
        'environment',
        '--only',
        'refresh-token',
        '--debug',
        env=variables,
        login=False,
    )
    sandbox.clear_faults()
    held = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        '--identity',
        'environment',
        '--only',
        'refresh-token',
        '--debug',
        env=variables,
        login=False,
    )
    for text in (finished.stdout, finished.stderr, held.stdout, held.stderr):
        assert not [secret for secret in sandbox.secrets() if secret in text]
    assert held.code == 0


def test_without_the_library(sandbox: Sandbox, extension_dir: pathlib.Path) -> None:
    finished = sandbox.az(
        'acrhealth', 'check', '-n', 'contoso', '--identity', 'system', login=False
    )
    assert (finished.code, finished.stdout) == (1, '')
    assert (
        f'-m pip install --no-deps --target {extension_dir / "acrhealth"} azure-identity'
        in finished.stderr
    )


@pytest.mark.parametrize(
    'arguments, text',
    [
        (('--identity', 'kubelet'), "isn't an identity"),
        (('--identity', ''), '--identity is empty'),
        (('--identity', 'workload'), 'none of them is set'),
        (('--identity', 'environment'), 'none of them is set'),
        (('--identity', 'system', '-u', 'bob', '-p', 'x'), "can't be used together"),
    ],
)
def test_what_is_refused(sandbox: Sandbox, arguments: tuple[str, ...], text: str) -> None:
    finished = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        *arguments,
        env=azure_identity.environment(),
        login=False,
    )
    assert (
        (finished.code, finished.stdout) == (1, '')
        and text in finished.stderr
        and 'Traceback' not in finished.stderr
    )
