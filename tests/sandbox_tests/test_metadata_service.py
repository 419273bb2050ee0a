# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The token endpoints of machines without a network: identities, audiences, errors."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from email.message import Message
from typing import Any, Optional

import pytest

from tests.sandbox.control.state import State
from tests.sandbox.faults import response_faults
from tests.sandbox.services import cloud
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.metadata_service import (
    APP_SERVICE_PATH,
    CLOUD_SHELL_PATH,
    IMDS_PATH,
    MetadataService,
)
from tests.sandbox.services.routes import Route

AUDIENCE = 'https://containerregistry.azure.net'
Headers = Optional[dict[str, str]]


class Machine:
    """Sends requests to the endpoints as the server would."""

    def __init__(self, state: State) -> None:
        self.state, self._metadata = state, MetadataService(state)

    def route(
        self, path: str, headers: dict[str, str], query: dict[str, str]
    ) -> tuple[Route, Request]:
        """Return a request and its route."""
        message = Message()
        for name, value in headers.items():
            message[name] = value
        target = path + '?' + '&'.join(f'{name}={value}' for name, value in query.items())
        request = Request('GET', target, message, b'', '169.254.169.254')
        return self._metadata.route(request), request

    def imds(self, headers: Headers = None, without: str = '', **query: str) -> Response:
        """Return the response of the metadata service."""
        parameters = {'api-version': '2018-02-01', 'resource': AUDIENCE, **query}
        parameters.pop(without, None)
        route, request = self.route(
            IMDS_PATH, {'Metadata': 'true'} if headers is None else headers, parameters
        )
        return route.handler(request)

    def cloud_shell(self, resource: str, metadata: str = 'true') -> Response:
        """Return the response of Cloud Shell's endpoint."""
        message = Message()
        message['Metadata'] = metadata
        message['Content-Type'] = 'application/x-www-form-urlencoded'
        body = urllib.parse.urlencode({'resource': resource}).encode()
        request = Request('POST', CLOUD_SHELL_PATH, message, body, 'localhost')
        return self._metadata.route(request).handler(request)

    def app_service(self, headers: Headers = None, **query: str) -> Response:
        """Return the response of App Service's endpoint."""
        usual = {'X-IDENTITY-HEADER': self.state.principals.identity_header}
        route, request = self.route(
            APP_SERVICE_PATH,
            usual if headers is None else headers,
            {'api-version': '2019-08-01', 'resource': AUDIENCE, **query},
        )
        return route.handler(request)

    def claims(self, response: Response) -> dict[str, Any]:
        """Return the claims of the token in a response, which is Entra's."""
        assert response.status == 200, response.body
        claims = self.state.entra.read(json.loads(response.body)['access_token'])
        assert claims
        return claims


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    return Machine(State(tmp_path))


def error_of(response: Response) -> tuple[int, str, str]:
    body = json.loads(response.body)
    return response.status, body['error'], body['error_description']


def test_the_token_of_the_system_assigned_identity(machine: Machine) -> None:
    system, kubelet = machine.state.principals.assign(True, ['kubelet'])
    response = machine.imds()
    body, claims = json.loads(response.body), machine.claims(response)
    assert list(body) == [
        'access_token',
        'client_id',
        'expires_in',
        'expires_on',
        'ext_expires_in',
        'not_before',
        'resource',
        'token_type',
    ]
    assert all(isinstance(value, str) for value in body.values())
    assert (
        int(body['expires_on']) - int(body['not_before']) == 86700
        and dict(response.headers)['Server'][:5] == 'IMDS/'
    )
    assert (claims['aud'], claims['appid'], claims['oid'], claims['tid']) == (
        AUDIENCE,
        system.application,
        system.principal,
        cloud.TENANT,
    )
    assert claims['xms_mirid'].endswith(
        '/resourcegroups/rg-apps/providers/Microsoft.Compute/virtualMachines/build1'
    )
    assert machine.claims(machine.app_service())['oid'] == system.principal != kubelet.principal


def test_every_parameter_that_names_an_identity(machine: Machine) -> None:
    system, kubelet, _other = machine.state.principals.assign(True, ['kubelet', 'other'])
    for name, value in (
        ('client_id', kubelet.application),
        ('object_id', kubelet.principal),
        ('msi_res_id', kubelet.resource.upper()),
        ('mi_res_id', kubelet.resource),
    ):
        for send in (machine.imds, machine.app_service):
            claims = machine.claims(send(**{name: value}))
            assert claims['appid'] == kubelet.application
            assert claims['xms_mirid'].endswith('/userAssignedIdentities/kubelet')
    assert machine.imds(msi_res_id=system.resource).status == 400


def test_no_identity_is_named(machine: Machine) -> None:
    not_found, several = (
        'Identity not found',
        (
            'Multiple user assigned identities exist, please specify the clientId / resourceId '
            'of the identity in the token request'
        ),
    )
    assert error_of(machine.imds()) == (400, 'invalid_request', not_found)
    only = machine.state.principals.assign(False, ['only'])[0]
    assert machine.claims(machine.imds())['appid'] == only.application
    refused = machine.app_service()
    assert json.loads(refused.body)['message'] == 'Unable to load the proper Managed Identity.'
    machine.state.principals.assign(False, ['one', 'two'])
    response = machine.imds()
    assert error_of(response) == (400, 'invalid_request', several) and len(response.body) == 168


def test_an_identity_is_named_that_is_not_assigned(machine: Machine) -> None:
    machine.state.principals.assign(True, ['kubelet'])
    for name in ('client_id', 'object_id', 'msi_res_id'):
        assert error_of(machine.imds(**{name: cloud.guid('nobody')})) == (
            400,
            'invalid_request',
            'Identity not found',
        )
    body = json.loads(machine.app_service(client_id=cloud.guid('nobody')).body)
    assert (body['statusCode'], body['message']) == (
        400,
        'No User Assigned or Delegated Managed Identity found for specified '
        'ClientId/ResourceId/PrincipalId.',
    )


def test_requests_of_a_wrong_form(machine: Machine) -> None:
    machine.state.principals.assign(True, [])
    for headers in ({}, {'Metadata': 'yes'}, {'Metadata': 'true', 'X-Forwarded-For': '10.0.0.1'}):
        assert error_of(machine.imds(headers))[2] == 'Required metadata header not specified'
    assert 'newest-versions' in json.loads(machine.imds(without='api-version').body)
    assert error_of(machine.imds(without='resource'))[0] == 400
    assert error_of(machine.imds(resource='https://nothing.test'))[1] == 'invalid_resource'
    assert (
        machine.app_service({'X-IDENTITY-HEADER': 'wrong'}).status
        == machine.app_service({}).status
        == 401
    )
    assert machine.app_service(resource='https://nothing.test').status == 500


@pytest.mark.parametrize(
    'path, status, text',
    [
        (IMDS_PATH, 404, 'updating'),
        (IMDS_PATH, 410, 'updates'),
        (IMDS_PATH, 429, 'throttled'),
        (IMDS_PATH, 500, 'Active directory'),
        (APP_SERVICE_PATH, 429, 'requests'),
        (APP_SERVICE_PATH, 500, 'AAD Token'),
    ],
)
def test_faults_have_the_form_of_the_endpoint(
    machine: Machine, path: str, status: int, text: str
) -> None:
    route, request = machine.route(path, {}, {})
    response = response_faults.apply_response_fault(
        f'status:{status}', request, route.handler, route.family
    )
    assert response and response.status == status
    body = json.loads(response.body)
    assert text in body['error_description' if path == IMDS_PATH else 'message']


def test_cloud_shell_issues_tokens_of_its_user_for_a_fixed_list(machine: Machine) -> None:
    for resource in (f'https://{cloud.ARM_HOST}/', f'https://{cloud.ARM_HOST}'):
        response = machine.cloud_shell(resource)
        token = json.loads(response.body)['access_token']
        claims = machine.state.entra.read(token) or {}
        assert (response.status, claims['aud'], claims['idtyp']) == (200, resource, 'user')
    refused = machine.cloud_shell(AUDIENCE)
    error = json.loads(refused.body)['error']
    assert (refused.status, error['code']) == (400, 'AudienceNotSupported')
    assert error['message'].startswith(
        f'Audience {AUDIENCE} is not a supported MSI token audience. Supported audiences: https://'
    )
    assert machine.cloud_shell(f'https://{cloud.ARM_HOST}/', metadata='no').status == 400
