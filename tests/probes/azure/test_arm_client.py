# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the requests of a run to Azure Resource Manager share."""

from __future__ import annotations

import pytest
from knack.util import CLIError

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from tests.probes.azure_cli import SERVICE_PRINCIPAL, SUBSCRIPTION


@pytest.fixture
def client(azure):
    azure.sign_in(SERVICE_PRINCIPAL)
    cli = Cli(azure.cli())
    made = ArmClient(cli, CliLogin(cli))
    yield made
    made.close()


def test_the_transport_is_made_once(client):
    assert client.subscription() == SUBSCRIPTION
    assert client.transport() is client.transport()


@pytest.mark.parametrize('endpoint', ['https://arm.example', 'https://arm.example/'])
@pytest.mark.parametrize(
    'path', ['/subscriptions/1?api-version=2', 'subscriptions/1?api-version=2']
)
def test_the_url_of_a_path(client, monkeypatch, endpoint, path):
    endpoints = client._cli.context.cloud.endpoints
    monkeypatch.setattr(endpoints, 'resource_manager', endpoint)
    assert client.url(path) == 'https://arm.example/subscriptions/1?api-version=2'


def test_a_cloud_without_an_endpoint(client, monkeypatch):
    monkeypatch.setattr(client._cli.context.cloud.endpoints, 'resource_manager', None)
    with pytest.raises(CLIError, match='resource_manager'):
        client.url('/a')
