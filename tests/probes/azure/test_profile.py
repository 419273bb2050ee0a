# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whatever azureProfile.json holds, the real CLI's account is read, or what is wrong is known."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.azure.profile import invalid_account, stored_accounts
from azext_acrhealth.probes.failure import Failure
from tests.probes.azure_cli import SERVICE_PRINCIPAL, SUBSCRIPTION, TENANT, recorded
from tests.probes.clock import soon

AUDIENCE = 'https://containerregistry.azure.net'
ACCOUNT = {
    'id': SUBSCRIPTION,
    'name': 'One',
    'state': 'Enabled',
    'user': SERVICE_PRINCIPAL,
    'isDefault': True,
    'tenantId': TENANT,
    'environmentName': 'AzureCloud',
    'homeTenantId': TENANT,
    'managedByTenants': [],
}
PATHS = (
    *((name,) for name in ACCOUNT),
    *(('user', name) for name in ('name', 'type', 'assignedIdentityInfo', 'clientId')),
    ('user', 'cloudShellID'),
)
MISSING = 'MISSING'
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(('', 'x', MISSING)),
    st.sampled_from(([], [1], ['x'], [{}], {}, {'name': 1}, {'name': 'x'})),
)
# What a service principal can be signed in with although it is odd.
TOLERATED = ('state', 'homeTenantId', 'managedByTenants', 'clientId', 'cloudShellID')


def write(azure: Any, profile: Any) -> Any:
    (azure.folder / 'azureProfile.json').write_text(json.dumps(profile), encoding='utf-8')
    return azure.cli()


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    account = deepcopy(ACCOUNT)
    part: Any = account
    for name in path[:-1]:
        part = part[name]
    if value == MISSING:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    return account


def sign_in(context: Any) -> Any:
    """Do everything that a run does with the accounts, and return the token."""
    cli = Cli(context)
    login = CliLogin(cli)
    with recorded('sign_in'):
        login.begin(AUDIENCE)
        token = login.token(AUDIENCE, soon())
        login.token(AUDIENCE, soon(), SUBSCRIPTION)
    assert isinstance(cli.subscription(), (str, Failure))
    tenants = login.tenants()
    for tenant, of_tenant in ({} if isinstance(tenants, Failure) else tenants).items():
        assert isinstance(tenant, str) and isinstance(of_tenant, str)
    return token


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(PATHS), VALUES)
@example(('user',), 'alice@contoso.example')
@example(('user',), [])
@example(('user',), None)
@example(('user', 'name'), MISSING)
@example(('id',), MISSING)
@example(('environmentName',), MISSING)
def test_any_property_of_any_type(azure: Any, path: tuple[str, ...], value: Any) -> None:
    azure.sign_in(SERVICE_PRINCIPAL)
    account = changed(path, value)
    token = sign_in(write(azure, {'subscriptions': [account]}))
    kind = token.failure.kind if token.failure else None
    if kind == 'InvalidProfile':
        assert token.failure.text.endswith(' in azureProfile.json is missing or invalid')
    elif path[-1] in TOLERATED:
        assert kind is None
    elif path == ('isDefault',):
        # Without a default subscription, the CLI asks for one.
        assert kind is None or not account.get('isDefault')
    # Microsoft Entra ID isn't blamed for the file. Of other tenants there is no recording.
    if path != ('tenantId',):
        assert kind != 'Unavailable', (path, value, token)


@pytest.mark.parametrize('value', [None, True, 0, 1.5, '', 'x', [], [1], ['a'], {}, {'a': 1}])
def test_any_entry_list_and_file(azure: Any, value: Any) -> None:
    azure.sign_in(SERVICE_PRINCIPAL)
    for profile in ({'subscriptions': [value]}, {'subscriptions': value}, value):
        token = sign_in(write(azure, profile))
        assert token.failure.kind in ('InvalidProfile', 'NotLoggedIn'), (profile, token)


def test_an_entry_that_is_not_used(azure: Any) -> None:
    azure.sign_in(SERVICE_PRINCIPAL)
    other = {**ACCOUNT, 'id': 'other', 'name': 'Other', 'isDefault': False, 'user': 'alice'}
    assert sign_in(write(azure, {'subscriptions': [other, ACCOUNT]})).failure is None
    # But the CLI compares the names of all entries.
    nameless = {**other, 'name': None}
    token = sign_in(write(azure, {'subscriptions': [nameless, ACCOUNT]}))
    assert token.failure.kind == 'InvalidProfile' and '`name`' in token.failure.text


def test_accounts_of_another_cloud_do_not_matter(azure: Any) -> None:
    other = {'environmentName': 'AzureChinaCloud', 'id': 1}
    assert stored_accounts(write(azure, {'subscriptions': [other, ACCOUNT]})) == [ACCOUNT]


@pytest.mark.parametrize(
    'user, name',
    [
        ('alice', 'user'),
        ({'type': 'user'}, 'user.name'),
        ({'name': 'alice', 'type': 'guest'}, 'user.type'),
        (
            {'name': 'a', 'type': 'servicePrincipal', 'assignedIdentityInfo': ['MSI']},
            'user.assignedIdentityInfo',
        ),
    ],
)
def test_what_is_invalid_is_named(user: Any, name: str) -> None:
    found = invalid_account({**ACCOUNT, 'user': user})
    assert found is not None
    assert found.text == (
        f'the `{name}` of subscription {SUBSCRIPTION} in azureProfile.json is missing or invalid'
    )
    assert invalid_account(ACCOUNT) is None
