# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the authentication challenge of the login server."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CHALLENGE = Family(
    'CONNECTIVITY_CHALLENGE_ERROR',
    'The login server did not answer with the challenge that begins every login.',
    (
        'Try again in a while.',
        (
            'If it persists, attach the output of `az acrhealth check -o json` to a support '
            'request: it holds the times'
            ' and the correlation ids.'
        ),
    ),
    links.documented('CONNECTIVITY_CHALLENGE_ERROR'),
)

AAD_LOGIN = Family(
    'CONNECTIVITY_AAD_LOGIN_ERROR',
    'The login server answered with a challenge, but not with one that a Microsoft Entra login can '
    'meet.',
    (
        'Log in another way, for example with a token of the registry or with the admin user.',
        "Make sure that the host is a registry's login server, and not another service.",
    ),
    links.documented('CONNECTIVITY_AAD_LOGIN_ERROR'),
)

RESPONSE_TIMEOUT = CHALLENGE.problem(
    'ResponseTimeout',
    'The login server took the request, but its answer did not come whole in time.',
    transient=True,
)
RESPONSE_RESET = CHALLENGE.problem(
    'ResponseReset',
    'The connection was reset after the handshake, before the whole answer was there, as firewalls '
    'do that read the'
    ' requests.',
    'Ask whoever runs the firewall or proxy to let `https://{host}/v2/` pass.',
    transient=True,
)
RESPONSE_INCOMPLETE = CHALLENGE.problem(
    'ResponseIncomplete',
    'The connection was cut before the whole answer was there.',
    transient=True,
)
NOT_HTTP = CHALLENGE.problem(
    'NotHttp',
    'What answers at the login server does not speak HTTP.',
    'Something other than the registry answers: check name resolution, and the proxy.',
)
UNEXPECTED_SUCCESS = CHALLENGE.problem(
    'UnexpectedSuccess',
    'The answer is a page where a challenge should be: this is a sign-on page of the network, or '
    'no registry.',
    'Open a web page from this machine and sign on to the network.',
    'Check that `{host}` is the login server.',
)
REDIRECTED = CHALLENGE.problem(
    'Redirected',
    'The answer sends to another place, which a registry never does here: a sign-on page of the '
    'network, or '
    'no registry.',
    'Open a web page from this machine and sign on to the network.',
    'Check that `{host}` is the login server.',
)
NOT_A_REGISTRY = CHALLENGE.problem(
    'NotARegistry',
    'What answers has no registry API: the host is not a login server, or the registry is gone.',
    'Look whether the registry exists: `az acr show --name {registry}`. If that finds it, '
    'something else answers in '
    'its place: check name resolution and the proxy. If not, check the spelling.',
)
SERVER_ERROR = CHALLENGE.problem(
    'ServerError',
    "The registry's service answered with an error of its own.",
    "Try again in a while, and look at the state of Azure in the registry's region: "
    'https://azure.status.microsoft',
    'If it persists, give support the correlation id {correlation_id} and the time {at}.',
    transient=True,
)
BLOCKED_BY_INTERMEDIARY = CHALLENGE.problem(
    'BlockedByIntermediary',
    'The request was denied by something that is not the registry, most likely a proxy or a '
    'filter.',
    'Ask whoever runs the proxy or filter to let `https://{host}/` pass.',
)
UNEXPECTED_STATUS = CHALLENGE.problem(
    'UnexpectedStatus', 'The answer has a status that no registry gives here.'
)
NO_CHALLENGE = CHALLENGE.problem(
    'NoChallenge',
    'The answer wants a login, but does not say how: the header WWW-Authenticate is missing. A '
    'proxy may have '
    'taken it out.',
)
UNREADABLE_CHALLENGE = CHALLENGE.problem(
    'UnreadableChallenge', 'The header WWW-Authenticate does not follow the rules of HTTP.'
)
REALM_MISMATCH = CHALLENGE.problem(
    'RealmMismatch',
    'The challenge asks to send the login to another host than the login server. No token was '
    'sent.',
    'Do not log in from here until it is known who answers: this can be an attempt to collect '
    'tokens.',
    'Check name resolution and the proxy of this network.',
)
INSECURE_REALM = CHALLENGE.problem(
    'InsecureRealm',
    'The challenge asks to send the login without encryption. No token was sent.',
    'Do not log in from here until it is known who answers: this can be an attempt to collect '
    'tokens.',
    'Check name resolution and the proxy of this network.',
)

NO_BEARER = AAD_LOGIN.problem(
    'NoBearerChallenge', 'The challenge offers no scheme that takes a token.'
)
INCOMPLETE = AAD_LOGIN.problem(
    'IncompleteChallenge',
    'The challenge does not say where or for which service a token is to be had.',
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
    NO_CHALLENGE,
    UNREADABLE_CHALLENGE,
    REALM_MISMATCH,
    INSECURE_REALM,
    NO_BEARER,
    INCOMPLETE,
)
