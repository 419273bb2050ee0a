# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The CLI's cloud, settings and sign-in, by the real CLI: recordings and real local servers answer it."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from azext_acrhealth.probes import limits
from azext_acrhealth.probes.cli import Cli
from azext_acrhealth.probes.trouble import Trouble

from . import servers
from .azure import MANAGED_IDENTITY, OTHER_SUBSCRIPTION, SERVICE_PRINCIPAL, SUBSCRIPTION, TENANT, USER, recorded
from .clock import Watch, soon

AUDIENCE = 'https://containerregistry.azure.net'


class TestCloud:
    @pytest.mark.parametrize('name, suffix', [
        ('AzureCloud', '.azurecr.io'), ('AzureChinaCloud', '.azurecr.cn'), ('AzureUSGovernment', '.azurecr.us'),
    ])
    def test_the_suffix_of_the_cloud_in_force(self, azure, name, suffix):
        azure.configure(cloud={'name': name})
        cli = Cli(azure.cli())
        assert (cli.cloud, cli.suffix) == (name, suffix)
        others = cli.other_clouds()
        assert name not in others and suffix not in others.values() and len(others) >= 2
        assert all(other.startswith('.') for other in others.values())

    @pytest.mark.parametrize('written, suffix', [
        ('.Registry.Contoso.Example', '.registry.contoso.example'),
        ('registry.contoso.example', '.registry.contoso.example'), ('.', None), (None, None),
    ])
    def test_a_cloud_of_one_s_own(self, azure, written, suffix):
        cloud = {'endpoint_resource_manager': 'https://arm.contoso.example',
                 'endpoint_active_directory': 'https://login.contoso.example/adfs',
                 'endpoint_active_directory_resource_id': 'https://arm.contoso.example/audience'}
        if written:
            cloud['suffix_acr_login_server_endpoint'] = written
        azure.clouds(Contoso=cloud)
        azure.configure(cloud={'name': 'Contoso'})
        cli = Cli(azure.cli())
        assert (cli.cloud, cli.suffix) == ('Contoso', suffix)
        assert cli.arm_audience() == 'https://arm.contoso.example/audience'
        assert cli.other_clouds()['AzureCloud'] == '.azurecr.io'


class TestSettings:
    def test_a_setting(self, azure):
        azure.configure(acrhealth={'sample_image': 'contoso.example/hello:1', 'empty': ''})
        cli = Cli(azure.cli())
        assert cli.setting('acrhealth', 'sample_image') == 'contoso.example/hello:1'
        assert cli.setting('acrhealth', 'empty') is None and cli.setting('acrhealth', 'none') is None
        assert cli.setting('nowhere', 'none') is None

    @pytest.mark.parametrize('configured, audience', [
        (None, AUDIENCE), ('containerregistry', AUDIENCE),
        ('https://registry.contoso.example', 'https://registry.contoso.example'),
    ])
    def test_the_registry_s_audience(self, azure, configured, audience):
        azure.configure(**({'acr': {'audience_resource': configured}} if configured else {}))
        assert Cli(azure.cli()).registry_audience() == audience

    def test_the_client_describes_itself(self, azure, monkeypatch):
        cli = Cli(azure.cli())
        described = cli.describe()
        assert (described['cloud'], described['cloudShell'], described['azureCli'][0]) == ('AzureCloud', False, '2')
        assert described['python'].startswith('3.') and described['platform']
        monkeypatch.setenv('ACC_CLOUD', 'PROD')
        assert cli.describe()['cloudShell'] is True and cli.in_cloud_shell() is True
        assert cli.user_agent().startswith('AZURECLI/')


class TestSubscription:
    def test_of_the_account(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        assert Cli(azure.cli()).subscription() == SUBSCRIPTION

    def test_of_the_command_line(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        context = azure.cli()
        context.data['subscription_id'] = OTHER_SUBSCRIPTION
        assert Cli(context).subscription() == OTHER_SUBSCRIPTION

    def test_not_logged_in(self, azure):
        trouble = Cli(azure.cli()).subscription()
        assert isinstance(trouble, Trouble) and trouble.kind == 'NotLoggedIn' and 'az login' in trouble.text


class TestSignIn:
    def test_not_logged_in(self, azure):
        token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert token.trouble.kind == 'NotLoggedIn' and 'az login' in token.trouble.text
        assert (token.value, token.tenant, token.audience) == ('', None, AUDIENCE)

    def test_a_user_whose_tokens_are_gone(self, azure):
        azure.sign_in(USER)
        with recorded('sign_in_of_a_user_who_is_gone'):
            token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert token.trouble.kind == 'NotLoggedIn' and 'alice@contoso.example' in token.trouble.text

    def test_a_subscription_of_nobody(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        token = Cli(azure.cli()).token(AUDIENCE, soon(), '00000000-0000-0000-0000-00000000dead')
        assert token.trouble.kind == 'UnknownSubscription' and token.value == ''
        assert '00000000-0000-0000-0000-00000000dead' in token.trouble.text

    def test_a_subscription_of_nobody_on_the_command_line(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        context = azure.cli()
        context.data['subscription_id'] = '00000000-0000-0000-0000-00000000dead'
        with recorded('sign_in'):
            token = Cli(context).token(AUDIENCE, soon())
        assert token.trouble is None and token.tenant == TENANT, 'the account in force'

    def test_a_service_principal(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in') as cassette:
            token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert token.trouble is None and token.tenant == TENANT and token.audience == AUDIENCE
        assert jwt.decode(token.value, options={'verify_signature': False})['aud'] == AUDIENCE
        assert token.value not in repr(token) and cassette.all_played

    def test_an_expired_secret(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in_refused'):
            token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert (token.trouble.kind, token.aadsts) == ('SecretExpired', 'AADSTS7000222') and 'expired' in token.trouble.text
        assert 'a-secret' not in repr(token)

    def test_a_tenant_of_nobody(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        with recorded('sign_in_without_tenant'):
            token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert (token.trouble.kind, token.aadsts, token.value) == ('WrongTenant', 'AADSTS90002', '')

    def test_nobody_answers(self, azure, monkeypatch):
        azure.sign_in(SERVICE_PRINCIPAL)
        monkeypatch.setenv('HTTPS_PROXY', f'http://127.0.0.1:{servers.unused_port()}')
        token = Cli(azure.cli()).token(AUDIENCE, soon())
        assert token.trouble.kind == 'Unavailable' and 'refused' in token.trouble.text.lower()


class TestSignInOfAMachine:
    """A managed identity's endpoint is a plain local server: this one is."""

    @pytest.fixture
    def identity(self, azure, serve, monkeypatch):
        azure.sign_in(MANAGED_IDENTITY)

        def start(talk):
            server = serve(talk, tls=None)
            monkeypatch.setenv('IDENTITY_ENDPOINT', f'http://127.0.0.1:{server.port}/msi/token')
            monkeypatch.setenv('IDENTITY_HEADER', 'a-header')
            return Cli(azure.cli()), server
        return start

    def test_a_token(self, identity):
        body = {'access_token': 'e.y.J', 'expires_on': str(int(time.time()) + 3600), 'resource': AUDIENCE,
                'token_type': 'Bearer'}
        cli, server = identity(servers.answering(servers.http(json.dumps(body).encode())))
        token = cli.token(AUDIENCE, soon())
        assert (token.value, token.tenant, token.trouble) == ('e.y.J', TENANT, None)
        assert b'resource=https%3A%2F%2Fcontainerregistry.azure.net' in server.heard[0]

    @pytest.mark.parametrize('reply', [
        servers.http(b'<html>'), servers.http(b''), servers.http(b'[]'), servers.http(b'{}'), servers.http(b'null'),
        servers.http(b'{"access_token":"x"}'), servers.http(b'no', '500 Internal Server Error'),
        servers.http(b'{"message":"No managed identity","correlationId":"c"}', '400 Bad Request'),
        b'SSH-2.0\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort', None,
    ])
    def test_odd_answers_are_typed_trouble(self, identity, reply):
        cli, _ = identity(servers.answering(reply, close=True))
        token = cli.token(AUDIENCE, soon())
        assert token.trouble.kind in ('Unavailable', 'Refused') and token.trouble.text and token.value == ''
        assert 'a-header' not in repr(token)

    def test_who_answered_and_how(self, identity):
        cli, _ = identity(servers.answering(servers.http(
            b'<title>Access Denied</title> a-header', '403 Forbidden', 'Server: CorpProxy')))
        token = cli.token(AUDIENCE, soon())
        assert token.trouble.text == ('something other than Microsoft Entra ID answered with 403 '
                                      '(CorpProxy: Access Denied)')
        assert (token.trouble.kind, token.status) == ('Unavailable', 403)

    @pytest.mark.parametrize('talk', [
        servers.silent, servers.answering(servers.http(b'x' * 9999), pause=0.01),
        servers.answering(b'HTTP/1.1 ' * 999, pause=0.01),
    ], ids=['silent', 'drip', 'dripping head'])
    def test_a_sign_in_that_does_not_end_is_left_behind(self, identity, monkeypatch, talk):
        monkeypatch.setattr(limits, 'SIGN_IN', 0.5)
        cli, _ = identity(talk)
        with Watch() as watch:
            token = cli.token(AUDIENCE, soon())
        assert token.trouble.kind == 'Timeout' and watch.took < 2

    def test_the_deadline_counts_when_it_is_nearer(self, identity):
        cli, _ = identity(servers.silent)
        with Watch() as watch:
            assert cli.token(AUDIENCE, soon(0.3)).trouble.kind == 'Timeout'
        assert watch.took < 2

    def test_nobody_waits_for_a_sign_in_that_hangs(self, identity, monkeypatch):
        monkeypatch.setattr(limits, 'SIGN_IN', 0.4)
        cli, _ = identity(servers.silent)
        cli.token(AUDIENCE, soon())
        with Watch() as watch:
            assert cli.setting('no', 'where') is None and cli.registry_audience() == AUDIENCE
            assert cli.subscription() == SUBSCRIPTION
        assert watch.took < 0.5
        with Watch() as watch:
            assert cli.token(AUDIENCE, soon()).trouble.kind == 'Timeout'
        assert watch.took < 2
