# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `refresh-token` check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context
from azext_acrhealth.options import Identity, Options, Target
from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
from tests.checks.authentication.test_token_response import AT, failure_rows
from tests.checks.fake_probes import (
    ACCOUNT,
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import MYREGISTRY, Row, assert_no_secrets, run, shown, verify

REFRESH = 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
CHALLENGED = TokenEndpoint(AT.connection, '/oauth2/token', HOST)
READ_WRITE_TOKEN = signed(permissions={'actions': ['read', 'write']})
ARM_TOKEN = Token('arm-token', 'tenant-id')
WORKLOAD = Options(targets=(MYREGISTRY,), identity=Identity('workload'))
POLICY = {
    'id': REGISTRY_ID,
    'properties': {'policies': {'azureADAuthenticationAsArmPolicy': {'status': 'disabled'}}},
}
POLICY_ENABLED = {
    'id': REGISTRY_ID,
    'properties': {'policies': {'azureADAuthenticationAsArmPolicy': {'status': 'enabled'}}},
}


def exchange_row(
    name: str,
    status: str,
    problem: str = '',
    result: TokenResponse | Response | Token | None = None,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of the `refresh-token` check.

    `result` is the response of the registry, or the token of Microsoft Entra ID.
    """
    probes = FakeProbes(
        exchanged=token_response(None, result)
        if isinstance(result, Response)
        else result or token_response(READ_WRITE_TOKEN)
    )
    if isinstance(result, Token):
        probes = FakeProbes(token=result)
    probes = replace(
        probes, **{key: more.pop(key) for key in ('other_token', 'other_exchanged') if key in more}
    )
    return Row(name, refresh_token, status, problem, probes=probes, needs=(at, CHALLENGED), **more)


def sign_in_failure(kind: str, aadsts: str | None = None, **more: Any) -> Token:
    return Token(failure=Failure(kind, 'it said so'), aadsts=aadsts, **more)


POLICY_REFUSAL = sign_in_failure(
    'ConditionalAccess',
    'AADSTS530084',
    policy='token protection',
    correlation_id=ACCOUNT,
    at='then',
    host='login.test',
)

TABLE = (
    exchange_row(
        'with actions',
        'Passed',
        detail=f'logged in to {HOST}',
        facts={
            'actions': ['read', 'write'],
            'tenant': 'tenant-id',
            'audience': 'https://containerregistry.azure.net',
        },
    ),
    exchange_row(
        'with capital claims',
        'Passed',
        result=token_response(signed(Permissions={'Actions': ['read']})),
        facts={'actions': ['read']},
    ),
    exchange_row(
        'with an empty list of actions',
        'Passed',
        result=token_response(signed(permissions={'actions': []})),
        facts={'actions': []},
    ),
    *(
        exchange_row(
            f'unreadable actions: {claims}',
            'Passed',
            result=token_response(signed(**claims)),
            facts={'actions': None},
        )
        for claims in ({}, {'permissions': 'all'}, {'permissions': ['read']})
    ),
    *(
        exchange_row(
            f'invalid actions: {actions}',
            'Passed',
            result=token_response(signed(permissions={'actions': actions})),
            facts={'actions': []},
        )
        for actions in ('read', 7, None, [None, 7])
    ),
    exchange_row('not a JWT', 'Passed', result=token_response('opaque'), facts={'actions': None}),
    exchange_row(
        'a host that is not trusted',
        'Skipped',
        at=AT._replace(trusted=False),
        detail='no token is sent',
    ),
    *(
        exchange_row(
            f'another identity: {kind}',
            'Failed',
            f'{REFRESH} {reason}',
            sign_in_failure(kind, status=400),
            options=WORKLOAD,
            facts={
                'identity': {
                    'kind': 'workload',
                    'clientId': None,
                    'objectId': None,
                    'tenant': None,
                },
                'status': 400,
            },
            detail='it said so',
        )
        for kind, reason in (
            ('NoEndpoint', 'NoIdentityEndpoint'),
            ('NotAssigned', 'IdentityNotAssigned'),
            ('SeveralAssigned', 'MultipleIdentities'),
            ('FederationRefused', 'FederationRefused'),
            ('Unavailable', 'IdentityUnavailable'),
            ('Timeout', 'IdentityUnavailable'),
        )
    ),
    *(
        exchange_row(
            f'another identity: {kind}',
            'Failed',
            f'{REFRESH} {reason}',
            sign_in_failure(kind, application=ACCOUNT, at='then'),
            options=Options(targets=(MYREGISTRY,), identity=Identity('environment')),
        )
        for kind, reason in (
            ('SecretRefused', 'EnvironmentSecretRefused'),
            ('SecretExpired', 'EnvironmentSecretExpired'),
            ('CertificateRefused', 'EnvironmentCertificateRefused'),
            ('WrongTenant', 'IdentityUnknown'),
            ('ApplicationUnknown', 'IdentityUnknown'),
            ('ApplicationDisabled', 'IdentityDisabled'),
            ('Refused', 'IdentityRefused'),
            ('AudienceRefused', 'AudienceRefused'),
            ('Expired', 'IdentityRefused'),
            ('InteractionNeeded', 'IdentityRefused'),
        )
    ),
    exchange_row(
        'another identity: an expired federated token',
        'Failed',
        f'{REFRESH} FederatedTokenExpired',
        sign_in_failure('FederatedTokenExpired', token_file='/var/run/token'),
        options=WORKLOAD,
        solution='from the mounted file, /var/run/token',
    ),
    exchange_row(
        'another identity: a policy',
        'Failed',
        f'{REFRESH} ConditionalAccess',
        POLICY_REFUSAL,
        options=WORKLOAD,
        facts={'policy': 'token protection'},
    ),
    exchange_row(
        'another identity: only the other audience works',
        'Warning',
        f'{REFRESH} OtherAudienceWorks',
        sign_in_failure('AudienceRefused'),
        options=WORKLOAD,
        other_token=ARM_TOKEN,
        other_exchanged=token_response(READ_WRITE_TOKEN),
        has_value=True,
        solution='request tokens for the audience https://management.core.windows.net/',
    ),
    *(
        exchange_row(
            f'{kind} of the account',
            'Failed',
            f'{REFRESH} {reason}',
            sign_in_failure(
                kind, 'AADSTS7', tenant='t', application='app', host='login.test', at='then'
            ),
            # The other audience would work, but nothing here is about the audience.
            other_token=ARM_TOKEN,
            other_exchanged=token_response(READ_WRITE_TOKEN),
            solution=solution,
            detail=detail,
        )
        for kind, reason, solution, detail in (
            ('AccountDisabled', 'AccountDisabled', '/error?code=7.', 'is disabled or locked: it'),
            ('InvalidProfile', 'InvalidProfile', 'Rename the file azureProfile.json', 'it said so'),
            ('ApplicationUnknown', 'ApplicationUnknown', '--id app ', "wasn't found in the tenant"),
            ('ApplicationDisabled', 'ApplicationDisabled', '--id app --set', 'is disabled: it'),
            (
                'CertificateRefused',
                'ApplicationCertificateRefused',
                'az login --service-principal --username app --certificate FILE --tenant t',
                'certificate is rejected: it',
            ),
            (
                'FederatedTokenExpired',
                'FederatedTokenExpired',
                'az login --service-principal --username app --tenant t --federated-token TOKEN',
                'the federated token has expired: it',
            ),
            (
                'FederationRefused',
                'FederatedCredentialMissing',
                'az ad app federated-credential list --id app',
                'no federated credential matches',
            ),
        )
    ),
    exchange_row(
        'a policy',
        'Failed',
        f'{REFRESH} ConditionalAccess',
        POLICY_REFUSAL,
        other_token=ARM_TOKEN,
        other_exchanged=token_response(READ_WRITE_TOKEN),
        detail='a policy (token protection) blocks the sign-in: it said so',
        facts={'policy': 'token protection', 'aadsts': 'AADSTS530084'},
        solution='Look up the error: https://login.test/error?code=530084.',
    ),
    exchange_row(
        'Entra refuses this audience for an unknown reason',
        'Warning',
        f'{REFRESH} OtherAudienceWorks',
        sign_in_failure('Refused', 'AADSTS99999999'),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(READ_WRITE_TOKEN),
        has_value=True,
        facts={'aadsts': 'AADSTS99999999'},
        detail='works; it said so',
    ),
    exchange_row(
        'Entra refuses this audience for an unknown reason; the registry does not accept the other',
        'Failed',
        f'{REFRESH} ArmAudienceDisabled',
        sign_in_failure('Refused'),
        at=AT._replace(resource=POLICY),
        other_token=ARM_TOKEN,
    ),
    Row(
        'another identity',
        refresh_token,
        'Passed',
        probes=FakeProbes(
            exchanged=token_response(READ_WRITE_TOKEN),
            token=Token(signed(oid=ACCOUNT, appid=ACCOUNT, tid=ACCOUNT)),
        ),
        needs=(AT, CHALLENGED),
        options=WORKLOAD,
        facts={
            'tenant': ACCOUNT,
            'identity': {
                'kind': 'workload',
                'clientId': ACCOUNT,
                'objectId': ACCOUNT,
                'tenant': ACCOUNT,
            },
        },
    ),
    exchange_row(
        'not signed in',
        'Failed',
        f'{REFRESH} NotLoggedIn',
        sign_in_failure('NotLoggedIn'),
        solution='az login',
    ),
    exchange_row(
        'Entra refuses both audiences',
        'Failed',
        f'{REFRESH} SignInRefused',
        sign_in_failure(
            'Refused', 'AADSTS65004', tenant='t', host='login.test', correlation_id='c', at='then'
        ),
        facts={'aadsts': 'AADSTS65004'},
        solution='Look up the error: https://login.test/error?code=65004.',
    ),
    exchange_row(
        'Entra refuses both audiences without a number',
        'Failed',
        f'{REFRESH} SignInRefused',
        sign_in_failure('Refused', host='login.test'),
        unfilled_placeholders=['tenant'],
    ),
    exchange_row(
        'Entra is unavailable',
        'Failed',
        f'{REFRESH} SignInUnavailable',
        sign_in_failure('Unavailable', host='login.test'),
        solution='curl -sSI https://login.test',
    ),
    exchange_row(
        'Entra times out',
        'Failed',
        f'{REFRESH} SignInTimeout',
        sign_in_failure('Timeout', host='login.test'),
        detail='it said so',
    ),
    exchange_row(
        'the sign-in has expired',
        'Failed',
        f'{REFRESH} LoginExpired',
        sign_in_failure(
            'Expired', 'AADSTS700082', tenant='t', correlation_id=ACCOUNT, at='now', status=400
        ),
        facts={'status': 400, 'aadsts': 'AADSTS700082', 'correlationId': ACCOUNT, 'at': 'now'},
        solution='az login --tenant t`',
    ),
    exchange_row(
        'a second factor is required',
        'Failed',
        f'{REFRESH} InteractionRequired',
        sign_in_failure('InteractionNeeded'),
        solution='--scope https://containerregistry.azure.net/.default',
        unfilled_placeholders=['tenant'],
    ),
    exchange_row(
        'an unknown tenant',
        'Failed',
        f'{REFRESH} WrongTenant',
        sign_in_failure('WrongTenant'),
        solution='--tenant',
    ),
    exchange_row(
        'an expired token',
        'Failed',
        f'{REFRESH} TokenNotValidNow',
        token_response(signed(exp=1)),
        detail='it expired',
        solution='clock',
        facts={'status': 200},
        has_value=True,
    ),
    exchange_row(
        'a token without a valid time',
        'Passed',
        '',
        token_response(signed(exp='soon')),
        facts={'unreadableTimes': ['exp']},
    ),
    exchange_row(
        'a full disk',
        'Failed',
        f'{REFRESH} LoginStoreUnusable',
        sign_in_failure('Unstored'),
        solution='df -h',
    ),
    exchange_row(
        'an expired secret',
        'Failed',
        f'{REFRESH} ApplicationSecretExpired',
        sign_in_failure('SecretExpired', tenant='t', application='app'),
        detail='has expired: it said so',
        solution='az ad sp credential reset --id app --append',
    ),
    exchange_row(
        'a wrong secret',
        'Failed',
        f'{REFRESH} ApplicationSecretRefused',
        sign_in_failure('SecretRefused', tenant='t', application='app'),
        solution='--username app --password',
    ),
    exchange_row(
        'a retry',
        'Passed',
        result=token_response(READ_WRITE_TOKEN)._replace(
            response=replace(response(200), earlier=response(401))
        ),
        detail='(second attempt; the first returned 401)',
    ),
    exchange_row(
        'an account with an object id',
        'Passed',
        result=token_response(READ_WRITE_TOKEN),
        facts={'account': ACCOUNT, 'accountKind': 'user'},
    ),
    exchange_row(
        'no token for the audience, nor for the other',
        'Failed',
        f'{REFRESH} AudienceRefused',
        sign_in_failure('AudienceRefused', 'AADSTS500011', host='login.test'),
        solution='az ad sp create --id 6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26`',
        facts={'azureADAuthenticationAsArmPolicy': None},
    ),
    exchange_row(
        'no token for the audience; the registry does not accept the other',
        'Failed',
        f'{REFRESH} ArmAudienceDisabled',
        sign_in_failure('AudienceRefused'),
        at=AT._replace(resource=POLICY),
        other_token=ARM_TOKEN,
        facts={'azureADAuthenticationAsArmPolicy': 'disabled'},
        solution='--registry myregistry --status enabled',
        detail="doesn't accept the audience https://management",
    ),
    exchange_row(
        'no token for the audience; the registry refuses the other',
        'Failed',
        f'{REFRESH} AudienceRefused',
        sign_in_failure('AudienceRefused'),
        other_token=ARM_TOKEN,
    ),
    exchange_row(
        'no token for the audience; the registry accepts the other, but not from this account',
        'Failed',
        f'{REFRESH} Unauthorized',
        sign_in_failure('AudienceRefused'),
        at=AT._replace(resource=POLICY_ENABLED),
        other_token=Token(signed(oid=ACCOUNT, sub=ACCOUNT)),
        facts={'azureADAuthenticationAsArmPolicy': 'enabled', 'status': 401},
        detail="; no token is issued for the registry's audience: it said so",
        solution='az role assignment create',
    ),
    exchange_row(
        'the other audience works',
        'Warning',
        f'{REFRESH} OtherAudienceWorks',
        sign_in_failure('AudienceRefused'),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(READ_WRITE_TOKEN),
        has_value=True,
        solution='acr.audience_resource=https://management.core.windows.net/',
        detail="works; no token is issued for the registry's audience: it said so",
    ),
    exchange_row(
        'the registry accepts only the other audience',
        'Warning',
        f'{REFRESH} OtherAudienceWorks',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(READ_WRITE_TOKEN),
        has_value=True,
        facts={'status': 401},
    ),
    exchange_row(
        'the registry accepts neither audience',
        'Failed',
        f'{REFRESH} Unauthorized',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role "AcrPull" '
        f'--scope {REGISTRY_ID}`',
    ),
    exchange_row(
        'the token for the other audience has expired',
        'Failed',
        f'{REFRESH} Unauthorized',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(signed(exp=1)),
    ),
    *failure_rows(exchange_row, REFRESH),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_no_token_is_shown(row: Row) -> None:
    assert_no_secrets(row, 'entra-token', 'arm-token', 'eyJ', 'opaque')


def test_nothing_is_sent_to_a_host_that_is_not_trusted() -> None:
    probes = FakeProbes()
    refresh_token.run(
        Context(Target('myregistry'), Options(), probes, 1e9),
        AT._replace(trusted=False),
        CHALLENGED,
    )
    assert probes.requests == []


def test_the_account_is_shown_by_its_object_id_only() -> None:
    probes = FakeProbes(
        token=Token(signed(oid=ACCOUNT, name='Alice'), 't'),
        exchanged=token_response(None, response(401)),
    )
    result = shown(refresh_token, run(replace(exchange_row('', ''), probes=probes)))
    assert result['facts']['account'] == ACCOUNT
    assert f'--assignee {ACCOUNT} ' in result['solutions'][0]
    assert 'Alice' not in repr(result)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_any_claims_make_a_row(permissions: Any) -> None:
    row = exchange_row('odd', '', result=token_response(signed(Permissions=permissions)))
    assert shown(row.check, run(row))['status'] == 'Passed'
