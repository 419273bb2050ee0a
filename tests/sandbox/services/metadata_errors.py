# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Errors of the token endpoints of machines: metadata service, App Service, Cloud Shell."""

from __future__ import annotations

import uuid

from tests.sandbox.services.http_messages import Response, json_response

SERVER = ('Server', 'IMDS/150.870.65.512')
# Names and messages from "How to use managed identities on a VM to get a token", section "Error
# handling", and from responses that users quote (acs-keyvault-agent!43).
IDENTITY_NOT_FOUND = 'Identity not found'
SEVERAL = (
    'Multiple user assigned identities exist, please specify the clientId / resourceId of the '
    'identity in the token request'
)
NO_METADATA = 'Required metadata header not specified'
IMDS_NAMES = {400: 'invalid_request', 401: 'unknown_source', 500: 'unknown'}
IMDS_MESSAGES = {
    400: IDENTITY_NOT_FOUND,
    404: 'IMDS endpoint is updating',
    410: 'IMDS is going through updates',
    429: 'Temporarily throttled, too many requests',
    500: 'Failed to retrieve token from the Active directory. For details see logs in <file path>',
}
APP_SERVICE_MESSAGES = {
    400: 'No User Assigned or Delegated Managed Identity found for specified '
    'ClientId/ResourceId/PrincipalId.',
    401: 'Unauthorized',
    429: 'Too many requests.',
    500: 'An unexpected error occurred while fetching the AAD Token.',
}


def imds(status: int, message: str = '', name: str = '') -> Response:
    """Return an error of the metadata service."""
    return json_response(
        status,
        {
            'error': name or IMDS_NAMES.get(status, 'invalid_request'),
            'error_description': message or IMDS_MESSAGES.get(status, 'The request failed.'),
        },
        SERVER,
    )


def app_service(status: int, message: str = '') -> Response:
    """Return an error of App Service's endpoint."""
    return json_response(
        status,
        {
            'statusCode': status,
            'message': message or APP_SERVICE_MESSAGES.get(status, 'The request failed.'),
            'correlationId': str(uuid.uuid4()),
        },
    )


def cloud_shell(code: str, message: str, status: int = 400) -> Response:
    """Return an error of Cloud Shell's endpoint (recorded: Azure/CloudShell#351)."""
    return json_response(status, {'error': {'code': code, 'message': message}})
