# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the login with a user name and a password."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Options
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import NULL_GUID, TokenResponse
from tests.checks.authentication.test_refresh_token import CHALLENGED
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
from tests.checks.table import Row, assert_no_secrets, run, verify

REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
PULL = token_response(
    signed(access=[{'type': 'repository', 'name': 'team/app', 'actions': ['pull']}])
)
UNAUTHORIZED_RESPONSE = token_response(None, response(401, UNAUTHORIZED))
OPTIONS = Options(repository='team/app', need=('pull',), username='bob', password='hunter2')


REFRESH_TOKEN = signed(grant_type='refresh_token', aud=HOST, exp=9e9)
ACCESS_TOKEN = signed(grant_type='access_token', aud=HOST, access=[])
ENTRA_TOKEN = signed(tid=ACCOUNT, aud='https://management.core.windows.net/')
UNREAD = {'exists': None, 'enabled': None, 'scopeMap': None, 'passwordsExpire': []}


def admin(enabled: bool) -> LoginServer:
    return AT._replace(
        resource={'id': REGISTRY_ID, 'name': 'Bob', 'properties': {'adminUserEnabled': enabled}}
    )


def password_row(
    name: str,
    status: str,
    problem: str = '',
    result: TokenResponse | Response = PULL,
    *later: TokenResponse,
    at: LoginServer = AT,
    options: Options = OPTIONS,
    **more: Any,
) -> Row:
    """Return a row of the `refresh-token` check with a password.

    `result` is the first response, `later` are the following ones.
    """
    first = token_response(None, result) if isinstance(result, Response) else result
    # The second request, without a scope, is refused as well unless `later` says otherwise.
    return Row(
        name,
        refresh_token,
        status,
        problem,
        probes=FakeProbes(by_password=(first, *(later or (UNAUTHORIZED_RESPONSE,)))),
        needs=(at, CHALLENGED),
        options=options,
        **more,
    )


def token_row(name: str, result: ArmResult, **more: Any) -> Row:
    """Return a row of a token whose password is refused; Azure Resource Manager is asked once."""
    row = password_row(
        name,
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        at=AT._replace(resource={'id': REGISTRY_ID}),
        **more,
    )
    return replace(row, probes=replace(row.probes, resources={f'{REGISTRY_ID}/tokens/bob': result}))


def registry_token(*ends: str | None, status: str = 'enabled') -> ArmResult:
    passwords = [{'name': f'password{number}', 'expiry': end} for number, end in enumerate(ends, 1)]
    properties = {
        'status': status,
        'scopeMapId': f'{REGISTRY_ID}/scopeMaps/pullers',
        'credentials': {'passwords': passwords},
    }
    return ArmResult({'properties': properties})


def user_row(name: str, user: str, password: str, reason: str, **more: Any) -> Row:
    """Return a row of a user name and a password that don't fit, or are wrong."""
    return password_row(
        name if user.startswith('eyJ') else f'{name} ({user})',
        'Failed',
        f'{REFRESH} {reason}',
        response(401, UNAUTHORIZED),
        options=OPTIONS._replace(username=user, password=password),
        **more,
    )


def refusal(message: str) -> bytes:
    return json.dumps({'errors': [{'code': 'UNAUTHORIZED', 'message': message}]}).encode()


def shared_row(
    name: str, status: str, problem: str, result: Response, at: LoginServer = AT, **more: Any
) -> Row:
    """Return a row that all token endpoints share, with the reasons of a login by password."""
    code, _, reason = problem.partition(' ')
    reason = {'Unauthorized': 'PasswordRefused'}.get(reason, reason)
    return password_row(
        f'by password: {name}',
        status,
        f'{code} {reason}',
        result,
        at=at,
        **{**more, 'solution': '' if reason == 'PasswordRefused' else more.get('solution', '')},
    )


TABLE = (
    password_row(
        'an accepted password',
        'Passed',
        detail=f'bob is logged in to {HOST}',
        facts={'username': 'bob'},
    ),
    password_row(
        'a password without permissions on the repository',
        'Passed',
        '',
        response(401, UNAUTHORIZED),
        token_response('bare'),
        detail=f'bob is logged in to {HOST}',
    ),
    password_row(
        'a wrong password',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        UNAUTHORIZED_RESPONSE,
        at=AT._replace(resource=None),
        solution='az acr token credential generate --registry myregistry --name bob',
        facts={'status': 401, 'accountKind': 'token'},
        detail='the registry rejects this account (401)',
    ),
    token_row(
        'a token that does not exist',
        ArmResult(failure=Failure('NotFound', 'no such token')),
        detail='the registry has no token of that name; ',
        solution='az acr token create --registry myregistry --name bob --repository team/app',
        facts={'token': {**UNREAD, 'exists': False}},
    ),
    token_row(
        'a token that is disabled',
        registry_token(status='disabled'),
        detail='the token is disabled; ',
        solution='az acr token update --registry myregistry --name bob --status enabled',
        facts={'token': {**UNREAD, 'exists': True, 'enabled': False, 'scopeMap': 'pullers'}},
    ),
    token_row(
        'passwords that have expired',
        registry_token('2025-01-02T03:04:05.1234567Z', '2025-03-04T05:06:07+00:00'),
        detail='all passwords of the token expired, the last at 2025-03-04T05:06:07Z; ',
        solution='az acr token credential generate',
    ),
    token_row(
        'a password that is valid',
        registry_token('2025-01-02T03:04:05Z', '9999-12-31T23:59:59.999999+00:00'),
        detail='the registry rejects this account (401)',
        solution='az acr token credential generate --registry myregistry --name bob --password1',
    ),
    token_row(
        'a password without an end',
        registry_token('2025-01-02T03:04:05Z', None),
        detail='the registry rejects this account (401)',
    ),
    token_row(
        'a token that Azure Resource Manager does not describe',
        ArmResult({'properties': None}),
        detail='the registry rejects this account (401)',
        facts={'token': {**UNREAD, 'exists': True}},
    ),
    token_row(
        'a token that may not be read',
        ArmResult(failure=Failure('Forbidden', 'no')),
        detail='the registry rejects this account (401)',
        solution='az acr token show --registry myregistry --name bob',
        facts={'token': 'not among the facts'},
    ),
    *(
        user_row(
            f'{kind}, and another user name',
            user,
            password,
            'WrongUserName',
            detail=f'the password is {kind}, which the registry never accepts with the user name '
            f'{user} (401)',
            solution=f'docker login {HOST} --username {NULL_GUID} --password-stdin',
        )
        for user in ('bob', 'myregistry', ACCOUNT, 'alice@contoso.com')
        for kind, password in (
            ('a refresh token of a registry', REFRESH_TOKEN),
            ('an access token of a registry', ACCESS_TOKEN),
            ('a token of Microsoft Entra ID', ENTRA_TOKEN),
        )
    ),
    *(
        user_row(
            f'the user name of refresh tokens, and {kind}',
            NULL_GUID,
            password,
            'WrongUserName',
            detail=f'the user name {NULL_GUID} requires a refresh token of the registry, but the '
            f'password is {kind} (401)',
        )
        for kind, password in (
            ('no token', 'hunter2'),
            ('an access token of a registry', ACCESS_TOKEN),
            ('a token of Microsoft Entra ID', ENTRA_TOKEN),
        )
    ),
    user_row(
        'swapped',
        REFRESH_TOKEN,
        NULL_GUID,
        'WrongUserName',
        detail='the user name is a refresh token of a registry: the user name and the password may '
        'be swapped (401)',
        facts={'username': '(a token)'},
    ),
    user_row(
        'a refresh token that has expired',
        NULL_GUID,
        signed(grant_type='refresh_token', aud=HOST, exp=1735787045),
        'PasswordRefused',
        detail='the refresh token expired at 2025-01-02T03:04:05Z; ',
        solution='--expose-token',
    ),
    user_row(
        'a refresh token of another registry',
        NULL_GUID,
        signed(grant_type='refresh_token', aud='other.azurecr.io', exp=9e9),
        'PasswordRefused',
        detail='the refresh token is for other.azurecr.io; ',
    ),
    user_row(
        'a refresh token that is rejected',
        NULL_GUID,
        REFRESH_TOKEN,
        'PasswordRefused',
        detail='the registry rejects this account (401)',
    ),
    user_row(
        'a service principal',
        ACCOUNT,
        'hunter2',
        'PasswordRefused',
        solution=f'az ad sp credential reset --id {ACCOUNT} --append',
        facts={'accountKind': 'application'},
    ),
    user_row(
        'a user of Microsoft Entra ID',
        'alice@contoso.com',
        'hunter2',
        'PasswordRefused',
        solution="doesn't accept the password of a Microsoft Entra user",
    ),
    password_row(
        'the admin user is off',
        'Failed',
        f'{REFRESH} AdminUserDisabled',
        response(401, UNAUTHORIZED),
        UNAUTHORIZED_RESPONSE,
        at=admin(False),
        solution='--admin-enabled true',
    ),
    password_row(
        'the admin user is on',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        UNAUTHORIZED_RESPONSE,
        at=admin(True),
    ),
    password_row(
        'a name with shell syntax',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        UNAUTHORIZED_RESPONSE,
        options=OPTIONS._replace(username='bob; rm -rf ~'),
        solution="--name 'bob rm -rf ~' ",
    ),
    *(
        password_row(
            f'a service principal: {message}',
            'Failed',
            f'{REFRESH} {reason}',
            response(401, refusal(message)),
            token_response(None, response(401, refusal(message))),
            options=OPTIONS._replace(username=ACCOUNT),
            solution=f'--id {ACCOUNT} ',
            detail=message,
        )
        for message, reason in (
            ('Invalid clientid or client secret.', 'ServicePrincipalSecretRefused'),
            ('AADSTS7000222: The provided client secret keys', 'ServicePrincipalSecretRefused'),
            ('Application not registered with AAD.', 'ServicePrincipalUnknown'),
            ("AADSTS7000112: Application 'a' is disabled.", 'ServicePrincipalDisabled'),
        )
    ),
    *failure_rows(shared_row, REFRESH),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_no_password_is_shown(row: Row) -> None:
    assert_no_secrets(row, 'hunter2', 'eyJ')


def test_no_password_is_sent_to_a_host_that_is_not_trusted() -> None:
    probes = FakeProbes(by_password=(PULL,))
    row = replace(TABLE[0], probes=probes, needs=(AT._replace(trusted=False), CHALLENGED))
    assert run(row).status.value == 'Skipped' and probes.requests == []


@pytest.mark.parametrize(
    'first, status, reason',
    [
        (PULL, 'Passed', None),
        (UNAUTHORIZED_RESPONSE, 'Failed', 'Unauthorized'),
        (token_response(signed(access=[])), 'Failed', 'NoPermissions'),
    ],
)
def test_the_permissions_are_those_of_the_first_token(
    first: TokenResponse, status: str, reason: str | None
) -> None:
    row = replace(TABLE[0], probes=FakeProbes(by_password=(first, token_response('bare'))))
    outcome = run(
        Row('permissions', access_token, status, needs=(AT, run(row).value), options=OPTIONS)
    )
    assert (outcome.status.value, outcome.problem.reason if outcome.problem else None) == (
        status,
        reason,
    )
