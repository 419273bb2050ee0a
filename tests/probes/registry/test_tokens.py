# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's tokens, requested on real connections, parsed, and never shown."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http import retry
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.registry.tokens import (
    Grant,
    Realm,
    TokenResponse,
    access_token,
    anonymous,
    by_password,
    claims,
    exchange,
    grants,
    parse_realm,
    registry_actions,
)
from tests.probes import servers
from tests.probes.clock import soon
from tests.probes.servers import http


def part(content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(text).rstrip(b'=').decode()


def token(content, header=None):
    """Make an unsigned token."""
    return f'{part(header or {"alg": "none", "typ": "JWT"})}.{part(content)}.'


RECORDED_REFRESH = {
    'jti': '00000000-0000-0000-0000-000000000001',
    'sub': 'contoso',
    'nbf': 1789022517,
    'exp': 1789034217,
    'iat': 1789022517,
    'iss': 'Azure Container Registry',
    'aud': 'contoso.azurecr.io',
    'version': '1.0',
    'rid': '0' * 32,
    'grant_type': 'refresh_token',
    'appid': '00000000-0000-0000-0000-000000000002',
    'roles': [],
    'permissions': {'Actions': ['read', 'write', 'delete', 'metadata/read'], 'NotActions': None},
}


class TestAsking:
    @pytest.mark.parametrize(
        'tenant, expected',
        [
            (
                't-1',
                [
                    ('grant_type', 'access_token'),
                    ('service', 'contoso.azurecr.io'),
                    ('tenant', 't-1'),
                    ('access_token', 'e.n+t&ra='),
                ],
            ),
            (
                None,
                [
                    ('grant_type', 'access_token'),
                    ('service', 'contoso.azurecr.io'),
                    ('access_token', 'e.n+t&ra='),
                ],
            ),
        ],
    )
    def test_exchange(self, ask, tenant, expected):
        server, connection = ask(http(b'{"refresh_token":"r.e.f"}'))
        token_response = exchange(connection, 'contoso.azurecr.io', tenant, 'e.n+t&ra=')
        assert token_response.token == 'r.e.f' and token_response.response.status == 200
        head, body = server.heard[0].decode().split('\r\n\r\n')
        assert head.startswith('POST /oauth2/exchange HTTP/1.1\r\n') and parse_qsl(body) == expected

    def test_access_token(self, ask):
        server, connection = ask(http(b'{"access_token":"a.c.c"}'))
        token_response = access_token(
            connection,
            '/oauth2/token',
            'contoso.azurecr.io',
            ('repository:hello:pull,push', 'registry:catalog:*'),
            'r.e.f',
        )
        assert token_response.token == 'a.c.c'
        head, body = server.heard[0].decode().split('\r\n\r\n')
        assert head.startswith('POST /oauth2/token HTTP/1.1\r\n')
        assert parse_qsl(body) == [
            ('grant_type', 'refresh_token'),
            ('service', 'contoso.azurecr.io'),
            ('scope', 'repository:hello:pull,push'),
            ('scope', 'registry:catalog:*'),
            ('refresh_token', 'r.e.f'),
        ]

    @pytest.mark.parametrize(
        'scopes', [(), ('repository:hello:pull',), ('repository:hello:pull,push', 'registry:x:*')]
    )
    def test_by_password(self, ask, scopes):
        server, connection = ask(http(b'{"access_token":"a.c.c"}'))
        token_response = by_password(
            connection, '/oauth2/token', 'contoso.azurecr.io', scopes, 'me&you', 'p+w = \xe9&%/'
        )
        assert token_response.token == 'a.c.c'
        head, body = server.heard[0].decode('ascii').split('\r\n\r\n')
        assert head.startswith('POST /oauth2/token HTTP/1.1\r\n') and 'Authorization' not in head
        assert parse_qsl(body) == [
            ('grant_type', 'password'),
            ('service', 'contoso.azurecr.io'),
            *(('scope', scope) for scope in scopes),
            ('username', 'me&you'),
            ('password', 'p+w = \xe9&%/'),
        ]

    def test_a_password_that_is_refused_is_sent_once_and_repeated_by_nobody(self, ask):
        password = 'hunter2 is no good password'
        said = http(
            f'no: {password}, hunter2+is+no+good+password'.encode(),
            '401 Unauthorized',
            f'Server: {password}',
        )
        server, connection = ask(said)
        token_response = by_password(connection, '/oauth2/token', 's', (), 'bob', password)
        later = anonymous(connection, '/oauth2/token', 's', 'x')
        assert token_response.token is None and len(server.heard) == 2, (
            'a second try could lock an account'
        )
        for response in (token_response.response, later.response):
            texts = (response.text(), response.header('Server'))
            shown = f'{texts} {response!r} {token_response!r} {connection!r}'
            assert 'hunter2' not in shown and '[redacted]' in shown

    def test_a_busy_service_is_sent_a_password_again(self, ask, monkeypatch):
        monkeypatch.setattr(retry, 'PAUSE', 0.01)
        server, connection = ask(http(b'pa$$word', '503 Busy'), http(b'{"access_token":"a.c.c"}'))
        token_response = by_password(connection, '/oauth2/token', 's', (), 'bob', 'pa$$word')
        assert (
            token_response.token == 'a.c.c'
            and token_response.response.earlier.text() == '[redacted]'
            and len(server.heard) == 2
        )

    def test_anonymous(self, ask):
        server, connection = ask(http(b'{"access_token":"a.c.c"}'))
        token_response = anonymous(
            connection, '/oauth2/token', 'contoso.azurecr.io', 'repository:team/hello:pull'
        )
        assert token_response.token == 'a.c.c'
        head, body = server.heard[0].decode('ascii').split('\r\n\r\n')
        method, target, _ = head.split('\r\n')[0].split(' ')
        path, _, query = target.partition('?')
        assert (method, path, body) == ('GET', '/oauth2/token', '') and 'Authorization' not in head
        assert parse_qsl(query) == [
            ('service', 'contoso.azurecr.io'),
            ('scope', 'repository:team/hello:pull'),
        ]

    @pytest.mark.parametrize(
        'call',
        [
            lambda one: by_password(one, '/t', 's', (), 'bob', 'pw'),
            lambda one: anonymous(one, '/t', 's', 'x'),
        ],
    )
    @pytest.mark.parametrize(
        'reply',
        [
            http(b'{"access_token":"x"}', '401 Unauthorized'),
            http(b'{"refresh_token":"x"}'),
            http(b'{}'),
            http(b'<html>'),
            http(b'', '302 Found', 'Location: https://elsewhere.example/'),
            http(b'{"access_token":"a b\\u00e9"}'),
            None,
        ],
    )
    def test_neither_finds_a_token_where_there_is_none(self, ask, call, reply):
        _, connection = ask(reply)
        assert call(connection).token is None

    @pytest.mark.parametrize(
        'reply',
        [
            http(b'{"errors":[]}', '401 Unauthorized'),
            http(b'{"refresh_token":"x"}', '403 Forbidden'),
            http(b''),
            http(b'{}'),
            http(b'[]'),
            http(b'"x"'),
            http(b'{"refresh_token":""}'),
            http(b'{"refresh_token":7}'),
            http(b'{"refresh_token":"\\ud800x"}'),
            http(b'{"refresh_token":"a\\r\\nb"}'),
            http(b'{"refresh_token":null}'),
            http(b'{"access_token":"other"}'),
            http(b'<html>'),
            http(b'[' * 90000),
            http(b'{"refresh_token":"' + b'x' * 300000 + b'"}'),
            http(b'', '302 Found', 'Location: https://elsewhere.example/'),
        ],
    )
    def test_answers_without_a_token(self, ask, reply):
        server, connection = ask(reply)
        token_response = exchange(connection, 's', 't', 'entra')
        assert token_response.token is None and token_response.response.status
        assert len(server.heard) == (2 if b' 401 ' in reply else 1), 'a 401 gets a second try'

    def test_what_went_over_the_connection_is_shown_by_no_later_answer(self, ask):
        sent, got = 'entra-token-of-nobody', 'refresh-token-of-nobody'
        _, connection = ask(
            http(f'{{"refresh_token":"{got}"}}'.encode(), '200 OK', f'Server: {sent} {got}'),
            http(f'{sent}, {got}'.encode(), '401 Unauthorized'),
        )
        first, second = (
            exchange(connection, 's', 't', sent),
            access_token(connection, '/t', 's', ['x'], got),
        )
        assert first.token == got and first.response.header('Server') == '[redacted] [redacted]'
        assert second.response.text() == '[redacted], [redacted]'

    def test_an_answer_that_never_came(self, ask):
        _, connection = ask(None)
        token_response = exchange(connection, 's', 't', 'entra')
        assert token_response.token is None and token_response.response.failure.kind == 'Cut'

    def test_a_connection_that_failed(self, monkeypatch):
        from azext_acrhealth.probes.http import connection as module

        monkeypatch.setattr(module, 'PORT', servers.unused_port())
        assert (
            exchange(Connection('localhost', soon()), 's', 't', 'entra').response.failure.kind
            == 'Refused'
        )

    def test_nothing_secret_is_in_a_representation(self, ask):
        _, connection = ask(http(b'{"refresh_token":"r.e.f"}'))
        token_response = exchange(connection, 's', 't', 'entra-secret')
        assert (
            'r.e.f' not in repr(token_response)
            and 'entra-secret' not in f'{token_response!r}{connection!r}'
        )
        assert 'secret' not in repr(TokenResponse(Response(200, body=b'secret'), 'secret'))


class TestRealm:
    @pytest.mark.parametrize(
        'realm, expected',
        [
            (
                'https://contoso.azurecr.io/oauth2/token',
                Realm('https', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'HTTPS://Contoso.AzureCR.io/oauth2/token',
                Realm('https', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'https://contoso.azurecr.io:443/oauth2/token',
                Realm('https', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'https://contoso.azurecr.io:8443/oauth2/token',
                Realm('https', 'contoso.azurecr.io:8443', '/oauth2/token'),
            ),
            ('https://contoso.azurecr.io:0/x', Realm('https', 'contoso.azurecr.io:0', '/x')),
            ('https://contoso.azurecr.io', Realm('https', 'contoso.azurecr.io', '/oauth2/token')),
            (
                'https://contoso.azurecr.io/a b',
                Realm('https', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'https://contoso.azurecr.io/\xe9',
                Realm('https', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'http://contoso.azurecr.io/oauth2/token',
                Realm('http', 'contoso.azurecr.io', '/oauth2/token'),
            ),
            (
                'https://evil.example/contoso.azurecr.io',
                Realm('https', 'evil.example', '/contoso.azurecr.io'),
            ),
            (
                'https://contoso.azurecr.io.evil.example/',
                Realm('https', 'contoso.azurecr.io.evil.example', '/'),
            ),
            ('https://evil.example\\@contoso.azurecr.io/', None),
            ('https://contoso.azurecr.io@evil.example/', None),
            ('https://user:pw@contoso.azurecr.io/', None),
            ('https://@contoso.azurecr.io/', None),
            ('https://[2001:db8::1]/token', Realm('https', '2001:db8::1', '/token')),
            ('https://[2001:db8::1/token', None),
            ('https://contoso.azurecr.io:port/', None),
            ('https://contoso.azurecr.io:99999/', None),
            ('//contoso.azurecr.io/token', None),
            ('contoso.azurecr.io/token', None),
            ('/oauth2/token', None),
            ('', None),
            ('https://', None),
            ('https:///token', None),
            ('https:contoso', None),
            ('not a url', None),
            ('https://ho\u2100st/', None),
        ],
    )
    def test_table(self, realm, expected):
        assert parse_realm(realm) == expected

    @given(
        st.text()
        | st.text().map(lambda text: f'https://{text}')
        | st.text().map(lambda text: f'https://a/{text}')
    )
    def test_arbitrary_text(self, text):
        realm = parse_realm(text)
        if realm:
            assert realm.scheme and realm.host and realm.host == realm.host.lower()
            assert realm.path.isascii() and realm.path.isprintable() and ' ' not in realm.path


class TestClaims:
    @pytest.mark.parametrize(
        'text, expected',
        [
            (token({'aud': 'x'}), {'aud': 'x'}),
            (token({'Aud': 'x', 'TID': 't'}), {'aud': 'x', 'tid': 't'}),
            (token({}), {}),
            (
                token({'exp': 1, 'nbf': 10**11, 'iat': 'junk', 'aud': ['a']}),
                {'exp': 1, 'nbf': 10**11, 'iat': 'junk', 'aud': ['a']},
            ),
            (token([]), None),
            (token('text'), None),
            (token(7), None),
            (token(b'\xff'), None),
            (token(b'{'), None),
            (token(b'[' * 90000), None),
            (token(b'{"a":' * 90000), None),
            (token({'a': 1}, header={'alg': 'RS256', 'kid': 'k'}), {'a': 1}),
            (token({'a': 1}, header={'alg': 7}), {'a': 1}),
            (token({'a': 1}, header=[1]), {'a': 1}),
            ('', None),
            ('.', None),
            ('..', None),
            ('...', None),
            ('opaque', None),
            ('a.b.c', None),
            ('a.b.c.d', None),
            ('\ud800.b.c', None),
            ('é.é.é', None),
            ('\0', None),
        ],
    )
    def test_table(self, text, expected):
        assert claims(text) == expected

    def test_a_recorded_refresh_token(self):
        assert registry_actions(token(RECORDED_REFRESH))[:2] == ('read', 'write')
        assert claims(token(RECORDED_REFRESH))['iss'] == 'Azure Container Registry'

    @pytest.mark.parametrize(
        'content, expected',
        [
            ({'permissions': {'actions': ['*'], 'notActions': []}}, ('*',)),
            ({'Permissions': {'ACTIONS': ['read']}}, ('read',)),
            ({'permissions': {'Actions': []}}, ()),
            ({'permissions': {'Actions': None}}, ()),
            ({'permissions': {'Actions': 'read'}}, ()),
            (
                {'permissions': {'Actions': ['read', 7, None, ['x'], {'y': 1}, 'write']}},
                ('read', 'write'),
            ),
            ({'permissions': {}}, ()),
            ({'permissions': []}, None),
            ({'permissions': None}, None),
            ({}, None),
            ([], None),
        ],
    )
    def test_registry_actions(self, content, expected):
        assert registry_actions(token(content)) == expected

    @pytest.mark.parametrize(
        'content, expected',
        [
            (
                {'access': [{'Type': 'repository', 'Name': 'hello', 'Actions': ['pull']}]},
                (Grant('repository', 'hello', ('pull',)),),
            ),
            (
                {
                    'access': [
                        {'type': 'repository', 'name': 'hello', 'actions': ['pull', 'push']},
                        {'type': 'registry', 'name': 'catalog', 'actions': ['*']},
                    ]
                },
                (
                    Grant('repository', 'hello', ('pull', 'push')),
                    Grant('registry', 'catalog', ('*',)),
                ),
            ),
            (
                {'Access': [{'TYPE': 'Repository', 'NAME': 'Hello', 'ACTIONS': []}]},
                (Grant('repository', 'Hello', ()),),
            ),
            ({'access': []}, ()),
            ({'access': [7, 'x', None, [], {}]}, (Grant('', '', ()),)),
            (
                {'access': [{'type': None, 'name': 7, 'actions': {'pull': True}}]},
                (Grant('none', '7', ()),),
            ),
            ({'access': {}}, None),
            ({'access': None}, None),
            ({}, None),
            ([], None),
        ],
    )
    def test_grants(self, content, expected):
        assert grants(token(content)) == expected

    @pytest.mark.parametrize('opaque', ['', 'opaque', 'a.b.c', 'e' * 5000])
    def test_opaque_tokens_tell_nothing(self, opaque):
        assert (
            claims(opaque) is None and registry_actions(opaque) is None and grants(opaque) is None
        )


KEYS = st.text() | st.sampled_from(['Type', 'name', 'Actions', 'actions', 'permissions', 'access'])
NAMES = st.text() | st.sampled_from(
    ['access', 'Access', 'permissions', 'exp', 'aud', 'iss', 'nbf', 'iat', 'crit']
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
CLAIMS = st.dictionaries(NAMES, JSON, max_size=6)


@given(
    st.text()
    | st.builds(lambda *parts: '.'.join(parts), st.text(), st.text(), st.text())
    | st.builds(lambda head, body: f'{part(head)}.{part(body)}.x', st.binary(), st.binary())
    | st.builds(lambda head, body: f'{part(head)}.{part(body)}.', JSON, JSON)
    | CLAIMS.map(token)
    | st.builds(token, CLAIMS, CLAIMS)
)
def test_no_token_upsets_the_readers(text):
    content, actions, granted = claims(text), registry_actions(text), grants(text)
    assert content is None or isinstance(content, dict)
    assert actions is None or all(isinstance(action, str) for action in actions)
    assert granted is None or all(
        isinstance(grant, Grant) and isinstance(grant.name, str) for grant in granted
    )


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                'type': st.sampled_from(['repository', 'registry']),
                'name': st.text(),
                'actions': st.lists(st.text()),
            }
        )
    ),
    st.booleans(),
)
def test_what_is_granted_is_read_in_either_case(entries, capitals):
    format_utc = [
        {key.capitalize() if capitals else key: value for key, value in entry.items()}
        for entry in entries
    ]
    assert grants(token({'access': format_utc})) == tuple(
        Grant(entry['type'], entry['name'], tuple(entry['actions'])) for entry in entries
    )
