# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses of the Resource Graph and of the endpoints for managed identities, in the form of each."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from tests.sandbox.services.http_messages import Response, as_json
from tests.sandbox.services.resource_graph_quota import shown

SERVER = ('Server', 'IMDS/150.870.65.512')
GRAPH_CODES = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'AccessDenied',
    404: 'NotFound',
    429: 'RateLimiting',
    500: 'InternalServerError',
    503: 'ServiceUnavailable',
}
# As its users quote them (azure-cli-extensions#3325, aztfexport#410 and #485).
GRAPH_MESSAGES = {
    'AccessDenied': 'Access is denied to the requested resource. The user might not have enough '
    'permission.',
    'InvalidQuery': 'Query is invalid. Please refer to the documentation for the Azure Resource '
    'Graph service and fix '
    'the error before retrying.',
    'RateLimiting': 'Client application has been throttled and should not attempt to repeat the '
    'request until an '
    'amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.',
}
# Names and sentences of "How to use managed identities on a VM to get a token", section "Error
# handling", and of the metadata service's answers that users quote (acs-keyvault-agent!43).
IDENTITY_NOT_FOUND = 'Identity not found'
SEVERAL = (
    'Multiple user assigned identities exist, please specify the clientId / resourceId of the '
    'identity in the '
    'token request'
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


def graph(status: int, code: str = '', message: str = '', *details: dict[str, Any]) -> Response:
    """Return an error of the Resource Graph: what happened stands in its details."""
    outer = GRAPH_CODES.get(status, 'Error')
    inner = code or outer
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f0Z')
    correlation = str(uuid.uuid4())
    text = (
        f'Please provide below info when asking for support: timestamp = {stamp}, '
        f'correlationId = {correlation}.'
    )
    first = {
        'code': inner,
        'message': message or GRAPH_MESSAGES.get(inner, f'The request failed with {inner}.'),
    }
    quota = (
        (('x-ms-user-quota-remaining', '0'), ('x-ms-user-quota-resets-after', shown(5)))
        if status == 429
        else ()
    )
    return as_json(
        status,
        {'error': {'code': outer, 'message': text, 'details': [first, *details]}},
        ('Cache-Control', 'no-cache'),
        ('x-ms-correlation-request-id', correlation),
        ('x-ms-request-id', str(uuid.uuid4())),
        *quota,
    )


def imds(status: int, message: str = '', name: str = '') -> Response:
    """Return an error of the metadata service."""
    return as_json(
        status,
        {
            'error': name or IMDS_NAMES.get(status, 'invalid_request'),
            'error_description': message or IMDS_MESSAGES.get(status, 'The request failed.'),
        },
        SERVER,
    )


def app_service(status: int, message: str = '') -> Response:
    """Return an error of App Service's endpoint."""
    return as_json(
        status,
        {
            'statusCode': status,
            'message': message or APP_SERVICE_MESSAGES.get(status, 'The request failed.'),
            'correlationId': str(uuid.uuid4()),
        },
    )


def of_family(family: str, status: int, message: str = '') -> Response:
    """Return the error that a service of one of these families gives with a status."""
    return {
        'graph': lambda: graph(status, '', message),
        'imds': lambda: imds(status, message),
        'app-service': lambda: app_service(status, message),
    }[family]()
