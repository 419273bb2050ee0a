# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The refresh token: signing in, and the exchange."""

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
from tests.checks.authentication.test_token_response import AT, refused
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
from tests.checks.table import Row, run, shown, tells_nothing_of, verify

REFRESH = 'CONNECTIVITY_REFRESH_TOKEN_ERROR'
CHALLENGED = TokenEndpoint(AT.connection, '/oauth2/token', HOST)
RIGHTS = signed(permissions={'actions': ['read', 'write']})
ARM_TOKEN = Token('arm-token', 'tenant-id')
POD = Options(with_registry=True, identity=Identity('workload'))
POLICY = {
    'id': REGISTRY_ID,
    'properties': {'policies': {'azureADAuthenticationAsArmPolicy': {'status': 'disabled'}}},
}


def exchange(
    name: str,
    status: str,
    problem: str = '',
    given: TokenResponse | Response | Token | None = None,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of refresh-token; `given` is what Entra or the registry answers."""
    probes = FakeProbes(
        exchanged=token_response(None, given)
        if isinstance(given, Response)
        else given or token_response(RIGHTS)
    )
    if isinstance(given, Token):
        probes = FakeProbes(token=given)
    probes = replace(
        probes, **{key: more.pop(key) for key in ('other_token', 'other_exchanged') if key in more}
    )
    return Row(name, refresh_token, status, problem, probes=probes, needs=(at, CHALLENGED), **more)


def entra(kind: str, aadsts: str | None = None, **more: Any) -> Token:
    return Token(failure=Failure(kind, 'it said so'), aadsts=aadsts, **more)


TABLE = (
    exchange(
        'with rights',
        'Passed',
        detail=f'logged in at {HOST}',
        facts={
            'actions': ['read', 'write'],
            'tenant': 'tenant-id',
            'audience': 'https://containerregistry.azure.net',
        },
    ),
    exchange(
        'with capital claims',
        'Passed',
        given=token_response(signed(Permissions={'Actions': ['read']})),
        facts={'actions': ['read']},
    ),
    exchange(
        'with empty rights',
        'Passed',
        given=token_response(signed(permissions={'actions': []})),
        facts={'actions': []},
    ),
    *(
        exchange(
            f'rights that cannot be read: {claims}',
            'Passed',
            given=token_response(signed(**claims)),
            facts={'actions': None},
        )
        for claims in ({}, {'permissions': 'all'}, {'permissions': ['read']})
    ),
    *(
        exchange(
            f'nonsense for rights: {actions}',
            'Passed',
            given=token_response(signed(permissions={'actions': actions})),
            facts={'actions': []},
        )
        for actions in ('read', 7, None, [None, 7])
    ),
    exchange('not a JWT', 'Passed', given=token_response('opaque'), facts={'actions': None}),
    exchange(
        'a host that is not trusted',
        'Skipped',
        at=replace(AT, trusted=False),
        detail='no token is sent',
    ),
    *(
        exchange(
            f'another identity: {kind}',
            'Failed',
            f'{REFRESH} {reason}',
            entra(kind, status=400),
            options=POD,
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
            ('SecretRefused', 'EnvironmentSecretRefused'),
            ('SecretExpired', 'EnvironmentSecretRefused'),
            ('WrongTenant', 'IdentityUnknown'),
            ('Refused', 'IdentityRefused'),
            ('AudienceRefused', 'IdentityRefused'),
            ('Expired', 'IdentityRefused'),
            ('Unavailable', 'IdentityUnavailable'),
            ('Timeout', 'IdentityUnavailable'),
        )
    ),
    Row(
        'another identity',
        refresh_token,
        'Passed',
        probes=FakeProbes(
            exchanged=token_response(RIGHTS),
            token=Token(signed(oid=ACCOUNT, appid=ACCOUNT, tid=ACCOUNT)),
        ),
        needs=(AT, CHALLENGED),
        options=POD,
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
    exchange(
        'nobody is logged in',
        'Failed',
        f'{REFRESH} NotLoggedIn',
        entra('NotLoggedIn'),
        solution='az login',
    ),
    exchange(
        'Entra refuses',
        'Failed',
        f'{REFRESH} SignInRefused',
        entra('Refused', 'AADSTS65004'),
        facts={'aadsts': 'AADSTS65004'},
    ),
    exchange(
        'Entra is away',
        'Failed',
        f'{REFRESH} SignInUnavailable',
        entra('Unavailable', host='login.test'),
        solution='curl -sSI https://login.test',
    ),
    exchange(
        'Entra hangs',
        'Failed',
        f'{REFRESH} SignInTimeout',
        entra('Timeout', host='login.test'),
        detail='it said so',
    ),
    exchange(
        'the login has run out',
        'Failed',
        f'{REFRESH} LoginExpired',
        entra('Expired', 'AADSTS700082', tenant='t', correlation_id=ACCOUNT, at='now', status=400),
        facts={'status': 400, 'aadsts': 'AADSTS700082', 'correlationId': ACCOUNT, 'at': 'now'},
        solution='az login --tenant t`',
    ),
    exchange(
        'a second factor is wanted',
        'Failed',
        f'{REFRESH} InteractionRequired',
        entra('InteractionNeeded'),
        solution='--scope https://containerregistry.azure.net/.default',
        unfilled=['tenant'],
    ),
    exchange(
        'a tenant of nobody',
        'Failed',
        f'{REFRESH} WrongTenant',
        entra('WrongTenant'),
        solution='--tenant',
    ),
    exchange(
        'a token of yesterday',
        'Failed',
        f'{REFRESH} TokenNotValidNow',
        token_response(signed(exp=1)),
        detail='it ran out',
        solution='clock',
        facts={'status': 200},
        leaves=True,
    ),
    exchange(
        'a token of no time',
        'Passed',
        '',
        token_response(signed(exp='soon')),
        facts={'unreadableTimes': ['exp']},
    ),
    exchange(
        'a full disk',
        'Failed',
        f'{REFRESH} LoginStoreUnusable',
        entra('Unstored'),
        solution='df -h',
    ),
    exchange(
        'an old secret',
        'Failed',
        f'{REFRESH} ApplicationSecretExpired',
        entra('SecretExpired', tenant='t', application='app'),
        detail='has expired: it said so',
        solution='az ad sp credential reset --id app --append',
    ),
    exchange(
        'a wrong secret',
        'Failed',
        f'{REFRESH} ApplicationSecretRefused',
        entra('SecretRefused', tenant='t', application='app'),
        solution='--username app --password',
    ),
    exchange(
        'a second try',
        'Passed',
        given=replace(
            token_response(RIGHTS), response=replace(response(200), earlier=response(401))
        ),
        detail='(at the second try; the first: 401)',
    ),
    exchange(
        'an account with an object id',
        'Passed',
        given=token_response(RIGHTS),
        facts={'account': ACCOUNT},
    ),
    exchange(
        'no token for the audience, nor for the other',
        'Failed',
        f'{REFRESH} AudienceRefused',
        entra('AudienceRefused', 'AADSTS500011'),
        facts={'azureADAuthenticationAsArmPolicy': None},
    ),
    exchange(
        'no token for the audience; the registry does not take the other',
        'Failed',
        f'{REFRESH} ArmAudienceDisabled',
        entra('AudienceRefused'),
        at=replace(AT, resource=POLICY),
        other_token=ARM_TOKEN,
        facts={'azureADAuthenticationAsArmPolicy': 'disabled'},
        solution='--registry myregistry --status enabled',
        detail='does not take https://management',
    ),
    exchange(
        'no token for the audience; the registry takes none for the other',
        'Failed',
        f'{REFRESH} AudienceRefused',
        entra('AudienceRefused'),
        other_token=ARM_TOKEN,
    ),
    exchange(
        'the other audience works',
        'Failed',
        f'{REFRESH} OtherAudienceWorks',
        entra('AudienceRefused'),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(RIGHTS),
        leaves=True,
        solution='acr.audience_resource=https://management.core.windows.net/',
        detail="works; there is no token for the registry's audience: it said so",
    ),
    exchange(
        'the registry takes only the other audience',
        'Failed',
        f'{REFRESH} OtherAudienceWorks',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(RIGHTS),
        leaves=True,
        facts={'status': 401},
    ),
    exchange(
        'the registry takes neither',
        'Failed',
        f'{REFRESH} Unauthorized',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        solution=f'--assignee {ACCOUNT} --role "AcrPull" --scope {REGISTRY_ID}`',
    ),
    exchange(
        'what comes for the other audience is out of date',
        'Failed',
        f'{REFRESH} Unauthorized',
        response(401, UNAUTHORIZED),
        other_token=ARM_TOKEN,
        other_exchanged=token_response(signed(exp=1)),
    ),
    *refused(exchange, REFRESH),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_token_is_told(one: Row) -> None:
    tells_nothing_of(one, 'entra-token', 'arm-token', 'eyJ', 'opaque')


def test_nothing_is_sent_to_a_host_that_is_not_trusted() -> None:
    probes = FakeProbes()
    refresh_token.run(
        Context(Target('myregistry'), Options(), probes, 1e9),
        replace(AT, trusted=False),
        CHALLENGED,
    )
    assert probes.asked == []


def test_the_account_is_told_by_its_object_id_and_enters_the_command() -> None:
    probes = FakeProbes(
        token=Token(signed(oid=ACCOUNT, name='Alice'), 't'),
        exchanged=token_response(None, response(401)),
    )
    one = replace(exchange('', ''), probes=probes)
    seen = shown(refresh_token, run(one))
    assert seen['facts']['account'] == ACCOUNT and f'--assignee {ACCOUNT} ' in seen['solutions'][0]
    assert 'Alice' not in repr(seen)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_any_claims_make_a_row(permissions: Any) -> None:
    row = exchange('odd', '', given=token_response(signed(Permissions=permissions)))
    assert shown(row.check, run(row))['status'] == 'Passed'
