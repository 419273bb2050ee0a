# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Signing in: no account, an account that is no longer valid, Microsoft Entra ID is down."""

from __future__ import annotations

import json
import pathlib
from typing import Optional

import pytest

from tests.acceptance.codes import SHORT
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

REFRESH = 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
NETWORK = ('dns', 'connection', 'tls', 'challenge')


def test_not_logged_in(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', login=False)
    row = run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'NotLoggedIn')
    assert (
        row['facts']['source'] == 'Assumed'
        and row['facts']['loginServer'] == 'contoso.azurecr.test'
    )
    failed = run.has('refresh-token', 'Failed', REFRESH, 'NotLoggedIn')
    assert failed['solutions'][0] == 'Sign in: `az login`.' and run.finished.code == 1
    assert {run.statuses()[name] for name in NETWORK} == {'Passed'}
    assert run.statuses()['encryption'] == run.statuses()['access-token'] == 'Skipped'
    registry = run.report['registries'][0]
    # The region comes from the canonical name of the front end.
    assert (registry['canLogin'], registry['region']) == ('no', 'eastus')
    assert {request['stage'] for request in sandbox.requests()} == {'challenge'}


@pytest.mark.parametrize(
    'place, spec, reason, aadsts',
    [
        ('signin', 'aadsts:7000215', 'ApplicationSecretRefused', 'AADSTS7000215'),
        ('signin', 'aadsts:7000222', 'ApplicationSecretExpired', 'AADSTS7000222'),
        ('signin', 'aadsts:700082', 'LoginExpired', 'AADSTS700082'),
        ('signin', 'aadsts:90002', 'WrongTenant', 'AADSTS90002'),
        ('signin', 'aadsts:50076', 'InteractionRequired', 'AADSTS50076'),
        ('signin', 'aadsts:50057', 'AccountDisabled', 'AADSTS50057'),
        ('signin', 'aadsts:700016', 'ApplicationUnknown', 'AADSTS700016'),
        ('signin', 'aadsts:7000112', 'ApplicationDisabled', 'AADSTS7000112'),
        ('signin', 'aadsts:700027', 'ApplicationCertificateRefused', 'AADSTS700027'),
        ('signin', 'aadsts:1000502', 'ApplicationCertificateRefused', 'AADSTS1000502'),
        ('signin', 'aadsts:700024', 'FederatedTokenExpired', 'AADSTS700024'),
        ('signin', 'aadsts:700213', 'FederatedCredentialMissing', 'AADSTS700213'),
        ('signin', 'aadsts:7002131', 'FederatedCredentialMissing', 'AADSTS7002131'),
        ('signin', 'aadsts:70021', 'FederatedCredentialMissing', 'AADSTS70021'),
        *(
            ('signin', f'aadsts:{number}', 'ConditionalAccess', f'AADSTS{number}')
            for number in (50005, 50097, 50105, 50129, 50131, 50158, 53000, 53003, 530084, 530099)
        ),
        ('signin', 'status:500', 'SignInUnavailable', None),
        ('signin', 'notjson', 'SignInUnavailable', None),
        ('signin', 'null', 'SignInUnavailable', None),
        ('signin', 'empty', 'SignInUnavailable', None),
        ('signin', 'list', 'SignInUnavailable', None),
        ('signin', 'reset', 'SignInUnavailable', None),
        ('signin', 'hang', 'SignInTimeout', None),
        (f'dns@{cloud.LOGIN_HOST}', 'nxdomain', 'SignInUnavailable', None),
        (f'tcp@{cloud.LOGIN_HOST}', 'refuse', 'SignInUnavailable', None),
        (f'tls@{cloud.LOGIN_HOST}', 'cert:foreign', 'SignInUnavailable', None),
    ],
)
def test_sign_in(
    sandbox: Sandbox, place: str, spec: str, reason: str, aadsts: Optional[str]
) -> None:
    # ARM's token is in the cache, the registry's is not.
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', *(SHORT if spec == 'hang' else ()))
    row = run.has('refresh-token', 'Failed', REFRESH, reason)
    assert row['facts']['aadsts'] == aadsts and (aadsts or 'Entra ID') in row['detail']
    assert row['facts']['audience'] == 'https://containerregistry.azure.net'
    assert (
        run.statuses()['login-server'] == 'Passed' and run.statuses()['access-token'] == 'Skipped'
    )
    assert {run.statuses()[name] for name in NETWORK} == {'Passed'}
    for python in (
        'object has no attribute',
        'Expecting value',
        'Connection aborted',
        'HTTPSConnectionPool',
    ):
        assert python not in run.finished.stdout + run.finished.stderr


@pytest.mark.parametrize(
    'place, spec, assumed, reason',
    [
        ('signin', 'aadsts:7000222', 'NotLoggedIn', 'ApplicationSecretExpired'),
        ('signin', 'aadsts:53003', 'NotLoggedIn', 'ConditionalAccess'),
        ('signin', 'status:503', 'ArmUnavailable', 'SignInUnavailable'),
        ('entra', 'reset', 'ArmUnavailable', 'SignInUnavailable'),
        ('discovery', 'status:500', 'ArmUnavailable', 'SignInUnavailable'),
        ('discovery', 'notjson', 'ArmUnavailable', 'SignInUnavailable'),
    ],
)
def test_no_token_at_all(
    sandbox: Sandbox, place: str, spec: str, assumed: str, reason: str
) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', tokens=False)
    row = run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', assumed)
    assert 'No account is signed in' not in row['cause']
    run.has('refresh-token', 'Failed', REFRESH, reason)
    first = row['solutions'][0]
    assert first != 'Sign in: `az login`.', 'the sign-in exists, and a new one can be refused'
    assert ('`refresh-token` check' in first) is (assumed == 'NotLoggedIn')
    assert {run.statuses()[name] for name in NETWORK} == {'Passed'} and not sandbox.requests(
        'exchange'
    )


def test_a_policy(sandbox: Sandbox) -> None:
    sandbox.set_fault('signin', 'aadsts:530084')
    run = check(sandbox, '-n', 'contoso')
    row = run.has('refresh-token', 'Failed', REFRESH, 'ConditionalAccess')
    assert row['detail'].startswith('a policy (token protection) blocks the sign-in: AADSTS530084')
    assert row['facts']['policy'] == 'token protection'
    assert row['facts']['correlationId'] in row['solutions'][0]
    assert 'otherAudience' not in row['facts'], 'no policy is evaded'
    shown = run.finished.stdout + run.finished.stderr
    assert 'az logout' not in shown and 'az login' not in ' '.join(row['solutions'])


def test_a_federated_token_that_expired(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    # A pipeline signs in with a token of a few minutes, and the CLI sends it again later.
    application = sandbox.add_application('pipeline', secret=False)
    sandbox.set_federated_credential(application['clientId'])
    arguments = [
        *('login', '--service-principal', '--username', application['clientId']),
        *('--tenant', cloud.TENANT, '--federated-token'),
    ]
    config = sandbox.config_dir(tmp_path / 'config', login=False)
    login = sandbox.az(*arguments, sandbox.issue_service_account_token(), config=config)
    assert login.code == 0, login.stderr
    check(sandbox, '-n', 'contoso', config=config).has('refresh-token', 'Passed')
    _replace_token(config, sandbox.issue_service_account_token(seconds=-60))
    row = check(sandbox, '-n', 'contoso', config=config).has(
        'refresh-token', 'Failed', REFRESH, 'FederatedTokenExpired'
    )
    assert row['facts']['aadsts'] == 'AADSTS700024'
    assert f'--username {application["clientId"]} --tenant {cloud.TENANT}' in row['solutions'][1]
    sandbox.set_federated_credential(application['clientId'], subject='repo:contoso/app')
    _replace_token(config, sandbox.issue_service_account_token())
    row = check(sandbox, '-n', 'contoso', config=config).has(
        'refresh-token', 'Failed', REFRESH, 'FederatedCredentialMissing'
    )
    assert row['facts']['aadsts'] == 'AADSTS700213'


def _replace_token(config: pathlib.Path, token: str) -> None:
    """Replace the federated token of the CLI, whose tokens for audiences are forgotten."""
    entries = config / 'service_principal_entries.json'
    stored = json.loads(entries.read_text(encoding='utf-8'))
    stored[0]['client_assertion'] = token
    entries.write_text(json.dumps(stored), encoding='utf-8')
    for cache in (*config.glob('msal_token_cache*'), *config.glob('msal_http_cache*')):
        cache.unlink()


def test_cache_is_empty(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', tokens=False)
    assert run.finished.code == 0 and len(sandbox.requests('signin')) == 2
    assert {request['form']['scope'] for request in sandbox.requests('signin')} == {
        f'https://{cloud.ARM_HOST}//.default',
        'https://containerregistry.azure.net/.default',
    }


def test_wrong_audience(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', env={'AZURE_ACR_AUDIENCE_RESOURCE': 'contosoregistry'})
    row = run.has('refresh-token', 'Warning', REFRESH, 'OtherAudienceWorks')
    assert row['facts']['audience'] == 'https://contosoregistry.azure.net'
    assert 'https://contosoregistry.azure.net: `az config unset acr.aud' in row['solutions'][0]
    assert 'AZURE_ACR_AUDIENCE_RESOURCE' in row['solutions'][1]
    assert (
        sandbox.requests('signin')[0]['form']['scope']
        == 'https://contosoregistry.azure.net/.default'
    )


class TestAudiences:
    """An audience that Entra ID or the registry refuses: the other is tried and reported."""

    # An audience whose service principal is missing or disabled, an unknown number, and none.
    @pytest.mark.parametrize(
        'spec, number',
        [
            ('aadsts:500011', '500011'),
            ('aadsts:500014', '500014'),
            ('aadsts:50001', '50001'),
            ('aadsts:7000117', '7000117'),
            ('aadsts:7000229', '7000229'),
            ('aadsts:12345678', '12345678'),
            ('escape', '65004'),
            ('body:400:application/json:{"error":"invalid_scope"}', None),
        ],
    )
    def test_the_other_works(self, sandbox: Sandbox, spec: str, number: Optional[str]) -> None:
        # ARM's token is in the cache; the registry's is what Entra ID refuses.
        sandbox.set_fault('signin', spec)
        run = check(sandbox, '-n', 'contoso', '--image', 'hello:v1', '--push')
        row = run.has('refresh-token', 'Warning', REFRESH, 'OtherAudienceWorks')
        audience = f'https://{cloud.ARM_HOST}/'
        assert row['facts']['aadsts'] == (f'AADSTS{number}' if number else None)
        assert row['facts']['otherAudience']['audience'] == audience
        assert f'`az config set acr.audience_resource={audience}`' in ' '.join(row['solutions'])
        assert run.finished.code == 0 and run.statuses()['access-token'] == 'Passed'
        registry = run.report['registries'][0]
        assert [registry[verdict] for verdict in ('canLogin', 'canPull', 'canPush')] == ['yes'] * 3

    def test_the_setting_that_it_suggests(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('signin', 'aadsts:500011')
        audience = f'https://{cloud.ARM_HOST}/'
        run = check(sandbox, '-n', 'contoso', env={'AZURE_ACR_AUDIENCE_RESOURCE': audience})
        run.has('refresh-token', 'Passed')
        strict = check(sandbox, '-n', 'contoso', '--strict')
        assert strict.row('refresh-token')['solutions'][0] in strict.finished.stderr

    def test_none_works(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('signin', 'aadsts:500014')
        run = check(sandbox, '-n', 'contoso', tokens=False)
        row = run.has('refresh-token', 'Failed', REFRESH, 'AudienceRefused')
        assert row['facts']['otherAudience']['aadsts'] == 'AADSTS500014'
        assert 'service principal of Azure Container Registry' in row['solutions'][0]

    def test_an_unknown_number_is_linked_at_the_host_of_this_cloud(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('signin', 'aadsts:12345678')
        run = check(sandbox, '-n', 'contoso', tokens=False)
        row = run.has('refresh-token', 'Failed', REFRESH, 'SignInRefused')
        assert 'AADSTS12345678: The request was refused.' in row['detail']
        assert f'https://{cloud.LOGIN_HOST}/error?code=12345678' in row['solutions'][0]
        assert 'microsoftonline.com' not in run.finished.stdout + run.finished.stderr

    def test_the_registry_s_policy_forbids_the_other(self, sandbox: Sandbox) -> None:
        sandbox.patch_registry(
            'contoso',
            {
                'properties': {
                    'policies': {'azureADAuthenticationAsArmPolicy': {'status': 'disabled'}}
                }
            },
        )
        sandbox.set_fault('signin', 'aadsts:500011')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', REFRESH, 'ArmAudienceDisabled')
        assert row['facts']['azureADAuthenticationAsArmPolicy'] == 'disabled'
        assert row['facts']['otherAudience']['status'] == 401
        assert (
            '`az acr config authentication-as-arm update --registry contoso --status enabled`'
            in run.finished.stderr
        )

    def test_the_registry_rejects_the_account_with_the_other(self, sandbox: Sandbox) -> None:
        enabled = {'azureADAuthenticationAsArmPolicy': {'status': 'enabled'}}
        sandbox.patch_registry('contoso', {'properties': {'policies': enabled}})
        sandbox.set_fault('signin', 'aadsts:500011')
        sandbox.set_grants('contoso', login=False)
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', REFRESH, 'Unauthorized')
        assert 'AADSTS500011' in row['detail']
        assert any('az role assignment create' in solution for solution in row['solutions'])

    def test_the_registry_takes_neither(self, sandbox: Sandbox) -> None:
        sandbox.set_grants('contoso', login=False)
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', REFRESH, 'Unauthorized')
        assert row['facts']['otherAudience']['status'] == 401 and row['facts']['account']
        assert (
            f'--assignee-object-id {row["facts"]["account"]} --assignee-principal-type '
            'ServicePrincipal --role "AcrPull" --scope /subscriptions/' in run.finished.stderr
        )
        assert len(sandbox.requests('exchange')) == 3, 'the other audience gets one try'


@pytest.mark.parametrize(
    'registry, options, reason, role',
    [
        ('contoso', ('--need', 'pull'), 'NoPermissions', 'AcrPull'),
        ('contoso', ('--need', 'push', 'delete'), 'NoPermissions', 'AcrPush'),
        ('fabrikam', ('--need', 'pull'), 'AbacRoleNeeded', 'Container Registry Repository Reader'),
        ('fabrikam', (), 'AbacRoleNeeded', 'Container Registry Repository Contributor'),
    ],
)
def test_the_role_that_counts_here(
    sandbox: Sandbox, registry: str, options: tuple[str, ...], reason: str, role: str
) -> None:
    sandbox.set_grants(registry, permissions=['deleted/read'], repositories={'other': ['pull']})
    run = check(sandbox, '-n', registry, '--repository', 'hello', *options)
    row = run.has('access-token', 'Failed', 'CONNECTIVITY_ACCESS_TOKEN_ERROR', reason)
    assert (
        f'--role "{role}" --scope /subscriptions/' in row['solutions'][0]
        and '<' not in row['solutions'][0]
    )
    assert role in row['facts']['roles']
