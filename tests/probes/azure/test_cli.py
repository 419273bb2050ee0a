# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The CLI's cloud and settings, by the real CLI."""

from __future__ import annotations

import json

import pytest

from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.failure import Failure
from tests.probes.azure_cli import OTHER_SUBSCRIPTION, SERVICE_PRINCIPAL, SUBSCRIPTION

AUDIENCE = 'https://containerregistry.azure.net'


class TestCloud:
    @pytest.mark.parametrize(
        'name, suffix',
        [
            ('AzureCloud', '.azurecr.io'),
            ('AzureChinaCloud', '.azurecr.cn'),
            ('AzureUSGovernment', '.azurecr.us'),
        ],
    )
    def test_the_suffix_of_the_cloud_in_force(self, azure, name, suffix):
        azure.configure(cloud={'name': name})
        cli = Cli(azure.cli())
        assert (cli.cloud, cli.suffix) == (name, suffix)
        others = cli.other_clouds()
        assert name not in others and suffix not in others.values() and len(others) >= 2
        assert all(other.startswith('.') for other in others.values())

    @pytest.mark.parametrize(
        'written, suffix',
        [
            ('.Registry.Contoso.Example', '.registry.contoso.example'),
            ('registry.contoso.example', '.registry.contoso.example'),
            ('.', None),
            (None, None),
        ],
    )
    def test_a_cloud_of_one_s_own(self, azure, written, suffix):
        cloud = {
            'endpoint_resource_manager': 'https://arm.contoso.example',
            'endpoint_active_directory': 'https://login.contoso.example/adfs',
            'endpoint_active_directory_resource_id': 'https://arm.contoso.example/audience',
        }
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
        assert (
            cli.setting('acrhealth', 'empty') is None and cli.setting('acrhealth', 'none') is None
        )
        assert cli.setting('nowhere', 'none') is None

    def test_it_is_read_once(self, azure, monkeypatch):
        cli, read = Cli(azure.cli()), []
        monkeypatch.setattr(cli.context.config, 'get', lambda *name, **_: read.append(name))
        assert [cli.setting('a', 'b') for _ in range(3)] == [None] * 3
        assert cli.setting('a', 'c') is None and read == [('a', 'b'), ('a', 'c')]

    @pytest.mark.parametrize(
        'configured, audience',
        [
            (None, AUDIENCE),
            ('containerregistry', AUDIENCE),
            ('https://registry.contoso.example', 'https://registry.contoso.example'),
        ],
    )
    def test_the_registry_s_audience(self, azure, configured, audience):
        azure.configure(**({'acr': {'audience_resource': configured}} if configured else {}))
        assert Cli(azure.cli()).registry_audience() == audience

    def test_the_client_describes_itself(self, azure, monkeypatch):
        cli = Cli(azure.cli())
        described = cli.describe()
        assert (described['cloud'], described['cloudShell'], described['azureCli'][0]) == (
            'AzureCloud',
            False,
            '2',
        )
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

    def test_typed_as_a_name(self, azure):
        azure.sign_in(SERVICE_PRINCIPAL)
        context = azure.cli()
        for typed, meant in (('two', OTHER_SUBSCRIPTION), ('nobody', 'nobody')):
            context.data['subscription_id'] = typed
            assert Cli(context).subscription() == meant

    @pytest.mark.parametrize('accounts', [7, 'x', [7], [{}], [{'environmentName': 'AzureCloud'}]])
    def test_accounts_that_the_cli_did_not_write(self, azure, accounts):
        (azure.folder / 'azureProfile.json').write_text(json.dumps({'subscriptions': accounts}))
        failure = Cli(azure.cli()).subscription()
        assert isinstance(failure, Failure) and failure.kind == 'InvalidProfile'

    def test_not_logged_in(self, azure):
        failure = Cli(azure.cli()).subscription()
        assert (
            isinstance(failure, Failure)
            and failure.kind == 'NotLoggedIn'
            and 'az login' in failure.text
        )
