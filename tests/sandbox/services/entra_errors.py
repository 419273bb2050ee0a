# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Error responses of Entra by their AADSTS numbers, with its own messages.

Documented: the form (Learn, "Microsoft Entra authentication and authorization error codes"), and
the messages of the lookup page, https://login.microsoftonline.com/error (also in the public
repository f-bader/EntraID-ErrorCodes). Recorded: 530084 (azure-cli#31428), 50005
(azure-sdk-for-net#29109), 500014 (Cloud-Architekt/AzureAD-Attack-Defense#43), 700024
(kata-containers#11758), 7000229 (Commercial-Marketplace-SaaS-Accelerator#830), 50001
(azure-cli#33674), 53003 with its suberror (azure-cli#32544), 7002131. Inferred: the status of each
name, and the suberrors of the other numbers, from what MSAL expects.
"""

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
    50001: "The resource is disabled or does not exist. Check your app's code to ensure that you "
    'have specified the exact resource URL for the resource you are trying to access. Requested '
    "resource: '{resource}'",
    50005: "User tried to log in to a device from a platform (Unknown) that's currently not "
    'supported through Conditional Access policy. Supported device platforms are: iOS, Android, '
    'Mac, and Windows flavors.',
    50057: 'The user account is disabled.',
    50097: 'Device authentication is required.',
    50105: 'Your administrator has configured the application Azure CLI to block users unless '
    "they are specifically granted ('assigned') access to the application.",
    50129: 'The device is not workplace joined. Workplace join is required to register the device.',
    50131: 'Device is not in required device state: known. Or, the request was blocked due to '
    'suspicious activity, access policy, or security policy decisions.',
    50158: 'External security challenge not satisfied. User will be redirected to another page or '
    'authentication provider to satisfy additional authentication challenges.',
    53000: 'Device is not in required device state: compliant. Conditional Access policy requires '
    'a compliant device, and the device is not compliant. The user must enroll their device with '
    'an approved MDM provider like Intune.',
    53001: 'Device is not in required device state: domain_joined. Conditional Access policy '
    'requires a domain joined device, and the device is not domain joined.',
    530003: 'Your device is required to be managed to access this resource.',
    530036: 'The refresh token is invalid due to authentication flow checks by Conditional Access.',
    530084: 'Access has been blocked by conditional access token protection policy configured by '
    'this organization. To learn more, see https://aka.ms/TBCADocs.',
    50076: 'Due to a configuration change made by your administrator, or because you moved to '
    'a new location, you must use multi-factor authentication to access '
    "'00000000-0000-0000-0000-000000000000'.",
    50196: 'The server terminated an operation because it encountered a client request loop.',
    53003: 'Access has been blocked by Conditional Access policies. The access policy does not '
    'allow token issuance.',
    65004: 'User declined to consent to access the app.',
    700016: "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    700027: 'The certificate with identifier used to sign the client assertion is not registered '
    'on application. [Reason - The key was not found.]',
    1000502: 'The provided certificate is not within its specified validity window.',
    7000117: "Resource application '{resource}'(Azure Container Registry) is disabled in tenant "
    '{tenant}.',
    7000229: 'The client application {client} is missing service principal in the tenant '
    '{tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119',
    7002131: 'No matching federated identity record found for presented assertion subject '
    "'{value}' or no federated identity credential expression matches it. " + FEDERATION,
    500014: "The service principal for resource '{resource}' is disabled. This indicate that a "
    'subscription within the tenant has lapsed, or that the administrator for this tenant has '
    'disabled the application, preventing tokens from being issued for it.',
    700082: 'The refresh token has expired due to inactivity. The token was issued on '
    '2026-01-01T00:00:00.0000000Z and was inactive for 90.00:00:00.',
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
    **dict.fromkeys(
        (50005, 50057, 50076, 50105, 53003, 530003, 530036, 530084, 700082), 'invalid_grant'
    ),
    **dict.fromkeys((50097, 50129, 50131, 50158, 53000, 53001), 'interaction_required'),
    **dict.fromkeys((50001, 500014, 7000117), 'invalid_resource'),
    **dict.fromkeys((700027, 1000502, 7000229, 7002131), 'invalid_client'),
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


# How MSAL classifies an `invalid_grant` (its ClassificationFromSuberror).
SUBERRORS = {
    50076: 'basic_action',
    53003: 'message_only',
    530084: 'message_only',
    700082: 'bad_token',
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
            **({'suberror': SUBERRORS[number]} if number in SUBERRORS else {}),
        },
        ('Cache-Control', 'no-store, no-cache'),
    )


class _Blank(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> str:
        return '00000000-0000-0000-0000-000000000000'
