# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `anonymous-pull` check."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.anonymous_pull import anonymous_pull
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Options
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT, denial_rows
from tests.checks.fake_probes import (
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, assert_no_secrets, run, verify

ACCESS = 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
ALLOWED = {'id': REGISTRY_ID, 'properties': {'anonymousPullEnabled': True}}
FORBIDDEN = {'id': REGISTRY_ID, 'properties': {'anonymousPullEnabled': False}}
OPTIONS = Options(repository='team/app', need=('pull',))


def token_granting(*actions: str, name: str = 'team/app') -> TokenResponse:
    return token_response(
        signed(access=[{'type': 'repository', 'name': name, 'actions': list(actions)}])
    )


PULL = token_granting('pull')


def anonymous_row(
    name: str,
    status: str,
    problem: str = '',
    result: TokenResponse | Response = PULL,
    at: LoginServer = AT,
    access: Access | None = None,
    options: Options = OPTIONS,
    allowed: bool = True,
    **more: Any,
) -> Row:
    """Return a row of the `anonymous-pull` check."""
    if allowed:
        properties = (at.resource or {}).get('properties', {})
        at = at._replace(
            resource={
                'id': REGISTRY_ID,
                **(at.resource or {}),
                'properties': {**properties, **ALLOWED['properties']},
            },
        )
    probes = FakeProbes(
        anonymous=token_response(None, result) if isinstance(result, Response) else result
    )
    return Row(
        name,
        anonymous_pull,
        status,
        problem,
        probes=probes,
        needs=(at, CHALLENGED, access),
        options=options,
        **more,
    )


TABLE = (
    anonymous_row(
        'allowed, and a token is issued',
        'Passed',
        detail='without a login',
        facts={'granted': ['pull'], 'allowed': True},
    ),
    anonymous_row(
        'allowed, without a repository',
        'Skipped',
        options=Options(),
        detail='neither --repository nor --image',
    ),
    anonymous_row(
        'not allowed',
        'Skipped',
        at=AT._replace(resource=FORBIDDEN),
        allowed=False,
        detail="doesn't allow anonymous pulls",
    ),
    anonymous_row(
        'unknown, and not needed',
        'Skipped',
        at=AT._replace(resource=None),
        allowed=False,
        access=Access('token'),
        detail='not needed',
    ),
    anonymous_row(
        'unknown, and a token is issued',
        'Passed',
        at=AT._replace(resource=None),
        allowed=False,
        facts={'allowed': None},
    ),
    anonymous_row(
        'unknown, and no token is issued',
        'Skipped',
        result=response(401, UNAUTHORIZED),
        at=AT._replace(resource=None),
        allowed=False,
        detail='no token without a login',
        facts={'status': 401},
    ),
    anonymous_row(
        'allowed, and no token is issued',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        response(401, UNAUTHORIZED),
        solution='--anonymous-pull-enabled true',
        facts={'status': 401},
    ),
    anonymous_row(
        'for another repository',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        token_granting('pull', name='other'),
    ),
    anonymous_row(
        'without actions',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        token_granting(),
        detail="doesn't allow pulling team/app",
    ),
    anonymous_row(
        'an opaque token',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        token_response('opaque'),
    ),
    anonymous_row('an error', 'Warning', f'{ACCESS} AnonymousPullRefused', response(503)),
    *denial_rows(anonymous_row),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_no_token_is_shown(row: Row) -> None:
    assert_no_secrets(row, 'eyJ')


def test_the_token_is_passed_on_to_the_pull() -> None:
    value = run(TABLE[0]).value
    assert (value.repository, value.actions) == ('team/app', ('pull',)) and value.token.startswith(
        'eyJ'
    )
