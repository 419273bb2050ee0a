# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rights of the access token."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication.access_token import access_token
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.authentication.scope import Login
from azext_acrhealth.checks.connectivity.challenge import TokenEndpoint
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options, Target
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
from tests.checks.authentication.test_refresh_token import CHALLENGED, RIGHTS
from tests.checks.authentication.test_token_response import AT, refused
from tests.checks.fake_probes import (
    ACCOUNT,
    REGISTRY_ID,
    UNAUTHORIZED,
    FakeConnection,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, run, shown, tells_nothing_of, verify

ACCESS = 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
BY_REPOSITORY = replace(
    AT,
    resource={'id': REGISTRY_ID, 'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}},
)
NEED = Options(repository='team/app', need=('pull', 'push', 'metadata-read'))
ASKED = ['pull', 'push', 'metadata_read']


def scoped(
    name: str,
    status: str,
    problem: str = '',
    given: TokenResponse | Response = token_response(),
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of access-token for a repository."""
    probes = FakeProbes(
        access=token_response(None, given) if isinstance(given, Response) else given
    )
    return Row(
        name,
        access_token,
        status,
        problem,
        probes=probes,
        needs=(at, Login(CHALLENGED, 'refresh', None, ACCOUNT)),
        options=NEED,
        **more,
    )


def wide(
    name: str,
    status: str,
    problem: str = '',
    given: TokenResponse | Response = token_response(),
    actions: tuple[str, ...] | None = None,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of access-token without a repository; `actions` came with the refresh token."""
    probes = FakeProbes(
        access=token_response(None, given) if isinstance(given, Response) else given
    )
    return Row(
        name,
        access_token,
        status,
        problem,
        probes=probes,
        needs=(at, Login(CHALLENGED, 'refresh', actions, ACCOUNT)),
        **more,
    )


def granting(*actions: str, name: str = 'team/app', kind: str = 'repository') -> TokenResponse:
    return token_response(signed(access=[{'type': kind, 'name': name, 'actions': list(actions)}]))


TABLE = (
    scoped(
        'all granted',
        'Passed',
        given=granting('pull', 'push', 'metadata_read', 'delete'),
        facts={
            'scope': 'repository:team/app:pull,push,metadata_read',
            'asked': ASKED,
            'missing': [],
            'granted': ['delete', 'metadata_read', 'pull', 'push'],
            'status': 200,
        },
    ),
    scoped('a star', 'Passed', given=granting('*'), facts={'granted': ['*'], 'missing': []}),
    scoped(
        'capital claims',
        'Passed',
        given=token_response(
            signed(Access=[{'Type': 'Repository', 'Name': 'team/app', 'Actions': ASKED}])
        ),
    ),
    scoped(
        'in two entries',
        'Passed',
        given=token_response(
            signed(
                access=[
                    {'type': 'repository', 'name': 'other', 'actions': []},
                    {'type': 'repository', 'name': 'team/app', 'actions': ['pull']},
                    {
                        'type': 'repository',
                        'name': 'team/app',
                        'actions': ['push', 'metadata_read'],
                    },
                ]
            )
        ),
    ),
    scoped(
        'some',
        'Failed',
        f'{ACCESS} ActionsMissing',
        granting('pull'),
        solution='--need pull',
        leaves=True,
        detail='push, metadata_read missing',
        facts={'missing': ['push', 'metadata_read'], 'granted': ['pull']},
    ),
    scoped(
        'of another repository',
        'Failed',
        f'{ACCESS} NoPermissions',
        granting(*ASKED, name='team/app2'),
    ),
    scoped(
        'of another kind', 'Failed', f'{ACCESS} NoPermissions', granting(*ASKED, kind='registry')
    ),
    scoped(
        'an empty list',
        'Failed',
        f'{ACCESS} NoPermissions',
        token_response(signed(access=[])),
        solution='--need pull',
        facts={'asked': ASKED, 'granted': [], 'missing': ASKED},
    ),
    scoped('no actions', 'Failed', f'{ACCESS} NoPermissions', granting()),
    *(
        scoped(
            f'nonsense for actions: {actions}',
            'Failed',
            f'{ACCESS} NoPermissions',
            token_response(
                signed(
                    access=[
                        {'type': 'repository', 'name': 'team/app', 'actions': actions},
                        'text',
                        None,
                        7,
                    ]
                )
            ),
        )
        for actions in ('pull', None, 7, {'pull': True}, [None, 1])
    ),
    *(
        scoped(
            f'unreadable: {claims}',
            'Failed',
            f'{ACCESS} UnreadableToken',
            token_response(signed(**claims)),
            leaves=True,
        )
        for claims in ({}, {'access': None}, {'access': 'pull'}, {'access': {'pull': True}})
    ),
    scoped(
        'not a JWT', 'Failed', f'{ACCESS} UnreadableToken', token_response('opaque'), leaves=True
    ),
    scoped(
        'a token of tomorrow',
        'Failed',
        f'{ACCESS} TokenNotValidNow',
        token_response(signed(nbf=9e9, access=[])),
        detail='it is valid only in',
        solution='clock',
    ),
    scoped(
        'nothing, with the command',
        'Failed',
        f'{ACCESS} NoPermissions',
        granting(),
        solution=f'--assignee {ACCOUNT} --role "AcrPush" --scope {REGISTRY_ID}`',
        facts={'roles': ['AcrPush']},
    ),
    scoped(
        'some, with the command',
        'Failed',
        f'{ACCESS} ActionsMissing',
        granting('pull', 'metadata_read'),
        solution='--role "AcrPush"',
        facts={'missing': ['push'], 'roles': ['AcrPush']},
        leaves=True,
    ),
    scoped(
        'some, by repository',
        'Failed',
        f'{ACCESS} ActionsMissing',
        granting('pull', 'metadata_read'),
        at=BY_REPOSITORY,
        solution='--role "Container Registry Repository Writer"',
        leaves=True,
    ),
    scoped(
        'nothing, by repository',
        'Failed',
        f'{ACCESS} AbacRoleNeeded',
        granting(),
        at=BY_REPOSITORY,
        solution='--role "Container Registry Repository Writer"',
        facts={'missing': ASKED, 'status': 200},
    ),
    scoped(
        'unauthorized, by repository',
        'Failed',
        f'{ACCESS} AbacRoleNeeded',
        response(401, UNAUTHORIZED),
        at=BY_REPOSITORY,
        facts={'status': 401, 'granted': []},
    ),
    *refused(scoped, ACCESS),
    wide(
        'rights with the login',
        'Passed',
        given=token_response(signed(access=[])),
        actions=('read', 'write'),
        detail='read, write on the whole registry',
        facts={'scope': 'registry:catalog:*', 'granted': []},
    ),
    wide(
        'rights with the login, a token that cannot be read',
        'Passed',
        given=token_response('opaque'),
        actions=('read',),
    ),
    wide(
        'the catalogue',
        'Passed',
        given=granting('*', kind='registry', name='catalog'),
        facts={'granted': ['*']},
    ),
    wide(
        'nothing seen',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        token_response(signed(access=[])),
        facts={'granted': []},
        solution='--repository',
    ),
    wide(
        'nothing seen, empty rights',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        token_response(signed(access=[])),
        actions=(),
    ),
    wide(
        'the catalogue is closed',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        response(401, UNAUTHORIZED),
        facts={'status': 401},
    ),
    wide(
        'rights by repository',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        token_response(signed(access=[])),
        at=BY_REPOSITORY,
    ),
    wide(
        'rights by repository, whatever the login tells',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        granting('*', kind='registry', name='catalog'),
        actions=('read',),
        at=BY_REPOSITORY,
    ),
    wide(
        'rights by repository, the catalogue is closed',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        response(401, UNAUTHORIZED),
        at=BY_REPOSITORY,
    ),
    wide(
        'rights by repository, the catalogue is closed to a login that tells of rights',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        response(401, UNAUTHORIZED),
        actions=('read',),
        at=BY_REPOSITORY,
    ),
    wide('unreadable', 'Failed', f'{ACCESS} UnreadableToken', token_response('opaque')),
    *(one for one in refused(wide, ACCESS) if one.name != 'unauthorized'),
    wide(
        'unauthorized although the login tells of rights',
        'Failed',
        f'{ACCESS} Unauthorized',
        response(401, UNAUTHORIZED),
        actions=('read',),
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_token_is_told(one: Row) -> None:
    tells_nothing_of(one, 'entra-token', 'eyJ', "'refresh'", 'opaque')


def test_tokens_go_to_the_connection_that_was_challenged() -> None:
    probes = copy.deepcopy(FakeProbes(exchanged=token_response(RIGHTS), access=granting('pull')))
    context = Context(Target('myregistry'), NEED, probes, 1e9)
    token_endpoint = TokenEndpoint(FakeConnection('elsewhere.test'), '/other/token', 'service.test')
    login = refresh_token.run(context, AT, token_endpoint).value
    access_token.run(context, AT, login)
    assert probes.asked == [
        ('exchange', 'elsewhere.test', 'service.test'),
        (
            'elsewhere.test',
            '/other/token',
            'service.test',
            'repository:team/app:pull,push,metadata_read',
        ),
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(['type', 'Name', 'actions', 'x']), inner)
    ),
    max_leaves=8,
)


@given(ANYTHING, ANYTHING)
def test_any_claims_make_a_row(access: Any, permissions: Any) -> None:
    token = token_response(signed(access=access, Permissions=permissions))
    for row in (scoped('odd', '', given=token), wide('odd', '', given=token)):
        assert shown(row.check, run(row))['status'] in ('Passed', 'Warning', 'Failed')
