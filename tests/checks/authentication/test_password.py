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
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
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


def admin(enabled: bool) -> LoginServer:
    return replace(
        AT, resource={'id': REGISTRY_ID, 'name': 'Bob', 'properties': {'adminUserEnabled': enabled}}
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
        solution='az acr token credential generate --registry myregistry --name bob',
        facts={'status': 401},
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
        options=replace(OPTIONS, username='bob; rm -rf ~'),
        solution="--name 'bob; rm -rf ~'",
    ),
    *(
        password_row(
            f'a service principal: {message}',
            'Failed',
            f'{REFRESH} {reason}',
            response(401, refusal(message)),
            token_response(None, response(401, refusal(message))),
            options=replace(OPTIONS, username=ACCOUNT),
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
    row = replace(TABLE[0], probes=probes, needs=(replace(AT, trusted=False), CHALLENGED))
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
