# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses of Entra by their AADSTS numbers, with its own messages."""

from __future__ import annotations

import datetime
import uuid

from tests.sandbox.services.http_messages import Response, json_response

ENTRA_ERRORS = {
    400: ('invalid_request', 90014),
    401: ('invalid_client', 7000215),
    403: ('access_denied', 65004),
    429: ('temporarily_unavailable', 50196),
    500: ('server_error', 90033),
    503: ('temporarily_unavailable', 90033),
}
FEDERATION = (
    'Please check your federated identity credential Subject, Audience and Issuer against the '
    'presented assertion. '
    'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
)
ENTRA_MESSAGES = {
    50076: 'Due to a configuration change made by your administrator, or because you moved to '
    'a new location, you must use multi-factor authentication to access '
    "'00000000-0000-0000-0000-000000000000'.",
    50196: 'The server terminated an operation because it encountered a client request loop.',
    53003: 'Access has been blocked by Conditional Access policies. The access policy does not '
    'allow token issuance.',
    65004: 'User declined to consent to access the app.',
    700016: "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    7000112: "Application '{client}' is disabled.",
    7000215: 'Invalid client secret provided. Ensure the secret being sent in the request is '
    'the client secret value, not the client secret ID, for a secret added to app '
    "'{client}'.",
    7000218: "The request body must contain the following parameter: 'client_assertion' or "
    "'client_secret'.",
    50027: 'JWT token is invalid or malformed.',
    50049: 'Unknown or invalid instance.',
    70021: 'No matching federated identity record found for presented assertion. ' + FEDERATION,
    70025: "The client '{client}'({client}) has no configured federated identity credentials.",
    700024: 'Client assertion is not within its valid time range. Current time: {now}, '
    'assertion valid from {begin}, expiry time of assertion {end}.',
    700211: "No matching federated identity record found for presented assertion issuer '{value}'. "
    + FEDERATION,
    700212: 'No matching federated identity record found for presented assertion audience '
    "'{value}'. " + FEDERATION,
    700213: 'No matching federated identity record found for presented assertion subject '
    "'{value}'. " + FEDERATION,
    7000222: "The provided client secret keys for app '{client}' are expired.",
    90002: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and "
    'are signing into the correct cloud.',
    90014: 'The required field is missing from the credential.',
    90033: 'A transient error has occurred. Please try again.',
    500011: 'The resource principal named {resource} was not found in the tenant named {tenant}.',
}
ENTRA_NAMES = {
    50076: 'invalid_grant',
    53003: 'invalid_grant',
    700016: 'unauthorized_client',
    90002: 'invalid_request',
    7000112: 'unauthorized_client',
    7000215: 'invalid_client',
    7000222: 'invalid_client',
    500011: 'invalid_resource',
    50049: 'invalid_instance',
    **dict.fromkeys(
        (7000218, 50027, 70021, 70025, 700024, 700211, 700212, 700213), 'invalid_client'
    ),
}


def aadsts(number: int, status: int = 0, text: str = '', **names: str) -> Response:
    """Return an error of Entra by its AADSTS number."""
    message = text or ENTRA_MESSAGES.get(number, 'The request was refused.').format_map(
        _Blank(names)
    )
    name = ENTRA_NAMES.get(number) or next(
        (name for name, code in ENTRA_ERRORS.values() if code == number), 'invalid_request'
    )
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M:%SZ')
    return json_response(
        status or (401 if name == 'invalid_client' else 400),
        {
            'error': name,
            'error_description': f'AADSTS{number}: {message} Trace ID: {trace} Correlation ID: '
            f'{correlation} Timestamp: {stamp}',
            'error_codes': [number],
            'timestamp': stamp,
            'trace_id': trace,
            'correlation_id': correlation,
            'error_uri': f'https://login.sandbox.test/error?code={number}',
        },
        ('Cache-Control', 'no-store, no-cache'),
    )


class _Blank(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return '00000000-0000-0000-0000-000000000000'
