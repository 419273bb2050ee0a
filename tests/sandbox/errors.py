# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses in the form of each service: registry, ARM, Entra, storage (wire-formats section 2.3)."""
from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from . import refusals, world
from .wire import JSON, Response, as_json

CLIENT_IP = '172.214.169.102'
AUTHENTICATION_REQUIRED = 'authentication required, visit https://aka.ms/acr/authorization for more information.'
TOO_MANY = ('Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix to view limits of all '
            'service tiers.')
NOT_ALLOWED = (f"client with IP '{CLIENT_IP}' is not allowed access. Refer https://aka.ms/acr/firewall to grant "
               "access.")
REGISTRY_CODES = {400: 'BAD_REQUEST', 401: 'UNAUTHORIZED', 403: 'DENIED', 404: 'NOT_FOUND', 405: 'UNSUPPORTED',
                  429: 'TOOMANYREQUESTS', 500: 'UNKNOWN', 503: 'UNAVAILABLE'}
REGISTRY_MESSAGES = {401: AUTHENTICATION_REQUIRED, 403: 'requested access to the resource is denied', 429: TOO_MANY}
# What storage says with a code (its REST reference, "Common REST API error codes" and "Blob service error codes").
STORAGE_MESSAGES = {
    'AuthorizationFailure': 'This request is not authorized to perform this operation.',
    'AuthorizationPermissionMismatch': 'This request is not authorized to perform this operation using this '
                                       'permission.',
    'AuthenticationFailed': 'Server failed to authenticate the request. Make sure the value of Authorization header is '
                            'formed correctly including the signature.',
    'PublicAccessNotPermitted': 'Public access is not permitted on this storage account.',
    'AccountIsDisabled': 'The specified account is disabled.',
    'KeyVaultEncryptionKeyNotFound': 'The key vault key is not found to unwrap the encryption key.',
    'BlobNotFound': 'The specified blob does not exist.',
    'ServerBusy': 'The server is busy.',
}
ARM_CODES = {400: 'BadRequest', 401: 'InvalidAuthenticationToken', 403: 'AuthorizationFailed',
             404: 'ResourceNotFound', 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalServerError',
             502: 'BadGateway', 503: 'ServerUnavailable', 504: 'GatewayTimeout'}
ENTRA_ERRORS = {400: ('invalid_request', 90014), 401: ('invalid_client', 7000215), 403: ('access_denied', 65004),
                429: ('temporarily_unavailable', 50196), 500: ('server_error', 90033),
                503: ('temporarily_unavailable', 90033)}
FEDERATION = ('Please check your federated identity credential Subject, Audience and Issuer against the presented '
              'assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation')
ENTRA_MESSAGES = {
    50076: "Due to a configuration change made by your administrator, or because you moved to a new location, you must "
           "use multi-factor authentication to access '00000000-0000-0000-0000-000000000000'.",
    50196: 'The server terminated an operation because it encountered a client request loop.',
    53003: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    65004: 'User declined to consent to access the app.',
    700016: "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    7000112: "Application '{client}' is disabled.",
    7000215: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
             "not the client secret ID, for a secret added to app '{client}'.",
    7000218: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    50027: 'JWT token is invalid or malformed.',
    50049: "Unknown or invalid instance.",
    70021: 'No matching federated identity record found for presented assertion. ' + FEDERATION,
    70025: "The client '{client}'({client}) has no configured federated identity credentials.",
    700024: 'Client assertion is not within its valid time range. Current time: {now}, assertion valid from {begin}, '
            'expiry time of assertion {end}.',
    700211: "No matching federated identity record found for presented assertion issuer '{value}'. " + FEDERATION,
    700212: "No matching federated identity record found for presented assertion audience '{value}'. " + FEDERATION,
    700213: "No matching federated identity record found for presented assertion subject '{value}'. " + FEDERATION,
    7000222: "The provided client secret keys for app '{client}' are expired.",
    90002: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
           "correct cloud.",
    90014: 'The required field is missing from the credential.',
    90033: 'A transient error has occurred. Please try again.',
    500011: "The resource principal named {resource} was not found in the tenant named {tenant}.",
}
ENTRA_NAMES = {50076: 'invalid_grant', 53003: 'invalid_grant', 700016: 'unauthorized_client', 90002: 'invalid_request',
               7000112: 'unauthorized_client', 7000215: 'invalid_client', 7000222: 'invalid_client',
               500011: 'invalid_resource', 50049: 'invalid_instance', **dict.fromkeys(
                   (7000218, 50027, 70021, 70025, 700024, 700211, 700212, 700213), 'invalid_client')}


def registry(status: int, code: str = '', message: str = '', detail: Any = ..., headers: Any = ()) -> Response:
    """Return an error of the registry or its token service; the quote is escaped as theirs is."""
    error = {'code': code or REGISTRY_CODES.get(status, 'UNKNOWN'),
             'message': message or REGISTRY_MESSAGES.get(status, 'unknown error')}
    if detail is not ...:
        error['detail'] = detail
    text = json.dumps({'errors': [error]}, separators=(',', ':')).replace("'", '\\u0027') + '\n'
    return Response(status, text.encode(), (('Server', 'openresty'), ('Content-Type', JSON), *headers,
                                            ('X-Ms-Correlation-Request-Id', str(uuid.uuid4()))))


def denied() -> Response:
    """Return the registry's own refusal of a client's address (wire-formats 2.3 D)."""
    return registry(403, 'DENIED', NOT_ALLOWED)


def arm(status: int, code: str = '', message: str = '') -> Response:
    """Return an error of the resource manager."""
    code = code or ARM_CODES.get(status, 'Error')
    text = message or (forbidden_message() if status == 403 else f'The request failed with {code}.')
    return as_json(status, {'error': {'code': code, 'message': text}}, ('x-ms-failure-cause', 'gateway'),
                   ('x-ms-request-id', str(uuid.uuid4())), ('x-ms-correlation-request-id', str(uuid.uuid4())),
                   ('Cache-Control', 'no-cache'))


def forbidden_message(scope: str = f'/subscriptions/{world.SUBSCRIPTION}') -> str:
    """Return what the resource manager says to who lacks the right to read."""
    return (f"The client '{world.APP}' with object id '{world.guid(world.APP + '/principal')}' does not have "
            f"authorization to perform action 'Microsoft.ContainerRegistry/registries/read' over scope '{scope}' or "
            'the scope is invalid. If access was recently granted, please refresh your credentials.')


def aadsts(number: int, status: int = 0, text: str = '', **names: str) -> Response:
    """Return an error of Entra by its AADSTS number."""
    message = text or ENTRA_MESSAGES.get(number, 'The request was refused.').format_map(_Blank(names))
    name = ENTRA_NAMES.get(number) or next((name for name, code in ENTRA_ERRORS.values() if code == number),
                                           'invalid_request')
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M:%SZ')
    return as_json(status or (401 if name == 'invalid_client' else 400), {
        'error': name, 'error_description': f'AADSTS{number}: {message} Trace ID: {trace} Correlation ID: '
                                            f'{correlation} Timestamp: {stamp}',
        'error_codes': [number], 'timestamp': stamp, 'trace_id': trace, 'correlation_id': correlation,
        'error_uri': f'https://login.sandbox.test/error?code={number}'}, ('Cache-Control', 'no-store, no-cache'))


class _Blank(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return '00000000-0000-0000-0000-000000000000'


def storage(status: int, code: str, message: str = '', detail: str = '') -> Response:
    """Return an error of Azure storage: XML behind a byte order mark."""
    message = message or STORAGE_MESSAGES.get(code, 'The request failed.')
    reason = f'<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>' if detail else ''
    number, stamp = str(uuid.uuid4()), datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f0Z')
    text = (f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}\n'
            f'RequestId:{number}\nTime:{stamp}</Message>{reason}</Error>')
    return Response(status, text.encode('utf-8'), (
        ('Content-Type', 'application/xml'), ('Server', 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0'),
        ('x-ms-request-id', number), ('x-ms-version', '2018-03-28'), ('x-ms-error-code', code)))


def of_family(family: str, status: int, message: str = '') -> Response:
    """Return the error that a service of a family gives with a status."""
    if family == 'arm':
        return arm(status, message=message)
    if family == 'entra':
        return aadsts(ENTRA_ERRORS.get(status, ('', 90014))[1], status, message)
    if family in ('graph', 'imds', 'app-service'):
        return refusals.of_family(family, status, message)
    if family == 'storage':
        code = {403: 'AuthorizationFailure', 404: 'BlobNotFound', 429: 'TooManyRequests',
                503: 'ServerBusy'}.get(status, 'InternalError')
        return storage(status, code, message)
    return registry(status, message=message)
