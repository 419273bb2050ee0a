# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Logging in with a user name and a password: rows of refresh-token, and of the rights that come with it."""

from __future__ import annotations

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
from tests.checks.authentication.test_token_response import AT, refused
from tests.checks.fake_probes import (
    HOST,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, run, tells_nothing_of, verify

REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
PULL = token_response(
    signed(access=[{'type': 'repository', 'name': 'team/app', 'actions': ['pull']}])
)
NO = token_response(None, response(401, UNAUTHORIZED))
OPTIONS = Options(repository='team/app', need=('pull',), username='bob', password='hunter2')


def admin(enabled: bool) -> LoginServer:
    return replace(
        AT, resource={'id': REGISTRY_ID, 'name': 'Bob', 'properties': {'adminUserEnabled': enabled}}
    )


def login(
    name: str,
    status: str,
    problem: str = '',
    given: TokenResponse | Response = PULL,
    *later: TokenResponse,
    at: LoginServer = AT,
    options: Options = OPTIONS,
    **more: Any,
) -> Row:
    """Return a row of refresh-token by password.

    `given` is the first answer, `later` those after it.
    """
    first = token_response(None, given) if isinstance(given, Response) else given
    # What is asked for nothing in particular is refused as well, unless told otherwise.
    return Row(
        name,
        refresh_token,
        status,
        problem,
        probes=FakeProbes(by_password=(first, *(later or (NO,)))),
        needs=(at, CHALLENGED),
        options=options,
        **more,
    )


def shared(
    name: str, status: str, problem: str, given: Response, at: LoginServer = AT, **more: Any
) -> Row:
    """Return a row that all endpoints of the token service have in common, in the words of a password."""
    code, _, reason = problem.partition(' ')
    own = {'Unauthorized': 'PasswordRefused'}.get(reason, reason)
    return login(
        f'by password: {name}',
        status,
        f'{code} {own}',
        given,
        at=at,
        **{**more, 'solution': '' if own == 'PasswordRefused' else more.get('solution', '')},
    )


TABLE = (
    login(
        'a password that is taken',
        'Passed',
        detail=f'bob is logged in at {HOST}',
        facts={'username': 'bob'},
    ),
    login(
        'a password without rights on this',
        'Passed',
        '',
        response(401, UNAUTHORIZED),
        token_response('bare'),
        detail=f'bob is logged in at {HOST}',
    ),
    login(
        'a wrong password',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        NO,
        solution='az acr token credential generate --registry myregistry --name bob',
        facts={'status': 401},
    ),
    login(
        'the admin user is off',
        'Failed',
        f'{REFRESH} AdminUserDisabled',
        response(401, UNAUTHORIZED),
        NO,
        at=admin(False),
        solution='--admin-enabled true',
    ),
    login(
        'the admin user is on',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        NO,
        at=admin(True),
    ),
    login(
        'a name that a shell would act on',
        'Failed',
        f'{REFRESH} PasswordRefused',
        response(401, UNAUTHORIZED),
        NO,
        options=replace(OPTIONS, username='bob; rm -rf ~'),
        solution="--name 'bob; rm -rf ~'",
    ),
    *refused(shared, REFRESH),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_password_is_told(one: Row) -> None:
    tells_nothing_of(one, 'hunter2', 'eyJ')


def test_the_password_goes_to_the_host_that_was_challenged_only() -> None:
    probes = FakeProbes(by_password=(PULL,))
    row = replace(TABLE[0], probes=probes, needs=(replace(AT, trusted=False), CHALLENGED))
    assert run(row).status.value == 'Skipped' and probes.asked == []


@pytest.mark.parametrize(
    'first, status, reason',
    [
        (PULL, 'Passed', None),
        (NO, 'Failed', 'Unauthorized'),
        (token_response(signed(access=[])), 'Failed', 'NoPermissions'),
    ],
)
def test_the_rights_are_those_of_the_token_that_came(
    first: TokenResponse, status: str, reason: str | None
) -> None:
    given = replace(TABLE[0], probes=FakeProbes(by_password=(first, token_response('bare'))))
    rights = run(Row('rights', access_token, status, needs=(AT, run(given).value), options=OPTIONS))
    assert (rights.status.value, rights.problem.reason if rights.problem else None) == (
        status,
        reason,
    )
