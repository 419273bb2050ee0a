# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `access-token` check."""

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
from azext_acrhealth.options import NEEDS, Options, Target
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import TokenResponse
from tests.checks.authentication.test_refresh_token import CHALLENGED, READ_WRITE_TOKEN
from tests.checks.authentication.test_token_response import AT, failure_rows
from tests.checks.fake_probes import (
    ACCOUNT,
    REGISTRY_ID,
    UNAUTHORIZED,
    USER,
    FakeConnection,
    FakeProbes,
    response,
    signed,
    token_response,
)
from tests.checks.table import Row, assert_no_secrets, run, shown, verify

ACCESS = 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
ABAC_REGISTRY = AT._replace(
    resource={'id': REGISTRY_ID, 'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}},
)
NEED = Options(repository='team/app', need=('pull', 'push', 'metadata-read'))
REQUIRED = ['pull', 'push', 'metadata_read']
NO_TOKEN = token_response()


def repository_row(
    name: str,
    status: str,
    problem: str = '',
    result: TokenResponse | Response = NO_TOKEN,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of the `access-token` check for a repository."""
    probes = FakeProbes(
        access=token_response(None, result) if isinstance(result, Response) else result
    )
    return Row(
        name,
        access_token,
        status,
        problem,
        probes=probes,
        needs=(at, Login(CHALLENGED, 'refresh', None, USER)),
        options=NEED,
        **more,
    )


def registry_row(
    name: str,
    status: str,
    problem: str = '',
    result: TokenResponse | Response = NO_TOKEN,
    actions: tuple[str, ...] | None = None,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    """Return a row of the `access-token` check without a repository.

    `actions` are those of the refresh token.
    """
    probes = FakeProbes(
        access=token_response(None, result) if isinstance(result, Response) else result
    )
    return Row(
        name,
        access_token,
        status,
        problem,
        probes=probes,
        needs=(at, Login(CHALLENGED, 'refresh', actions, USER)),
        **more,
    )


def token_granting(
    *actions: str, name: str = 'team/app', kind: str = 'repository'
) -> TokenResponse:
    return token_response(signed(access=[{'type': kind, 'name': name, 'actions': list(actions)}]))


TABLE = (
    repository_row(
        'all granted',
        'Passed',
        result=token_granting('pull', 'push', 'metadata_read', 'delete'),
        facts={
            'scope': 'repository:team/app:pull,push,metadata_read',
            'asked': REQUIRED,
            'missing': [],
            'granted': ['delete', 'metadata_read', 'pull', 'push'],
            'status': 200,
        },
    ),
    repository_row(
        'a wildcard', 'Passed', result=token_granting('*'), facts={'granted': ['*'], 'missing': []}
    ),
    repository_row(
        'capital claims',
        'Passed',
        result=token_response(
            signed(Access=[{'Type': 'Repository', 'Name': 'team/app', 'Actions': REQUIRED}])
        ),
    ),
    repository_row(
        'in two entries',
        'Passed',
        result=token_response(
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
    repository_row(
        'some actions',
        'Failed',
        f'{ACCESS} ActionsMissing',
        token_granting('pull'),
        has_value=True,
        detail='push, metadata_read missing',
        facts={'missing': ['push', 'metadata_read'], 'granted': ['pull']},
    ),
    repository_row(
        'for another repository',
        'Failed',
        f'{ACCESS} NoPermissions',
        token_granting(*REQUIRED, name='team/app2'),
    ),
    repository_row(
        'for another type',
        'Failed',
        f'{ACCESS} NoPermissions',
        token_granting(*REQUIRED, kind='registry'),
    ),
    repository_row(
        'an empty list',
        'Failed',
        f'{ACCESS} NoPermissions',
        token_response(signed(access=[])),
        facts={'asked': REQUIRED, 'granted': [], 'missing': REQUIRED},
    ),
    repository_row('no actions', 'Failed', f'{ACCESS} NoPermissions', token_granting()),
    *(
        repository_row(
            f'invalid actions: {actions}',
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
        repository_row(
            f'unreadable: {claims}',
            'Failed',
            f'{ACCESS} UnreadableToken',
            token_response(signed(**claims)),
            has_value=True,
        )
        for claims in ({}, {'access': None}, {'access': 'pull'}, {'access': {'pull': True}})
    ),
    repository_row(
        'not a JWT', 'Failed', f'{ACCESS} UnreadableToken', token_response('opaque'), has_value=True
    ),
    repository_row(
        'a token that is not valid yet',
        'Failed',
        f'{ACCESS} TokenNotValidNow',
        token_response(signed(nbf=9e9, access=[])),
        detail='it becomes valid in',
        solution='clock',
    ),
    repository_row(
        'no actions, with the command',
        'Failed',
        f'{ACCESS} NoPermissions',
        token_granting(),
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role "AcrPush" '
        f'--scope {REGISTRY_ID}`',
        facts={'roles': ['AcrPush']},
    ),
    repository_row(
        'some actions, with the command',
        'Failed',
        f'{ACCESS} ActionsMissing',
        token_granting('pull', 'metadata_read'),
        solution='--role "AcrPush"',
        facts={'missing': ['push'], 'roles': ['AcrPush']},
        has_value=True,
    ),
    repository_row(
        'some actions, ABAC',
        'Failed',
        f'{ACCESS} ActionsMissing',
        token_granting('pull', 'metadata_read'),
        at=ABAC_REGISTRY,
        solution='--role "Container Registry Repository Writer"',
        has_value=True,
    ),
    repository_row(
        'no actions, ABAC',
        'Failed',
        f'{ACCESS} AbacRoleNeeded',
        token_granting(),
        at=ABAC_REGISTRY,
        solution='--role "Container Registry Repository Writer"',
        facts={'missing': REQUIRED, 'status': 200},
    ),
    repository_row(
        'unauthorized, ABAC',
        'Failed',
        f'{ACCESS} AbacRoleNeeded',
        response(401, UNAUTHORIZED),
        at=ABAC_REGISTRY,
        facts={'status': 401, 'granted': []},
    ),
    *failure_rows(repository_row, ACCESS),
    registry_row(
        'actions in the refresh token',
        'Passed',
        result=token_response(signed(access=[])),
        actions=('read', 'write'),
        detail='read, write on the whole registry',
        facts={'scope': 'registry:catalog:*', 'granted': []},
    ),
    registry_row(
        'actions in the refresh token, an opaque access token',
        'Passed',
        result=token_response('opaque'),
        actions=('read',),
    ),
    registry_row(
        'the catalog',
        'Passed',
        result=token_granting('*', kind='registry', name='catalog'),
        facts={'granted': ['*']},
    ),
    registry_row(
        'no actions in either token',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        token_response(signed(access=[])),
        facts={'granted': []},
        solution='--repository',
    ),
    registry_row(
        'no actions in either token, an empty list',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        token_response(signed(access=[])),
        actions=(),
    ),
    registry_row(
        'the catalog is denied',
        'Warning',
        f'{ACCESS} PermissionsUnverified',
        response(401, UNAUTHORIZED),
        facts={'status': 401},
    ),
    registry_row(
        'ABAC',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        token_response(signed(access=[])),
        at=ABAC_REGISTRY,
    ),
    registry_row(
        'ABAC, with actions in the refresh token',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        token_granting('*', kind='registry', name='catalog'),
        actions=('read',),
        at=ABAC_REGISTRY,
    ),
    registry_row(
        'ABAC, the catalog is denied',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        response(401, UNAUTHORIZED),
        at=ABAC_REGISTRY,
    ),
    registry_row(
        'ABAC, the catalog is denied despite actions in the refresh token',
        'Warning',
        f'{ACCESS} RepositoryNeeded',
        response(401, UNAUTHORIZED),
        actions=('read',),
        at=ABAC_REGISTRY,
    ),
    registry_row('unreadable', 'Failed', f'{ACCESS} UnreadableToken', token_response('opaque')),
    *(row for row in failure_rows(registry_row, ACCESS) if row.name != 'unauthorized'),
    registry_row(
        'unauthorized despite actions in the refresh token',
        'Failed',
        f'{ACCESS} Unauthorized',
        response(401, UNAUTHORIZED),
        actions=('read',),
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_no_token_is_shown(row: Row) -> None:
    assert_no_secrets(row, 'entra-token', 'eyJ', "'refresh'", 'opaque')


@pytest.mark.parametrize('granted', [(), ('pull',)])
@pytest.mark.parametrize('need', [NEEDS, NEEDS[:2], NEEDS[:1]])
def test_need_is_suggested_only_if_all_permissions_are_required(
    granted: tuple[str, ...], need: tuple[str, ...]
) -> None:
    options = Options(repository='team/app', need=need)
    row = replace(repository_row('', '', result=token_granting(*granted)), options=options)
    solutions = shown(access_token, run(row))['solutions']
    assert any('--need' in text for text in solutions) is (need == NEEDS)


def test_tokens_are_sent_to_the_connection_of_the_challenge() -> None:
    probes = copy.deepcopy(
        FakeProbes(exchanged=token_response(READ_WRITE_TOKEN), access=token_granting('pull'))
    )
    context = Context(Target('myregistry'), NEED, probes, 1e9)
    token_endpoint = TokenEndpoint(FakeConnection('elsewhere.test'), '/other/token', 'service.test')
    login = refresh_token.run(context, AT, token_endpoint).value
    access_token.run(context, AT, login)
    assert probes.requests == [
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
    for row in (repository_row('odd', '', result=token), registry_row('odd', '', result=token)):
        assert shown(row.check, run(row))['status'] in ('Passed', 'Warning', 'Failed')
