# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The logins that the CLI keeps, by the real CLI: recordings and real local servers answer it."""

from __future__ import annotations

import json
import time

import jwt
import pytest
from azure.cli.core.azclierror import AuthenticationError

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.azure.sign_in import Token
from tests.probes import servers
from tests.probes.azure_cli import (
    APPLICATION,
    MANAGED_IDENTITY,
    SERVICE_PRINCIPAL,
    SUBSCRIPTION,
    TENANT,
    USER,
    recorded,
)
from tests.probes.clock import PROMPT, Watch, soon

AUDIENCE = 'https://containerregistry.azure.net'
TOKEN_USER = '00000000-0000-0000-0000-00000000dead'


def login(azure):
    """Return the logins of a CLI."""
    return CliLogin(Cli(azure.cli()))


class TestSignIn:
    def test_not_logged_in(self, azure):
        token = login(azure).token(AUDIENCE, soon())
        assert token.failure.kind == 'NotLoggedIn' and 'az login' in token.failure.text
        assert (token.value, token.tenant, token.audience) == ('', None, AUDIENCE)

    def test_a_user_whose_tokens_are_gone(self, azure):
        azure.sign_in(USER)
        with recorded('sign_in_of_a_user_who_is_gone'):
            token = login(azure).token(AUDIENCE, soon())
        assert token.failure.kind == 'NotLoggedIn' and 'alice@contoso.example' in token.failure.text

    def test_a_subscription_of_nobody(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        token = login(azure).token(AUDIENCE, soon(), '00000000-0000-0000-0000-00000000dead')
        assert token.failure.kind == 'UnknownSubscription' and token.value == ''
        assert '00000000-0000-0000-0000-00000000dead' in token.failure.text

    def test_a_subscription_of_nobody_on_the_command_line(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        context = azure.cli()
        context.data['subscription_id'] = '00000000-0000-0000-0000-00000000dead'
        with recorded('sign_in'):
            token = CliLogin(Cli(context)).token(AUDIENCE, soon())
        assert token.failure is None and token.tenant == TENANT, 'the account in force'

    @pytest.mark.parametrize('user', ['alice', ['alice'], 7, None])
    def test_a_user_that_the_cli_did_not_write(self, azure, user):
        azure.sign_in(user)
        for subscription in (None, SUBSCRIPTION):
            token = login(azure).token(AUDIENCE, soon(), subscription)
            assert token.failure.kind == 'InvalidProfile' and '`user`' in token.failure.text

    @pytest.mark.parametrize('accounts', [7, 'x', [7], [{}]])
    def test_accounts_that_the_cli_did_not_write(self, azure, accounts):
        (azure.folder / 'azureProfile.json').write_text(json.dumps({'subscriptions': accounts}))
        held = login(azure)
        held.begin(AUDIENCE)
        assert held.token(AUDIENCE, soon()).failure.kind == 'InvalidProfile'
        assert held.tenants().kind == 'InvalidProfile'

    def test_a_service_principal(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in') as cassette:
            token = login(azure).token(AUDIENCE, soon())
        assert token.failure is None and token.tenant == TENANT and token.audience == AUDIENCE
        assert jwt.decode(token.value, options={'verify_signature': False})['aud'] == AUDIENCE
        assert token.value not in repr(token) and cassette.all_played

    def test_an_expired_secret(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in_refused'):
            token = login(azure).token(AUDIENCE, soon())
        assert (token.failure.kind, token.aadsts) == ('SecretExpired', 'AADSTS7000222')
        assert 'expired' in token.failure.text and token.credential == 'secret'
        assert token.host == 'login.microsoftonline.com' and token.application == APPLICATION
        assert 'a-secret' not in repr(token)

    @pytest.mark.parametrize(
        'entry, credential',
        [
            ({'certificate': '/certificate.pem'}, 'certificate'),
            ({'client_assertion': 'a-token'}, 'federated'),
            ({'client_secret': 'a-secret'}, 'secret'),
            ({}, None),
        ],
    )
    def test_what_a_service_principal_signs_in_with(self, azure, monkeypatch, entry, credential):
        azure.sign_in(SERVICE_PRINCIPAL)
        entries = [{'client_id': APPLICATION, 'tenant': TENANT, **entry}]
        file = azure.folder / 'service_principal_entries.json'
        file.write_text(json.dumps(entries), encoding='utf-8')
        held = login(azure)

        def refuse(*_):
            raise AuthenticationError('AADSTS700024: Client assertion is not within its time.')

        monkeypatch.setattr(held, '_sign_in', refuse)
        token = held.token(AUDIENCE, soon())
        kind = 'CertificateRefused' if credential == 'certificate' else 'FederatedTokenExpired'
        assert (token.failure.kind, token.credential) == (kind, credential)

    def test_a_store_that_cannot_be_read(self, azure, monkeypatch):
        azure.sign_in(SERVICE_PRINCIPAL)
        (azure.folder / 'service_principal_entries.json').write_text('{', encoding='utf-8')
        token = login(azure).token(AUDIENCE, soon())
        assert token.failure and token.credential is None

    def test_a_tenant_of_nobody(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in_without_tenant'):
            token = login(azure).token(AUDIENCE, soon())
        assert (token.failure.kind, token.aadsts, token.value) == ('WrongTenant', 'AADSTS90002', '')

    def test_nobody_answers(self, azure, monkeypatch):
        azure.sign_in(SERVICE_PRINCIPAL)
        monkeypatch.setenv('HTTPS_PROXY', f'http://127.0.0.1:{servers.unused_port()}')
        token = login(azure).token(AUDIENCE, soon())
        assert token.failure.kind == 'Unavailable' and 'refused' in token.failure.text.lower()


class TestSignInOfAMachine:
    """A managed identity's endpoint is a plain local server: this one is."""

    @pytest.fixture
    def identity(self, azure, serve, monkeypatch):
        azure.sign_in(MANAGED_IDENTITY)

        def start(talk):
            server = serve(talk, tls=None)
            monkeypatch.setenv('IDENTITY_ENDPOINT', f'http://127.0.0.1:{server.port}/msi/token')
            monkeypatch.setenv('IDENTITY_HEADER', 'a-header')
            return login(azure), server

        return start

    def test_a_token(self, identity):
        body = {
            'access_token': 'e.y.J',
            'expires_on': str(int(time.time()) + 3600),
            'resource': AUDIENCE,
            'token_type': 'Bearer',
        }
        held, server = identity(servers.answering(servers.http(json.dumps(body).encode())))
        token = held.token(AUDIENCE, soon())
        assert (token.value, token.tenant, token.failure) == ('e.y.J', TENANT, None)
        assert b'resource=https%3A%2F%2Fcontainerregistry.azure.net' in server.heard[0]

    @pytest.mark.parametrize(
        'reply',
        [
            servers.http(b'<html>'),
            servers.http(b''),
            servers.http(b'[]'),
            servers.http(b'{}'),
            servers.http(b'null'),
            servers.http(b'{"access_token":"x"}'),
            servers.http(b'no', '500 Internal Server Error'),
            servers.http(
                b'{"message":"No managed identity","correlationId":"c"}', '400 Bad Request'
            ),
            b'SSH-2.0\r\n',
            b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort',
            None,
        ],
    )
    def test_odd_answers_are_typed_trouble(self, identity, reply):
        held, _ = identity(servers.answering(reply, close=True))
        token = held.token(AUDIENCE, soon())
        assert (
            token.failure.kind in ('Unavailable', 'Refused')
            and token.failure.text
            and token.value == ''
        )
        assert 'a-header' not in repr(token)

    def test_who_answered_and_how(self, identity):
        held, _ = identity(
            servers.answering(
                servers.http(
                    b'<title>Access Denied</title> a-header', '403 Forbidden', 'Server: CorpProxy'
                )
            )
        )
        token = held.token(AUDIENCE, soon())
        assert token.failure.text == ('an intermediary returned 403 (CorpProxy: Access Denied)')
        assert (token.failure.kind, token.status) == ('Unavailable', 403)

    @pytest.mark.parametrize(
        'talk',
        [
            servers.silent,
            servers.answering(servers.http(b'x' * 9999), pause=0.01),
            servers.answering(b'HTTP/1.1 ' * 999, pause=0.01),
        ],
        ids=['silent', 'drip', 'dripping head'],
    )
    def test_a_sign_in_that_does_not_end_is_left_behind(self, identity, monkeypatch, talk):
        monkeypatch.setattr(deadlines, 'SIGN_IN', 0.5)
        held, _ = identity(talk)
        with Watch() as watch:
            token = held.token(AUDIENCE, soon())
        assert token.failure.kind == 'Timeout' and watch.took < PROMPT

    def test_the_deadline_counts_when_it_is_nearer(self, identity):
        held, _ = identity(servers.silent)
        with Watch() as watch:
            assert held.token(AUDIENCE, soon(0.3)).failure.kind == 'Timeout'
        assert watch.took < PROMPT

    def test_nobody_waits_for_a_sign_in_that_hangs(self, azure, identity, monkeypatch):
        monkeypatch.setattr(deadlines, 'SIGN_IN', 0.4)
        held, _ = identity(servers.silent)
        held.token(AUDIENCE, soon())
        with Watch() as watch:
            cli = Cli(azure.cli())
            assert cli.setting('no', 'where') is None and cli.registry_audience() == AUDIENCE
            assert cli.subscription() == SUBSCRIPTION
        assert watch.took < PROMPT
        with Watch() as watch:
            assert held.token(AUDIENCE, soon()).failure.kind == 'Timeout'
        assert watch.took < PROMPT


class TestAccounts:
    """Which account has which subscription, and how often each is asked for a token."""

    @pytest.fixture
    def held(self, azure, monkeypatch):
        """Return the logins of two users in two tenants.

        `asked` are the subscriptions that a token was had by.
        """

        def account(number, tenant, user, default=False):
            return {
                'id': f'00000000-0000-0000-0000-00000000000{number}',
                'name': f'Sub {number}',
                'tenantId': tenant,
                'state': 'Enabled',
                'user': {'name': user, 'type': 'user'},
                'isDefault': default,
                'environmentName': 'AzureCloud',
                'homeTenantId': tenant,
                'managedByTenants': [],
            }

        azure.sign_in(USER)
        accounts = [
            account(1, TENANT, 'alice@contoso.example'),
            account(2, TENANT, 'alice@contoso.example', True),
            account(3, TENANT, 'bob@contoso.example'),
            account(4, TOKEN_USER, 'alice@contoso.example'),
        ]
        (azure.folder / 'azureProfile.json').write_text(
            json.dumps({'subscriptions': accounts}), encoding='utf-8'
        )
        made = login(azure)
        made.asked = []

        def sign_in(audience, account):
            made.asked.append(account['id'][-1])
            if audience == 'refused':
                raise ValueError('no')
            return Token(
                f'{account["tenantId"]} {account["user"]["name"]}', account['tenantId'], audience
            )

        monkeypatch.setattr(made, '_sign_in', sign_in)
        return made

    @staticmethod
    def sub(number):
        return f'00000000-0000-0000-0000-00000000000{number}'

    def test_one_token_for_each_account(self, held):
        tokens = [
            held.token(AUDIENCE, soon(), one)
            for one in (None, self.sub(1), self.sub(2), 'Sub 1', self.sub(3), self.sub(4), None)
        ]
        assert [one.value for one in tokens] == [f'{TENANT} alice@contoso.example'] * 4 + [
            f'{TENANT} bob@contoso.example',
            f'{TOKEN_USER} alice@contoso.example',
            f'{TENANT} alice@contoso.example',
        ]
        assert held.asked == ['2', '3', '4']

    def test_a_subscription_that_only_its_tenant_is_known_of(self, held):
        assert held.token(AUDIENCE, soon(), self.sub(9)).failure.kind == 'UnknownSubscription'
        held.store_tenants(
            {self.sub(9): TOKEN_USER, self.sub(8): '00000000-0000-0000-0000-00000000beef'}
        )
        assert held.token(AUDIENCE, soon(), self.sub(9)).tenant == TOKEN_USER and held.asked == [
            '4'
        ]
        assert held.token(AUDIENCE, soon(), self.sub(8)).failure.kind == 'UnknownSubscription'

    def test_only_what_failed_is_forgotten(self, held):
        for _ in range(2):
            assert held.token('refused', soon()).failure.kind == 'Unavailable'
            held.token(AUDIENCE, soon())
        assert held.asked == ['2', '2'], 'a failure too is shared'
        held.forget_failures()
        held.token('refused', soon())
        held.token(AUDIENCE, soon())
        assert held.asked == ['2', '2', '2']

    def test_tenants(self, held, azure):
        assert held.tenants() == {TENANT: self.sub(2), TOKEN_USER: self.sub(4)}
        (azure.folder / 'azureProfile.json').write_text('{"subscriptions": []}', encoding='utf-8')
        assert login(azure).tenants() == {}
