# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of exchanging the Entra token for a refresh token."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.shared_problems import too_large, unknown_code
from azext_acrhealth.catalogue.shell import CHANGED_RESPONSE, CLOCK_FIRST
from azext_acrhealth.model import Family

REFRESH = Family(
    'CONNECTIVITY_REFRESH_TOKEN_ERROR',
    "The login to the registry with the Azure CLI's account failed.",
    (
        'Sign in again: `az login`.',
        (
            'Make sure that the account has a role on the registry, such as AcrPull, or Container '
            'Registry Repository Reader if the registry uses ABAC repository permissions.'
        ),
    ),
    links.documented('CONNECTIVITY_REFRESH_TOKEN_ERROR'),
)

EXCHANGE_REFUSED = REFRESH.problem(
    'Unauthorized',
    "The registry rejects the account's token: the account has no role on the registry, or the "
    'registry belongs to another tenant.',
    *GRANT.general,
    "Sign in to the registry's tenant if it's another one: `az login --tenant TENANT`.",
    transient=True,
)
EXCHANGE_BLOCKED_BY_INTERMEDIARY = REFRESH.problem(
    'BlockedByIntermediary',
    "An intermediary, such as a proxy or firewall, denied the request: the response didn't come "
    'from the registry.',
    'Ask your network administrator to allow `https://{host}/oauth2/` through the proxy or web '
    'filter.',
)
EXCHANGE_SERVER_ERROR = REFRESH.problem(
    'ServerError',
    "The registry's token service returned an internal error.",
    'Try again in a few minutes.',
    'Open a support request if the problem persists, with the correlation ID {correlation_id} and '
    'the time {at}.',
    transient=True,
)
EXCHANGE_STATUS = REFRESH.problem(
    'UnexpectedStatus',
    "The registry's token service returned an unexpected status.",
    'Try again in a few minutes.',
    *CHANGED_RESPONSE,
)
EXCHANGE_UNREADABLE = REFRESH.problem(
    'UnreadableResponse',
    "The response of the registry's token service has no refresh token.",
    *CHANGED_RESPONSE,
)
REFRESH_TOKEN_NOT_VALID_NOW = REFRESH.problem(
    'TokenNotValidNow',
    "The registry issued a token that isn't valid now according to this machine's clock, so it "
    "can't be used.",
    *CLOCK_FIRST,
    *CHANGED_RESPONSE,
)
EXCHANGE_TIMEOUT = REFRESH.problem(
    'ResponseTimeout',
    "The registry's token service didn't send a complete response in time.",
    'Try again in a few minutes.',
    transient=True,
)
EXCHANGE_RESET = REFRESH.problem(
    'ResponseReset',
    "The connection was reset before the registry's token service responded. Firewalls that "
    'inspect requests do this.',
    'Ask your network administrator to allow `https://{host}/oauth2/` through the firewall or '
    'proxy.',
    transient=True,
)
EXCHANGE_INCOMPLETE = REFRESH.problem(
    'ResponseIncomplete',
    "The connection closed before the registry's token service sent a complete response.",
    'Try again in a few minutes.',
    'Ask your network administrator to check the firewall and proxy if the problem persists.',
    transient=True,
)

# The registry's own tokens are for its login server (wire formats, B).
EXCHANGE_MISMATCH = REFRESH.problem(
    'TokenForAnotherRegistry',
    'The token that was issued is for another registry, so this registry rejects it. An '
    'intermediary might route requests to another registry, or return a cached response.',
    'Ask your network administrator whether a proxy, a load balancer, or a DNS record directs '
    '`{host}` to another registry.',
    'Check the DNS record and the certificate: `az acrhealth check --name {registry} --only dns '
    'tls`.',
)

EXCHANGE_UNKNOWN_CODE = unknown_code(REFRESH)
EXCHANGE_TOO_LARGE = too_large(REFRESH)

FAMILIES = (REFRESH,)
PROBLEMS = (
    EXCHANGE_REFUSED,
    EXCHANGE_BLOCKED_BY_INTERMEDIARY,
    EXCHANGE_SERVER_ERROR,
    EXCHANGE_STATUS,
    EXCHANGE_UNREADABLE,
    REFRESH_TOKEN_NOT_VALID_NOW,
    EXCHANGE_TIMEOUT,
    EXCHANGE_RESET,
    EXCHANGE_INCOMPLETE,
    EXCHANGE_UNKNOWN_CODE,
    EXCHANGE_TOO_LARGE,
    EXCHANGE_MISMATCH,
)
