# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the authentication challenge of the login server."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.shared_problems import too_large, unknown_code
from azext_acrhealth.catalogue.shell import PROXY_FIRST
from azext_acrhealth.model import Family

CHALLENGE = Family(
    'CONNECTIVITY_CHALLENGE_ERROR',
    "The login server didn't return the authentication challenge that starts every login.",
    (
        'Try again in a few minutes.',
        (
            'Open a support request if the problem persists, and attach the output of `az '
            'acrhealth check --name {registry} -o json`, which includes times and correlation IDs.'
        ),
    ),
    links.documented('CONNECTIVITY_CHALLENGE_ERROR'),
)

AAD_LOGIN = Family(
    'CONNECTIVITY_AAD_LOGIN_ERROR',
    'The login server returned a challenge, but not one that supports Microsoft Entra tokens.',
    (
        'Log in with a registry token or a service principal instead: `docker login {host}`.',
        (
            'Make sure that `{host}` is the login server of a registry: `az acr show --name '
            '{registry} --query loginServer`.'
        ),
    ),
    links.documented('CONNECTIVITY_AAD_LOGIN_ERROR'),
)

_CAPTIVE_PORTAL = (
    'Open a web page in a browser on this machine, and sign in to the network.',
    'Check that `{host}` is the login server: `az acr show --name {registry} --query loginServer`.',
)
_OTHER_SERVER = (
    'Ask your network administrator which server responds in place of `{host}`, because of a DNS '
    'record, a hosts file, or a proxy.'
)
_UNKNOWN_SERVER = (
    "Don't log in from this network until you know which server responds: this can be an attempt "
    'to steal tokens.',
    PROXY_FIRST,
    _OTHER_SERVER,
)

RESPONSE_TIMEOUT = CHALLENGE.problem(
    'ResponseTimeout',
    "The login server accepted the request but didn't send a complete response in time.",
    transient=True,
)
RESPONSE_RESET = CHALLENGE.problem(
    'ResponseReset',
    'The connection was reset after the TLS handshake, before the response was complete. '
    'Firewalls that inspect requests do this.',
    'Ask your network administrator to allow `https://{host}/v2/` through the firewall or proxy.',
    transient=True,
)
RESPONSE_INCOMPLETE = CHALLENGE.problem(
    'ResponseIncomplete',
    'The connection closed before the response was complete.',
    transient=True,
)
NOT_HTTP = CHALLENGE.problem(
    'NotHttp',
    "The server that responds at the login server's address doesn't use HTTP.",
    PROXY_FIRST,
    _OTHER_SERVER,
)
UNEXPECTED_SUCCESS = CHALLENGE.problem(
    'UnexpectedSuccess',
    'The server returned a page instead of a challenge. The network has a captive portal, or the '
    "host isn't a registry.",
    *_CAPTIVE_PORTAL,
)
REDIRECTED = CHALLENGE.problem(
    'Redirected',
    'The server redirects the request, which a registry never does here. The network has a '
    "captive portal, or the host isn't a registry.",
    *_CAPTIVE_PORTAL,
)
NOT_A_REGISTRY = CHALLENGE.problem(
    'NotARegistry',
    "The server has no registry API: the host isn't a login server, or the registry was deleted.",
    'Check the spelling, and that the registry exists: `az acr show --name {registry}`.',
    PROXY_FIRST,
    _OTHER_SERVER,
)
SERVER_ERROR = CHALLENGE.problem(
    'ServerError',
    "The registry's service returned an internal error.",
    "Try again in a few minutes, and check the status of Azure in the registry's region: "
    'https://azure.status.microsoft',
    'Open a support request if the problem persists, with the correlation ID {correlation_id} and '
    'the time {at}.',
    transient=True,
)
BLOCKED_BY_INTERMEDIARY = CHALLENGE.problem(
    'BlockedByIntermediary',
    "An intermediary, such as a proxy or firewall, denied the request: the response didn't come "
    'from the registry.',
    'Ask your network administrator to allow `https://{host}/` through the proxy or web filter.',
)
UNEXPECTED_STATUS = CHALLENGE.problem(
    'UnexpectedStatus', 'The response has a status that a registry never returns for this request.'
)
UNKNOWN_CODE = unknown_code(CHALLENGE)
TOO_LARGE = too_large(CHALLENGE)
NO_CHALLENGE = CHALLENGE.problem(
    'NoChallenge',
    'The response requires authentication but has no WWW-Authenticate header. A proxy can remove '
    'the header.',
)
UNREADABLE_CHALLENGE = CHALLENGE.problem(
    'UnreadableChallenge', 'The WWW-Authenticate header of the response is malformed.'
)
REALM_MISMATCH = CHALLENGE.problem(
    'RealmMismatch',
    'The challenge directs the login to a host other than the login server. No token was sent.',
    *_UNKNOWN_SERVER,
)
INSECURE_REALM = CHALLENGE.problem(
    'InsecureRealm',
    'The challenge directs the login to an unencrypted URL. No token was sent.',
    *_UNKNOWN_SERVER,
)

NO_BEARER = AAD_LOGIN.problem(
    'NoBearerChallenge',
    "The challenge doesn't offer the Bearer scheme, which token authentication requires.",
)
INCOMPLETE = AAD_LOGIN.problem(
    'IncompleteChallenge',
    "The challenge doesn't name the realm and the service that a token request requires.",
)

FAMILIES = (CHALLENGE, AAD_LOGIN)
PROBLEMS = (
    RESPONSE_TIMEOUT,
    RESPONSE_RESET,
    RESPONSE_INCOMPLETE,
    NOT_HTTP,
    UNEXPECTED_SUCCESS,
    REDIRECTED,
    NOT_A_REGISTRY,
    SERVER_ERROR,
    BLOCKED_BY_INTERMEDIARY,
    UNEXPECTED_STATUS,
    UNKNOWN_CODE,
    TOO_LARGE,
    NO_CHALLENGE,
    UNREADABLE_CHALLENGE,
    REALM_MISMATCH,
    INSECURE_REALM,
    NO_BEARER,
    INCOMPLETE,
)
