# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reasons that no table of faults reaches, each by its real cause.

A test asserts that no reason of the catalogue is missing.
"""

from __future__ import annotations

import ast
import json
import pathlib

import pytest

from azext_acrhealth.catalogue import internal
from azext_acrhealth.checks.all_checks import CHECKS
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

HOST, DATA = 'contoso.azurecr.test', 'contoso.eastus.data.azurecr.test'
PROXY = 'http://proxy.sandbox.test:3128'
# Reasons that can't be provoked here, and why.
EXCUSED = {
    'DockerDesktopStopped': 'Docker Desktop',
    'WslIntegrationDisabled': 'Windows',
    'PodmanNotRunning': 'macOS or Windows',
    'ConnectionReset': 'Linux calls a reset in the middle of connecting a refusal',
    'ConnectFailed': 'what the system may say that nobody has thought of',
    'InvalidCertificate': 'every fault of a certificate that OpenSSL tells here has a reason of '
    'its own',
    'Crash': 'a bug',
    'StillRunning': 'a bug',
    **dict.fromkeys(
        (
            *('ApiServerError', 'ApiServerUnreachable', 'ApiServerUntrusted'),
            *('ClusterSignInFailed', 'KubeContextInvalid', 'KubectlFailed', 'KubectlTimeout'),
            *('ImageReplaced', 'NodePullNotStarted', 'NodePullUnfinished', 'NodePullUnverified'),
            *('PodRemoved', 'NoLinuxNodes', 'SignaturePolicyRejects', 'IdentityNotReported'),
            *('NodeDiskFull', 'NodeTls', 'NodePullFailed', 'RunCommandBlocked'),
        ),
        'the ends of a pod and the failures of kubectl are held by tests/probes/cluster with the '
        'real kubectl, and their rows by tests/checks/cluster',
    ),
    **dict.fromkeys(
        (
            *('AliasOfRegistryUnknown', 'CredentialProviderFailed', 'ImagePresentButNotAuthorized'),
            *('KubeletPullQpsExceeded', 'NodeSignatureExpired', 'PullPolicyNever'),
            *('PullSecretInvalid', 'RegistryBlockedByConfig', 'UserNamespaceIdTooHigh'),
        ),
        'kubelets of real clusters report these; tests/explain has a message for each',
    ),
}


@pytest.mark.parametrize(
    'name, value, detail',
    [
        ('user', 'alice@contoso.example', 'the `user` of subscription '),
        ('user', None, 'the `user` of subscription '),
        ('user', {'type': 'user'}, 'the `user.name` of subscription '),
        ('name', 1, 'the `name` of a subscription '),
        ('environmentName', ..., 'the list of subscriptions '),
    ],
)
def test_a_profile_that_is_invalid(
    sandbox: Sandbox, tmp_path: pathlib.Path, name: str, value: object, detail: str
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    file = config / 'azureProfile.json'
    profile = json.loads(file.read_text(encoding='utf-8-sig'))
    for account in profile['subscriptions']:
        account[name] = value
        if value is ...:
            del account[name]
    file.write_text(json.dumps(profile), encoding='utf-8')
    run = check(sandbox, '-n', 'contoso', config=config)
    code = 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
    row = run.has('refresh-token', 'Failed', code, 'InvalidProfile')
    assert row['detail'].startswith(detail) and 'azureProfile.json' in row['detail']
    run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'InvalidProfile')
    run.has('challenge', 'Passed')


@pytest.mark.parametrize('selection', [('--all',), ('--all-subscriptions',)])
def test_no_registry_is_found_with_an_invalid_profile(
    sandbox: Sandbox, tmp_path: pathlib.Path, selection: tuple[str, ...]
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    (config / 'azureProfile.json').write_text('{"subscriptions": [7]}', encoding='utf-8')
    run = check(sandbox, *selection, config=config)
    row = run.has('registries', 'Failed', 'ARM_READ_ERROR', 'SelectionInvalidProfile')
    assert 'azureProfile.json' in row['detail'] and 'Rename' in row['solutions'][0]


def test_a_registry_that_is_partly_past_the_proxy(sandbox: Sandbox) -> None:
    sandbox.patch_registry(
        'contoso', {'properties': {'dataEndpointEnabled': True, 'dataEndpointHostNames': [DATA]}}
    )
    run = check(sandbox, '-n', 'contoso', env={'HTTPS_PROXY': PROXY, 'NO_PROXY': HOST})
    run.has('proxy', 'Warning', 'CONNECTIVITY_PROXY_ERROR', 'PartlyBypassed')


def test_a_name_that_the_proxy_alone_knows(sandbox: Sandbox) -> None:
    sandbox.set_dns(HOST, answer='nxdomain')
    run = check(sandbox, '-n', 'contoso', env={'HTTPS_PROXY': PROXY})
    run.has('dns', 'Warning', 'CONNECTIVITY_DNS_ERROR', 'ResolvedByProxy')
    assert run.statuses()['access-token'] == 'Passed'


def test_a_key_log_that_cannot_be_written(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', env={'SSLKEYLOGFILE': '/nowhere/keys'})
    assert (
        '/nowhere/keys'
        in run.has('tls', 'Failed', 'CONNECTIVITY_SSL_ERROR', 'KeyLogUnwritable')['detail']
    )


def test_no_audience_leads_to_a_login(sandbox: Sandbox) -> None:
    sandbox.set_fault('signin', 'aadsts:500011')
    sandbox.set_fault('exchange', 'status:500')
    run = check(sandbox, '-n', 'contoso')
    run.has('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'AudienceRefused')


def test_anonymous_pulls_that_are_allowed_and_refused(sandbox: Sandbox) -> None:
    sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
    sandbox.set_fault('token', 'nochallenge')
    run = check(sandbox, '-n', 'contoso', '--repository', 'hello', '--need', 'pull')
    run.has('anonymous-pull', 'Warning', 'CONNECTIVITY_ACCESS_TOKEN_ERROR', 'AnonymousPullRefused')


def test_no_time_at_all(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', '--timeout', '0.000001')
    assert {row['reason'] for row in run.report['checks'] if row['status'] == 'Failed'} == {
        'NoTimeLeft'
    }


@pytest.mark.parametrize(
    'code, text, reason',
    [
        ('NAME_INVALID', 'invalid repository name', 'InvalidRepositoryName'),
        ('DENIED', 'Storage quota exceeded', 'QuotaExceeded'),
    ],
)
def test_an_upload_that_is_not_wanted(sandbox: Sandbox, code: str, text: str, reason: str) -> None:
    body = json.dumps({'errors': [{'code': code, 'message': text}]})
    sandbox.set_fault('upload-begin', f'body:400:application/json:{body}')
    run = check(sandbox, '-n', 'contoso', '--repository', 'hello', '--push')
    assert text in run.has('push', 'Failed', 'IMAGE_PUSH_ERROR', reason)['detail']


def test_a_connection_in_an_unknown_state(sandbox: Sandbox) -> None:
    sandbox.put_private_endpoint(
        'privreg', 'third', {'privreg.azurecr.test': '10.1.0.5'}, state='Mislaid'
    )
    run = check(sandbox, '-n', 'privreg', '--only', 'private-endpoints')
    run.has('private-endpoints', 'Warning', 'PRIVATE_ENDPOINT_ERROR', 'ConnectionNotApproved')


def test_a_store_of_logins_that_cannot_be_used(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    for name in ('service_principal_entries.json', 'msal_token_cache.json'):
        (config / name).unlink(missing_ok=True)
        (config / name).mkdir()
    run = check(sandbox, '-n', 'contoso', config=config)
    run.has('refresh-token', 'Failed', 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'LoginStoreUnusable')


def test_every_reason_is_raised_by_an_acceptance_test_or_excused() -> None:
    texts: set[str] = set()
    for path in pathlib.Path(__file__).parent.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value.strip())
    # Put together where they are asserted: a list's name and why it is not read, a connection's
    # state.
    texts |= {
        name + reason
        for name in ('Usage', 'Replicas', 'CacheRules')
        for reason in ('Forbidden', 'Unavailable')
    }
    texts |= {f'Connection{state}' for state in ('Pending', 'Rejected', 'Disconnected')}
    # Others are in messages of other tools only; tests/explain has one for each rule.
    reasons = {problem.reason for check in CHECKS for problem in check.problems}
    reasons |= {problem.reason for problem in internal.PROBLEMS}
    assert set(EXCUSED) <= reasons
    assert reasons - texts - set(EXCUSED) == set()
