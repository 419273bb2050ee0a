# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Signing in: no account, an account that is no longer valid, Microsoft Entra ID is down."""

from __future__ import annotations

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
        ('signin', 'aadsts:53003', 'InteractionRequired', 'AADSTS53003'),
        ('signin', 'escape', 'SignInRefused', 'AADSTS65004'),
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
    assert {run.statuses()[name] for name in NETWORK} == {'Passed'} and not sandbox.requests(
        'exchange'
    )


def test_cache_is_empty(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', tokens=False)
    assert run.finished.code == 0 and len(sandbox.requests('signin')) == 2
    assert {request['form']['scope'] for request in sandbox.requests('signin')} == {
        f'https://{cloud.ARM_HOST}//.default',
        'https://containerregistry.azure.net/.default',
    }


def test_wrong_audience(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', env={'AZURE_ACR_AUDIENCE_RESOURCE': 'contosoregistry'})
    row = run.has('refresh-token', 'Failed', REFRESH, 'OtherAudienceWorks')
    assert row['facts']['audience'] == 'https://contosoregistry.azure.net'
    assert 'AZURE_ACR_AUDIENCE_RESOURCE' in row['solutions'][1]
    assert (
        sandbox.requests('signin')[0]['form']['scope']
        == 'https://contosoregistry.azure.net/.default'
    )


class TestAudiences:
    """An audience that Entra ID or the registry refuses: the other is tried and reported."""

    def test_the_other_works(self, sandbox: Sandbox) -> None:
        # ARM's token is in the cache; the registry's is what Entra ID refuses.
        sandbox.set_fault('signin', 'aadsts:500011')
        run = check(sandbox, '-n', 'contoso')
        row = run.has('refresh-token', 'Failed', REFRESH, 'OtherAudienceWorks')
        audience = f'https://{cloud.ARM_HOST}/'
        assert (
            row['facts']['aadsts'] == 'AADSTS500011'
            and row['facts']['otherAudience']['audience'] == audience
        )
        assert run.finished.code == 1 and run.statuses()['access-token'] == 'Passed'
        assert f'`az config set acr.audience_resource={audience}`' in run.finished.stderr
        assert (
            check(
                sandbox, '-n', 'contoso', env={'AZURE_ACR_AUDIENCE_RESOURCE': audience}
            ).finished.code
            == 0
        )

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
