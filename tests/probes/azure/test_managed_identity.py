# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Other identities, by the stock azure-identity against a plain local server."""

from __future__ import annotations

import json
import time

import azure
import pytest

from azext_acrhealth.options import Identity
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.managed_identity import RequestedIdentity
from azext_acrhealth.probes.http.response import Response
from tests.acceptance.components import lacks
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, soon
from tests.sandbox.host import azure_identity

AUDIENCE = 'https://containerregistry.azure.net'
CLIENT = '0f3e6f8b-7a01-4c07-a6a1-5d9f3c1a8e70'
TOKEN = servers.http(
    json.dumps(
        {
            'access_token': 'e.y.J',
            'expires_on': str(int(time.time()) + 3600),
            'token_type': 'x',
            'resource': AUDIENCE,
        }
    ).encode(),
    '200 OK',
    'Content-Type: application/json',
)


def error_message(text, status='400 Bad Request'):
    body = {
        'error': 'invalid_request',
        'error_description': text,
        'statusCode': 400,
        'message': text,
    }
    return servers.http(json.dumps(body).encode(), status, 'Content-Type: application/json')


@pytest.fixture
def endpoint(azure_folder, azure, serve, monkeypatch):  # noqa: F811
    """Start an App Service's endpoint that gives these answers; give the identity that asks it."""

    def start(*responses, kind='system', value=None, talk=None):
        server = serve(talk or servers.answering(*responses), tls=None)
        monkeypatch.setenv('IDENTITY_ENDPOINT', f'http://127.0.0.1:{server.port}/msi/token')
        monkeypatch.setenv('IDENTITY_HEADER', 'a-header')
        return RequestedIdentity(Cli(azure.cli()), Identity(kind, value)), server

    return start


@pytest.fixture
def azure_folder(monkeypatch):
    """Let the library be found, which stands in a folder of its own."""
    if not azure_identity.is_installed():
        lacks(azure_identity.MISSING)
    monkeypatch.setattr(azure, '__path__', [*azure.__path__, str(azure_identity.FOLDER / 'azure')])
    monkeypatch.syspath_prepend(str(azure_identity.FOLDER))


@pytest.mark.parametrize(
    'kind, value, query',
    [
        ('system', None, None),
        ('client', 'a-client', b'client_id=a-client'),
        ('resource', '/subscriptions/x', b'mi_res_id=/subscriptions/x'),
    ],
)
def test_tokens_of_a_machine(endpoint, kind, value, query, monkeypatch):
    monkeypatch.setenv('HTTP_PROXY', f'http://127.0.0.1:{servers.unused_port()}')
    held, server = endpoint(TOKEN, kind=kind, value=value)
    held.begin(AUDIENCE)
    for _ in range(2):
        token = held.token(AUDIENCE, soon(), 'a subscription')
        assert (token.value, token.failure, token.audience) == ('e.y.J', None, AUDIENCE)
    assert (
        len(server.heard) == 1
        and b'resource=https://containerregistry.azure.net' in server.heard[0]
    )
    assert query is None or query in server.heard[0]
    assert held.tenants() == {'': None} and 'e.y.J' not in repr(token)


@pytest.mark.parametrize(
    'response, kind',
    [
        (
            error_message(
                'No User Assigned or Delegated Managed Identity found for specified ClientId'
            ),
            'NotAssigned',
        ),
        (error_message('Identity not found'), 'NotAssigned'),
        (
            error_message('Multiple user assigned identities exist, please specify the clientId'),
            'SeveralAssigned',
        ),
        (error_message('down', '503 Service Unavailable'), 'Unavailable'),
        (error_message('down', '410 Gone'), 'Unavailable'),
        (
            error_message('connecting to 169.254.169.254:80: unreachable', '403 Forbidden'),
            'NoEndpoint',
        ),
        (servers.http(b'<html>', '200 OK'), 'Unavailable'),
        (None, 'NoEndpoint'),
    ],
)
def test_troubles_of_a_machine(endpoint, response, kind):
    held, _ = endpoint(response)
    token = held.token(AUDIENCE, soon())
    assert (token.failure.kind, token.value) == (kind, '') and token.failure.text
    assert 'a-header' not in repr(token)


def test_a_silent_endpoint_is_left_behind(endpoint, monkeypatch):
    monkeypatch.setattr(deadlines, 'SIGN_IN', 0.6)
    held, _ = endpoint(talk=servers.silent)
    with Watch() as watch:
        token = held.token(AUDIENCE, soon())
    assert token.failure.kind == 'NoEndpoint' and watch.took < PROMPT


def test_a_failure_is_shared_until_it_is_forgotten(endpoint):
    held, server = endpoint(error_message('Identity not found'), TOKEN)
    for _ in range(2):
        assert held.token(AUDIENCE, soon()).failure.kind == 'NotAssigned'
    assert len(server.heard) == 1
    held.forget_failures()
    assert held.token(AUDIENCE, soon()).value == 'e.y.J'


@pytest.mark.parametrize(
    'number, identity, kind',
    [
        (70021, 'workload', 'FederationRefused'),
        (700213, 'workload', 'FederationRefused'),
        (7002131, 'workload', 'FederationRefused'),
        (700027, 'workload', 'FederationRefused'),
        (700024, 'workload', 'FederatedTokenExpired'),
        (700024, 'environment', 'CertificateRefused'),
        (700027, 'environment', 'CertificateRefused'),
        (7000112, 'environment', 'ApplicationDisabled'),
        (500014, 'workload', 'AudienceRefused'),
        (7000215, 'environment', 'SecretRefused'),
        (7000222, 'environment', 'SecretExpired'),
        (700016, 'environment', 'ApplicationUnknown'),
        (90002, 'workload', 'WrongTenant'),
        (53003, 'environment', 'ConditionalAccess'),
        (65004, 'environment', 'Refused'),
    ],
)
def test_what_entra_refuses(azure_folder, azure, number, identity, kind, monkeypatch):  # noqa: F811
    monkeypatch.setenv('AZURE_CLIENT_CERTIFICATE_PATH', '/certificate.pem')
    held = RequestedIdentity(Cli(azure.cli()), Identity(identity))
    body = json.dumps(
        {
            'error': 'invalid_client',
            'error_description': f'AADSTS{number}: It said so.\r\nTrace ID: x',
        }
    )
    token = held._refusal(ValueError('nothing'), AUDIENCE, Response(401, (), body.encode()))
    assert (token.failure.kind, token.aadsts, token.status) == (kind, f'AADSTS{number}', 401)
    assert token.failure.text == f'AADSTS{number}: It said so.'


@pytest.mark.parametrize(
    'kind, application, file, host',
    [
        ('system', None, None, 'login.microsoftonline.us'),
        ('environment', CLIENT, None, 'login.microsoftonline.us'),
        ('workload', CLIENT, '/token', 'login.microsoftonline.us'),
    ],
)
def test_what_the_environment_says_of_it(
    azure_folder,  # noqa: F811
    azure,  # noqa: F811
    monkeypatch,
    kind,
    application,
    file,
    host,
):
    monkeypatch.setenv('AZURE_CLIENT_ID', CLIENT)
    monkeypatch.setenv('AZURE_FEDERATED_TOKEN_FILE', '/token')
    context = azure.cli()
    context.cloud.endpoints.active_directory = 'https://login.microsoftonline.us'
    identity = RequestedIdentity(Cli(context), Identity(kind))
    monkeypatch.setattr(identity, '_sign_in', lambda _: time.sleep(9))
    token = identity.token(AUDIENCE, time.monotonic() + 0.1)
    assert token.failure and (token.application, token.token_file, token.host) == (
        application,
        file,
        host,
    )


def test_an_application_that_is_no_id_is_not_named(azure_folder, azure, monkeypatch):  # noqa: F811
    monkeypatch.setenv('AZURE_CLIENT_ID', 'x; rm -rf /')
    identity = RequestedIdentity(Cli(azure.cli()), Identity('environment'))
    monkeypatch.setattr(identity, '_sign_in', lambda _: time.sleep(9))
    assert identity.token(AUDIENCE, time.monotonic() + 0.1).application is None
