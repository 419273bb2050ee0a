# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of reaching the login server and of the challenge that it should answer with."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

CHALLENGE = Family(
    'CONNECTIVITY_CHALLENGE_ERROR',
    'The login server did not answer with the challenge that begins every login.',
    (
        'Try again in a while.',
        (
            'If it persists, attach the output of `az acrhealth check -o json` to a support request: it holds the times'
            ' and the correlation ids.'
        ),
    ),
    links.documented('CONNECTIVITY_CHALLENGE_ERROR'),
)

AAD_LOGIN = Family(
    'CONNECTIVITY_AAD_LOGIN_ERROR',
    'The login server answered with a challenge, but not with one that a Microsoft Entra login can meet.',
    (
        'Log in another way, for example with a token of the registry or with the admin user.',
        'Make sure that the host is a registry\'s login server, and not another service.',
    ),
    links.documented('CONNECTIVITY_AAD_LOGIN_ERROR'),
)

CONNECT_TIMEOUT = CHALLENGE.problem(
    'ConnectTimeout',
    'No address of the login server took a connection in time: packets are dropped on the way.',
    'Ask whoever runs the firewall to let this machine reach `{host}` on port 443.',
    'If the registry has a private endpoint, check the route and the network security group to it.',
    heals=True,
)
REFUSED = CHALLENGE.problem(
    'ConnectionRefused',
    'Nothing listens on port 443 at the addresses that the name resolves to, or a firewall rejects the connection.',
    'Check that `{host}` resolves to the registry\'s addresses (row `dns`), and ask whoever runs the firewall.',
    heals=True,
)
RESET = CHALLENGE.problem(
    'ConnectionReset',
    'The connection was cut while it was being made.',
    'Ask whoever runs the firewall to let this machine reach `{host}` on port 443.',
    heals=True,
)
UNREACHABLE = CHALLENGE.problem(
    'Unreachable',
    'This machine has no route to the addresses that the name resolves to.',
    'Check this machine\'s network, its VPN and its routes; for a private endpoint also the peering of the networks.',
    heals=True,
)
CONNECT_FAILED = CHALLENGE.problem('ConnectFailed', 'The connection could not be made.', heals=True)
PROXY_UNREACHABLE = CHALLENGE.problem(
    'ProxyUnreachable',
    'The configured proxy could not be reached.',
    'Check the address in HTTPS_PROXY, or unset it.',
    'Name the registry in NO_PROXY to go without the proxy: `{host}`.',
    heals=True,
)
PROXY_LOGIN = CHALLENGE.problem(
    'ProxyAuthenticationRequired',
    'The configured proxy wants a login that the setting does not hold, or refuses the one that it holds.',
    'Put the login into the setting: HTTPS_PROXY=http://<user>:<password>@<proxy>:<port> (special characters '
    'percent-encoded).',
)
PROXY_REFUSED = CHALLENGE.problem(
    'ProxyRefused',
    'The configured proxy refuses to connect to the login server.',
    'Ask whoever runs the proxy to allow CONNECT to `{host}:443`.',
    'Name the registry in NO_PROXY to go without the proxy: `{host}`.',
)
PROXY_UNUSABLE = CHALLENGE.problem(
    'ProxyUnusable',
    'The configured proxy cannot be used: its address is not one, or what answers there is no proxy.',
    'Write the setting as HTTPS_PROXY=http://<proxy>:<port>.',
)

NO_ANSWER = CHALLENGE.problem(
    'AnswerTimeout', 'The login server took the request, but its answer did not come whole in time.', heals=True
)
ANSWER_CUT = CHALLENGE.problem('AnswerCut', 'The connection was cut before the whole answer was there.', heals=True)
NOT_HTTP = CHALLENGE.problem(
    'NotHttp',
    'What answers at the login server does not speak HTTP.',
    'Something other than the registry answers: check name resolution, and the proxy.',
)
UNCHALLENGED = CHALLENGE.problem(
    'UnexpectedSuccess',
    'The answer is a page where a challenge should be: this is a sign-on page of the network, or no registry.',
    'Open a web page from this machine and sign on to the network.',
    'Check that `{host}` is the login server.',
)
REDIRECTED = CHALLENGE.problem(
    'Redirected',
    'The answer sends to another place, which a registry never does here: a sign-on page of the network, or '
    'no registry.',
    'Open a web page from this machine and sign on to the network.',
    'Check that `{host}` is the login server.',
)
NO_SUCH_PAGE = CHALLENGE.problem(
    'NotARegistry',
    'What answers has no registry API: the host is not a login server, or the registry is gone.',
    'Check the spelling, and that the registry exists: `az acr show --name {registry}`.',
)
SERVER_ERROR = CHALLENGE.problem(
    'ServerError', 'The registry\'s service answered with an error of its own.', heals=True
)
FOREIGN_DENIAL = CHALLENGE.problem(
    'DeniedOnTheWay',
    'The request was denied by something that is not the registry, most likely a proxy or a filter.',
    'Ask whoever runs the proxy or filter to let `https://{host}/` pass.',
)
UNEXPECTED_STATUS = CHALLENGE.problem('UnexpectedStatus', 'The answer has a status that no registry gives here.')
NO_CHALLENGE = CHALLENGE.problem(
    'NoChallenge',
    'The answer wants a login, but does not say how: the header WWW-Authenticate is missing. A proxy may have '
    'taken it out.',
)
UNREADABLE_CHALLENGE = CHALLENGE.problem(
    'UnreadableChallenge', 'The header WWW-Authenticate does not follow the rules of HTTP.'
)
FOREIGN_REALM = CHALLENGE.problem(
    'ForeignRealm',
    'The challenge asks to send the login to another host than the login server. No token was sent.',
    'Do not log in from here until it is known who answers: this can be an attempt to collect tokens.',
    'Check name resolution and the proxy of this network.',
)
INSECURE_REALM = CHALLENGE.problem(
    'InsecureRealm',
    'The challenge asks to send the login without encryption. No token was sent.',
    'Do not log in from here until it is known who answers: this can be an attempt to collect tokens.',
    'Check name resolution and the proxy of this network.',
)

NO_BEARER = AAD_LOGIN.problem('NoBearerChallenge', 'The challenge offers no scheme that takes a token.')
INCOMPLETE = AAD_LOGIN.problem(
    'IncompleteChallenge', 'The challenge does not say where or for which service a token is to be had.'
)

FAMILIES = (CHALLENGE, AAD_LOGIN)
PROBLEMS = (
    CONNECT_TIMEOUT,
    REFUSED,
    RESET,
    UNREACHABLE,
    CONNECT_FAILED,
    PROXY_UNREACHABLE,
    PROXY_LOGIN,
    PROXY_REFUSED,
    PROXY_UNUSABLE,
    NO_ANSWER,
    ANSWER_CUT,
    NOT_HTTP,
    UNCHALLENGED,
    REDIRECTED,
    NO_SUCH_PAGE,
    SERVER_ERROR,
    FOREIGN_DENIAL,
    UNEXPECTED_STATUS,
    NO_CHALLENGE,
    UNREADABLE_CHALLENGE,
    FOREIGN_REALM,
    INSECURE_REALM,
    NO_BEARER,
    INCOMPLETE,
)
