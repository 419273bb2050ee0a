# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses in the form of each service: registry, ARM, Entra, storage (wire-formats 2.3)."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from tests.sandbox.services import cloud, metadata_errors
from tests.sandbox.services.entra_errors import ENTRA_ERRORS, aadsts
from tests.sandbox.services.http_messages import JSON, Response, json_response
from tests.sandbox.services.resource_graph_errors import resource_graph

CLIENT_IP = '203.0.113.102'
AUTHENTICATION_REQUIRED = (
    'authentication required, visit https://aka.ms/acr/authorization for more information.'
)
TOO_MANY = (
    'Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix to view limits '
    'of all service tiers.'
)
NOT_ALLOWED = (
    f"client with IP '{CLIENT_IP}' is not allowed access. Refer https://aka.ms/acr/firewall to "
    'grant access.'
)
REGISTRY_CODES = {
    400: 'BAD_REQUEST',
    401: 'UNAUTHORIZED',
    403: 'DENIED',
    404: 'NOT_FOUND',
    405: 'UNSUPPORTED',
    429: 'TOOMANYREQUESTS',
    500: 'UNKNOWN',
    503: 'UNAVAILABLE',
}
REGISTRY_MESSAGES = {
    401: AUTHENTICATION_REQUIRED,
    403: 'requested access to the resource is denied',
    429: TOO_MANY,
}
# Messages of storage by code (its REST reference, "Common REST API error codes" and "Blob service
# error codes").
STORAGE_MESSAGES = {
    'AuthorizationFailure': 'This request is not authorized to perform this operation.',
    'AuthorizationPermissionMismatch': 'This request is not authorized to perform this '
    'operation using this permission.',
    'AuthenticationFailed': 'Server failed to authenticate the request. Make sure the value of '
    'Authorization header is formed correctly including the signature.',
    'PublicAccessNotPermitted': 'Public access is not permitted on this storage account.',
    'AccountIsDisabled': 'The specified account is disabled.',
    'KeyVaultEncryptionKeyNotFound': 'The key vault key is not found to unwrap the encryption key.',
    'BlobNotFound': 'The specified blob does not exist.',
    'ServerBusy': 'The server is busy.',
}
ARM_CODES = {
    400: 'BadRequest',
    401: 'InvalidAuthenticationToken',
    403: 'AuthorizationFailed',
    404: 'ResourceNotFound',
    409: 'Conflict',
    429: 'TooManyRequests',
    500: 'InternalServerError',
    502: 'BadGateway',
    503: 'ServerUnavailable',
    504: 'GatewayTimeout',
}


def registry(
    status: int, code: str = '', message: str = '', detail: Any = ..., headers: Any = ()
) -> Response:
    """Return an error of the registry or its token service; quotes are escaped as in theirs."""
    error = {
        'code': code or REGISTRY_CODES.get(status, 'UNKNOWN'),
        'message': message or REGISTRY_MESSAGES.get(status, 'unknown error'),
    }
    if detail is not ...:
        error['detail'] = detail
    text = json.dumps({'errors': [error]}, separators=(',', ':')).replace("'", '\\u0027') + '\n'
    return Response(
        status,
        text.encode(),
        (
            ('Server', 'openresty'),
            ('Content-Type', JSON),
            *headers,
            ('X-Ms-Correlation-Request-Id', str(uuid.uuid4())),
        ),
    )


def denied() -> Response:
    """Return the registry's error for a denied client IP (wire-formats 2.3 D)."""
    return registry(403, 'DENIED', NOT_ALLOWED)


def arm(status: int, code: str = '', message: str = '') -> Response:
    """Return an error of ARM."""
    code = code or ARM_CODES.get(status, 'Error')
    text = message or (forbidden_message() if status == 403 else f'The request failed with {code}.')
    return json_response(
        status,
        {'error': {'code': code, 'message': text}},
        ('x-ms-failure-cause', 'gateway'),
        ('x-ms-request-id', str(uuid.uuid4())),
        ('x-ms-correlation-request-id', str(uuid.uuid4())),
        ('Cache-Control', 'no-cache'),
    )


def forbidden_message(
    scope: str = f'/subscriptions/{cloud.SUBSCRIPTION}',
    action: str = 'Microsoft.ContainerRegistry/registries/read',
) -> str:
    """Return ARM's message to a caller without permission to read."""
    return (
        f"The client '{cloud.APP}' with object id '{cloud.guid(cloud.APP + '/principal')}' does "
        'not have authorization to perform action '
        f"'{action}' over scope '{scope}' or the scope is "
        'invalid. If access was recently granted, please refresh your credentials.'
    )


def storage(status: int, code: str, message: str = '', detail: str = '') -> Response:
    """Return an error of Azure Storage: XML after a byte order mark."""
    message = message or STORAGE_MESSAGES.get(code, 'The request failed.')
    reason = f'<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>' if detail else ''
    number, stamp = (
        str(uuid.uuid4()),
        datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f0Z'),
    )
    text = (
        f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</'
        f'Code><Message>{message}\n'
        f'RequestId:{number}\nTime:{stamp}</Message>{reason}</Error>'
    )
    return Response(
        status,
        text.encode('utf-8'),
        (
            ('Content-Type', 'application/xml'),
            ('Server', 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0'),
            ('x-ms-request-id', number),
            ('x-ms-version', '2018-03-28'),
            ('x-ms-error-code', code),
        ),
    )


def of_family(family: str, status: int, message: str = '') -> Response:
    """Return the error of a family's service with a status."""
    if family == 'arm':
        return arm(status, message=message)
    if family == 'entra':
        return aadsts(ENTRA_ERRORS.get(status, ('', 90014))[1], status, message)
    if family == 'graph':
        return resource_graph(status, '', message)
    if family == 'imds':
        return metadata_errors.imds(status, message)
    if family == 'app-service':
        return metadata_errors.app_service(status, message)
    if family == 'cloud-shell':
        return metadata_errors.cloud_shell('InternalError', message or 'It failed.', status)
    if family == 'storage':
        code = {
            403: 'AuthorizationFailure',
            404: 'BlobNotFound',
            429: 'TooManyRequests',
            503: 'ServerBusy',
        }.get(status, 'InternalError')
        return storage(status, code, message)
    return registry(status, message=message)
