# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The refresh token, and the rights of the access token."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.authentication import Login, access_token, refresh_token
from azext_acrhealth.checks.first_answer import Challenged
from azext_acrhealth.checks.login_server import LoginServer
from azext_acrhealth.model import Context, Options, Target
from azext_acrhealth.probes.answer import Answer
from azext_acrhealth.probes.cli import Token
from azext_acrhealth.probes.tokens import Issued
from azext_acrhealth.probes.trouble import Trouble
from tests.checks.fake_world import (
    DENIED, DENIED_ADDRESS, HOST, UNAUTHORIZED, FakeConnection, FakeWorld, answer, issued, signed)
from tests.checks.table import Row, run, shown, verify

REFRESH, ACCESS = 'CONNECTIVITY_REFRESH_TOKEN_ERROR', 'CONNECTIVITY_ACCESS_TOKEN_ERROR'
FORBIDDEN, THROTTLED = 'CONNECTIVITY_FORBIDDEN_ERROR', 'CONNECTIVITY_TOOMANYREQUESTS_ERROR'
AT = LoginServer(HOST, FakeConnection(), True)
BY_REPOSITORY = replace(AT, resource={'properties': {'roleAssignmentMode': 'AbacRepositoryPermissions'}})
CLOSED = replace(AT, resource={'properties': {'publicNetworkAccess': 'Disabled'}})
CHALLENGED = Challenged(AT.connection, '/oauth2/token', HOST)
RIGHTS = signed(permissions={'actions': ['read', 'write']})
NEED = Options(repository='team/app', need=('pull', 'push', 'metadata-read'))
ASKED = ['pull', 'push', 'metadata_read']


def exchange(name: str, status: str, problem: str = '', given: Issued | Answer | Token | None = None,
             at: LoginServer = AT,
             **more: Any) -> Row:
    """Give a row of refresh-token; `given` is what Entra or the registry answers."""
    world = FakeWorld(exchanged=issued(None, given) if isinstance(given, Answer) else given or issued(RIGHTS))
    if isinstance(given, Token):
        world = FakeWorld(token=given)
    return Row(name, refresh_token, status, problem, world=world, needs=(at, CHALLENGED), **more)


def entra(kind: str, aadsts: str | None = None) -> Token:
    return Token(trouble=Trouble(kind, 'it said so'), aadsts=aadsts)


def scoped(name: str, status: str, problem: str = '', given: Issued | Answer = issued(), at: LoginServer = AT,
           **more: Any) -> Row:
    """Give a row of access-token for a repository."""
    world = FakeWorld(access=issued(None, given) if isinstance(given, Answer) else given)
    return Row(name, access_token, status, problem, world=world, needs=(at, Login(CHALLENGED, 'refresh', None)),
               options=NEED, **more)


def wide(name: str, status: str, problem: str = '', given: Issued | Answer = issued(),
         actions: tuple[str, ...] | None = None, at: LoginServer = AT, **more: Any) -> Row:
    """Give a row of access-token without a repository; `actions` came with the refresh token."""
    world = FakeWorld(access=issued(None, given) if isinstance(given, Answer) else given)
    return Row(name, access_token, status, problem, world=world, needs=(at, Login(CHALLENGED, 'refresh', actions)),
               **more)


def granting(*actions: str, name: str = 'team/app', kind: str = 'repository') -> Issued:
    return issued(signed(access=[{'type': kind, 'name': name, 'actions': list(actions)}]))


def silent(kind: str) -> Answer:
    return answer(trouble=Trouble(kind, 'it said so'))


def refused(row: Any, code: str, path: str = '') -> tuple[Row, ...]:
    """Give the rows that both endpoints have in common."""
    return (
        row('unauthorized', 'Failed', f'{code} Unauthorized', answer(401, UNAUTHORIZED),
            detail='authentication required (401)', facts={'status': 401, 'correlationId': 'c0ffee'}),
        row('denied, without an address', 'Failed', f'{code} Unauthorized', answer(403, DENIED)),
        row('something that is no address is denied', 'Failed', f'{FORBIDDEN} AccessDenied',
            answer(403, DENIED_ADDRESS.replace(b'203.0.113.7', b'203.0.113.7:1')), detail='203.0.113.7:1'),
        row('an address is denied', 'Failed', f'{FORBIDDEN} ClientIpNotAllowed', answer(403, DENIED_ADDRESS),
            facts={'clientIp': '203.0.113.7'}, solution='--ip-address 203.0.113.7'),
        row('public access is off', 'Failed', f'{FORBIDDEN} PublicAccessDisabled', answer(403, DENIED_ADDRESS),
            at=CLOSED, facts={'clientIp': '203.0.113.7'}, detail='public access is off', solution='private endpoint'),
        row('denied by a proxy', 'Failed', f'{code} DeniedOnTheWay', answer(403, b'blocked', Server='squid'),
            detail='403 from squid: blocked', solution=f'https://{HOST}/oauth2/'),
        row('throttled', 'Failed', f'{THROTTLED} TooManyRequests', answer(429, Retry_After='9'),
            facts={'retryAfter': '9'}),
        *(row(f'status {status}', 'Failed', f'{code} ServerError', answer(status)) for status in (500, 503)),
        *(row(f'status {status}', 'Failed', f'{code} UnexpectedStatus', answer(status))
          for status in (201, 302, 400, 404)),
        row('no token', 'Failed', f'{code} UnreadableAnswer', answer(200), detail='holds no token'),
        row('not HTTP', 'Failed', f'{code} UnreadableAnswer', silent('NotHttp')),
        row('late', 'Failed', f'{code} AnswerTimeout', silent('Timeout'), detail='it said so'),
        *(row(f'connection lost: {kind}', 'Failed', f'{code} AnswerCut', silent(kind))
          for kind in ('Cut', 'Refused', 'Unreachable', 'Expired')),
    )


TABLE = (
    exchange('with rights', 'Passed', detail=f'logged in at {HOST}',
             facts={'actions': ['read', 'write'], 'tenant': 'tenant-id',
                    'audience': 'https://containerregistry.azure.net'}),
    exchange('with capital claims', 'Passed', given=issued(signed(Permissions={'Actions': ['read']})),
             facts={'actions': ['read']}),
    exchange('with empty rights', 'Passed', given=issued(signed(permissions={'actions': []})), facts={'actions': []}),
    *(exchange(f'rights that cannot be read: {claims}', 'Passed', given=issued(signed(**claims)),
               facts={'actions': None})
      for claims in ({}, {'permissions': 'all'}, {'permissions': ['read']})),
    *(exchange(f'nonsense for rights: {actions}', 'Passed', given=issued(signed(permissions={'actions': actions})),
               facts={'actions': []}) for actions in ('read', 7, None, [None, 7])),
    exchange('not a JWT', 'Passed', given=issued('opaque'), facts={'actions': None}),
    exchange('a host that is not trusted', 'Skipped', at=replace(AT, trusted=False), detail='no token is sent'),
    exchange('nobody is logged in', 'Failed', f'{REFRESH} NotLoggedIn', entra('NotLoggedIn'), solution='az login'),
    exchange('Entra refuses', 'Failed', f'{REFRESH} SignInRefused', entra('Refused', 'AADSTS50076'),
             facts={'aadsts': 'AADSTS50076'}),
    exchange('Entra is away', 'Failed', f'{REFRESH} SignInUnavailable', entra('Unavailable')),
    exchange('Entra hangs', 'Failed', f'{REFRESH} SignInTimeout', entra('Timeout'), detail='it said so'),
    *refused(exchange, REFRESH),

    scoped('all granted', 'Passed', given=granting('pull', 'push', 'metadata_read', 'delete'),
           facts={'scope': 'repository:team/app:pull,push,metadata_read', 'asked': ASKED, 'missing': [],
                  'granted': ['delete', 'metadata_read', 'pull', 'push'], 'status': 200}),
    scoped('a star', 'Passed', given=granting('*'), facts={'granted': ['*'], 'missing': []}),
    scoped('capital claims', 'Passed', given=issued(signed(
        Access=[{'Type': 'Repository', 'Name': 'team/app', 'Actions': ASKED}]))),
    scoped('in two entries', 'Passed', given=issued(signed(access=[
        {'type': 'repository', 'name': 'other', 'actions': []},
        {'type': 'repository', 'name': 'team/app', 'actions': ['pull']},
        {'type': 'repository', 'name': 'team/app', 'actions': ['push', 'metadata_read']}]))),
    scoped('some', 'Failed', f'{ACCESS} ActionsMissing', granting('pull'), solution='--need pull',
           detail='push, metadata_read missing', facts={'missing': ['push', 'metadata_read'], 'granted': ['pull']}),
    scoped('of another repository', 'Failed', f'{ACCESS} NothingGranted', granting(*ASKED, name='team/app2')),
    scoped('of another kind', 'Failed', f'{ACCESS} NothingGranted', granting(*ASKED, kind='registry')),
    scoped('an empty list', 'Failed', f'{ACCESS} NothingGranted', issued(signed(access=[])), solution='--need pull',
           facts={'asked': ASKED, 'granted': [], 'missing': ASKED}),
    scoped('no actions', 'Failed', f'{ACCESS} NothingGranted', granting()),
    *(scoped(f'nonsense for actions: {actions}', 'Failed', f'{ACCESS} NothingGranted', issued(signed(access=[
        {'type': 'repository', 'name': 'team/app', 'actions': actions}, 'text', None, 7])))
      for actions in ('pull', None, 7, {'pull': True}, [None, 1])),
    *(scoped(f'unreadable: {claims}', 'Failed', f'{ACCESS} UnreadableToken', issued(signed(**claims)))
      for claims in ({}, {'access': None}, {'access': 'pull'}, {'access': {'pull': True}})),
    scoped('not a JWT', 'Failed', f'{ACCESS} UnreadableToken', issued('opaque')),
    *refused(scoped, ACCESS),

    wide('rights with the login', 'Passed', given=issued(signed(access=[])), actions=('read', 'write'),
         detail='read, write on the whole registry', facts={'scope': 'registry:catalog:*', 'granted': []}),
    wide('rights with the login, a token that cannot be read', 'Passed', given=issued('opaque'), actions=('read',)),
    wide('the catalogue', 'Passed', given=granting('*', kind='registry', name='catalog'), facts={'granted': ['*']}),
    wide('nothing seen', 'Warning', f'{ACCESS} NothingProven', issued(signed(access=[])), facts={'granted': []},
         solution='--repository'),
    wide('nothing seen, empty rights', 'Warning', f'{ACCESS} NothingProven', issued(signed(access=[])), actions=()),
    wide('the catalogue is closed', 'Warning', f'{ACCESS} NothingProven', answer(401, UNAUTHORIZED),
         facts={'status': 401}),
    wide('rights by repository', 'Warning', f'{ACCESS} RepositoryNeeded', issued(signed(access=[])), at=BY_REPOSITORY),
    wide('rights by repository, whatever the login tells', 'Warning', f'{ACCESS} RepositoryNeeded',
         granting('*', kind='registry', name='catalog'), actions=('read',), at=BY_REPOSITORY),
    wide('rights by repository, the catalogue is closed', 'Warning', f'{ACCESS} RepositoryNeeded',
         answer(401, UNAUTHORIZED), at=BY_REPOSITORY),
    wide('rights by repository, the catalogue is closed to a login that tells of rights', 'Warning',
         f'{ACCESS} RepositoryNeeded', answer(401, UNAUTHORIZED), actions=('read',), at=BY_REPOSITORY),
    wide('unreadable', 'Failed', f'{ACCESS} UnreadableToken', issued('opaque')),
    *(one for one in refused(wide, ACCESS) if one.name != 'unauthorized'),
    wide('unauthorized although the login tells of rights', 'Failed', f'{ACCESS} Unauthorized',
         answer(401, UNAUTHORIZED), actions=('read',)),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_row(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_no_token_is_told(one: Row) -> None:
    outcome = run(one)
    told = repr(shown(one.check, outcome)) + repr(outcome)
    for secret in ('entra-token', 'eyJ', "'refresh'", 'opaque'):
        assert secret not in told


def test_tokens_go_to_the_connection_that_was_challenged() -> None:
    world = copy.deepcopy(FakeWorld(exchanged=issued(RIGHTS), access=granting('pull')))
    context = Context(Target('myregistry'), NEED, world, 1e9)
    challenged = Challenged(FakeConnection('elsewhere.test'), '/other/token', 'service.test')
    login = refresh_token.run(context, AT, challenged).value
    access_token.run(context, AT, login)
    assert world.asked == [('exchange', 'elsewhere.test', 'service.test'),
                           ('elsewhere.test', '/other/token', 'service.test',
                            'repository:team/app:pull,push,metadata_read')]


def test_nothing_is_sent_to_a_host_that_is_not_trusted() -> None:
    world = FakeWorld()
    refresh_token.run(Context(Target('myregistry'), NEED, world, 1e9), replace(AT, trusted=False), CHALLENGED)
    assert world.asked == []


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                        st.dictionaries(st.sampled_from(['type', 'Name', 'actions', 'x']), inner), max_leaves=8)


@given(ANYTHING, ANYTHING)
def test_any_claims_make_a_row(access: Any, permissions: Any) -> None:
    token = issued(signed(access=access, Permissions=permissions))
    for row in (exchange('odd', '', given=token), scoped('odd', '', given=token), wide('odd', '', given=token)):
        assert shown(row.check, run(row))['status'] in ('Passed', 'Warning', 'Failed')
