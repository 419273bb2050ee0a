# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The token endpoints of machines (HTTP): a VM's metadata service, App Service's, Cloud Shell's."""

from __future__ import annotations

import hmac
import time
from typing import Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, entra, metadata_errors
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.principals import MANAGED_SECONDS, Principal
from tests.sandbox.services.routes import Route, not_found
from tests.sandbox.services.tokens import ENTRA_SECONDS

ADDRESS, PORT = '169.254.169.254', 80
APP_SERVICE_PORT = 41081
# Cloud Shell issues tokens of its user, at an address that MSAL knows (msal/cloudshell.py).
CLOUD_SHELL_PORT, CLOUD_SHELL_PATH = 50342, '/oauth2/token'
CLOUD_SHELL_USER = 'alice@contoso.example'
# What it issues tokens for is a fixed list without the registries' audience (recorded:
# Azure/CloudShell#351, #484, #527, #550; here without what the sandbox lacks).
CLOUD_SHELL_AUDIENCES = (
    f'https://{cloud.ARM_HOST}/',
    'https://management.core.windows.net/',
    'https://management.azure.com/',
    'https://graph.sandbox.test/',
)
IMDS_PATH, APP_SERVICE_PATH = '/metadata/identity/oauth2/token', '/msi/token'
APP_SERVICE_ENDPOINT = f'http://127.0.0.1:{APP_SERVICE_PORT}{APP_SERVICE_PATH}'
NEWEST = ['2025-04-07', '2024-07-17', '2023-11-15']
# The parameters that select an identity, and the attribute of a principal that each names.
NAMES = {
    'client_id': 'application',
    'object_id': 'principal',
    'principal_id': 'principal',
    'msi_res_id': 'resource',
    'mi_res_id': 'resource',
}


class MetadataService:
    """The endpoints, distinguished by the path."""

    def __init__(self, state: State) -> None:
        self._state = state

    def route(self, request: Request) -> Route:
        """Return the route of a request to one of the endpoints."""
        if request.path == IMDS_PATH:
            return Route('imds', self._imds, (), 'imds')
        if request.path == APP_SERVICE_PATH:
            return Route('app-service', self._app_service, (), 'app-service')
        if request.path == CLOUD_SHELL_PATH:
            return Route('cloud-shell', self._cloud_shell, (), 'cloud-shell')
        return Route('foreign', not_found)

    def _cloud_shell(self, request: Request) -> Response:
        """Respond as Cloud Shell: recorded refusals, and a response that MSAL 1.39 reads."""
        if request.method != 'POST' or (request.headers.get('Metadata') or '').lower() != 'true':
            return metadata_errors.cloud_shell(
                'MetadataHeaderMissing', 'The Metadata header is missing.'
            )
        resource = request.form.get('resource', [''])[0]
        if resource.rstrip('/') not in [name.rstrip('/') for name in CLOUD_SHELL_AUDIENCES]:
            return metadata_errors.cloud_shell(
                'AudienceNotSupported',
                f'Audience {resource} is not a supported MSI token audience. Supported audiences: '
                + ','.join(CLOUD_SHELL_AUDIENCES),
            )
        user = self._state.principals.known[cloud.APP]
        claims = {**user.claims(resource), 'idtyp': 'user', 'unique_name': CLOUD_SHELL_USER}
        return json_response(
            200,
            {
                'access_token': self._state.entra.issue(claims),
                'refresh_token': '',
                'expires_in': str(ENTRA_SECONDS),
                'expires_on': str(claims['exp']),
                'not_before': str(claims['nbf']),
                'resource': resource,
                'token_type': 'Bearer',
            },
        )

    def _imds(self, request: Request) -> Response:
        if (request.headers.get('Metadata') or '').lower() != 'true' or request.headers.get(
            'X-Forwarded-For'
        ):
            return metadata_errors.imds(400, metadata_errors.NO_METADATA, 'bad_request_102')
        if not request.query.get('api-version'):
            return json_response(
                400,
                {
                    'error': 'Bad request. api-version is invalid or was not specified in the '
                    'request. For more information refer to aka.ms/azureimds',
                    'newest-versions': NEWEST,
                },
                metadata_errors.SERVER,
            )
        resource = request.query.get('resource', [''])[0]
        if not resource:
            return metadata_errors.imds(400, "Required query variable 'resource' is missing")
        candidates = self._candidates(request)
        if len(candidates) != 1:
            return metadata_errors.imds(
                400, metadata_errors.SEVERAL if candidates else metadata_errors.IDENTITY_NOT_FOUND
            )
        token = self._token(candidates[0], resource)
        if token is None:
            return metadata_errors.imds(
                400,
                f'AADSTS500011: The resource principal named {resource} was not found in the '
                f'tenant named {candidates[0].tenant}.',
                'invalid_resource',
            )
        now = int(time.time())
        return json_response(
            200,
            {
                'access_token': token,
                'client_id': candidates[0].application,
                'expires_in': str(MANAGED_SECONDS),
                'expires_on': str(now + MANAGED_SECONDS),
                'ext_expires_in': str(MANAGED_SECONDS - 1),
                'not_before': str(now - 300),
                'resource': resource,
                'token_type': 'Bearer',
            },
            metadata_errors.SERVER,
        )

    def _app_service(self, request: Request) -> Response:
        header = request.headers.get('X-IDENTITY-HEADER') or ''
        if not hmac.compare_digest(
            header.encode(), self._state.principals.identity_header.encode()
        ):
            return metadata_errors.app_service(401)
        resource = request.query.get('resource', [''])[0]
        if request.query.get('api-version', [''])[0] != '2019-08-01' or not resource:
            return metadata_errors.app_service(
                400, 'The api-version or the resource is missing or not supported.'
            )
        candidates = self._candidates(request, guess=False)
        if len(candidates) != 1:
            named = set(NAMES) & set(request.query)
            return metadata_errors.app_service(
                400, '' if named else 'Unable to load the proper Managed Identity.'
            )
        token = self._token(candidates[0], resource)
        if token is None:
            return metadata_errors.app_service(500)
        return json_response(
            200,
            {
                'access_token': token,
                'expires_on': str(int(time.time()) + MANAGED_SECONDS),
                'resource': resource,
                'token_type': 'Bearer',
                'client_id': candidates[0].application,
            },
        )

    def _candidates(self, request: Request, guess: bool = True) -> list[Principal]:
        """Return the identities that a request can mean: the named one, else the system-assigned.

        Without a system-assigned identity the metadata service takes the only user-assigned one,
        App Service does not (`guess`).
        """
        assigned = self._state.principals.assigned
        for parameter, attribute in NAMES.items():
            if parameter in request.query:
                value = request.query[parameter][0].lower()
                return [
                    principal
                    for principal in assigned
                    if getattr(principal, attribute).lower() == value
                    and (attribute != 'resource' or 'Managed' in principal.resource)
                ]
        system_assigned = [
            principal
            for principal in assigned
            if 'userAssignedIdentities' not in principal.resource
        ]
        return system_assigned or (assigned if guess else [])

    def _token(self, principal: Principal, resource: str) -> Optional[str]:
        audience = entra.audience_of(f'{resource}/.default')
        return self._state.entra.issue(principal.claims(audience)) if audience else None
