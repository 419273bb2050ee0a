# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Anonymous pulls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.anonymous_pull import anonymous_pull
from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.options import Options
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.authentication.test_token_response import AT, denials
from tests.checks.fake_probes import (
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, run, tells_nothing_of, verify

ACCESS = 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
ALLOWED = {'id': REGISTRY_ID, 'properties': {'anonymousPullEnabled': True}}
FORBIDDEN = {'id': REGISTRY_ID, 'properties': {'anonymousPullEnabled': False}}
OPTIONS = Options(repository='team/app', need=('pull',))


def granting(*actions: str, name: str = 'team/app') -> TokenResponse:
    return token_response(
        signed(access=[{'type': 'repository', 'name': name, 'actions': list(actions)}])
    )


def nobody(
    name: str,
    status: str,
    problem: str = '',
    given: TokenResponse | Response = granting('pull'),
    at: LoginServer = AT,
    access: Access | None = None,
    options: Options = OPTIONS,
    allowed: bool = True,
    **more: Any,
) -> Row:
    """Return a row of anonymous-pull."""
    if allowed:
        known = (at.resource or {}).get('properties', {})
        at = replace(
            at, resource={'id': REGISTRY_ID, 'properties': {**known, **ALLOWED['properties']}}
        )
    probes = FakeProbes(
        anonymous=token_response(None, given) if isinstance(given, Response) else given
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
    nobody(
        'allowed and given',
        'Passed',
        detail='without a login',
        facts={'granted': ['pull'], 'allowed': True},
    ),
    nobody(
        'allowed, of no repository',
        'Skipped',
        options=Options(),
        detail='neither --repository nor --image',
    ),
    nobody(
        'forbidden',
        'Skipped',
        at=replace(AT, resource=FORBIDDEN),
        allowed=False,
        detail='does not allow it',
    ),
    nobody(
        'unknown, and not needed',
        'Skipped',
        at=replace(AT, resource=None),
        allowed=False,
        access=Access('token'),
        detail='not needed',
    ),
    nobody(
        'unknown, and given',
        'Passed',
        at=replace(AT, resource=None),
        allowed=False,
        facts={'allowed': None},
    ),
    nobody(
        'unknown, and not given',
        'Skipped',
        given=response(401, UNAUTHORIZED),
        at=replace(AT, resource=None),
        allowed=False,
        detail='no token without a login',
        facts={'status': 401},
    ),
    nobody(
        'allowed, and not given',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        response(401, UNAUTHORIZED),
        solution='--anonymous-pull-enabled true',
        facts={'status': 401},
    ),
    nobody(
        'for something else',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        granting('pull', name='other'),
    ),
    nobody(
        'for nothing',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        granting(),
        detail='not for pulling team/app',
    ),
    nobody(
        'a token that cannot be read',
        'Warning',
        f'{ACCESS} AnonymousPullRefused',
        token_response('opaque'),
    ),
    nobody('an error', 'Warning', f'{ACCESS} AnonymousPullRefused', response(503)),
    *denials(nobody),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_token_is_told(one: Row) -> None:
    tells_nothing_of(one, 'eyJ')


def test_the_token_is_for_whoever_pulls() -> None:
    value = run(TABLE[0]).value
    assert (value.repository, value.actions) == ('team/app', ('pull',)) and value.token.startswith(
        'eyJ'
    )
