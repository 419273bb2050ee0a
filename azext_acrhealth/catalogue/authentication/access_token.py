# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the access token, and of the permissions that it grants."""

from azext_acrhealth.advice import Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.shared_problems import too_large, unknown_code
from azext_acrhealth.model import Family

# `all_actions`: the run requires all permissions, as it does without --need, --image and --push.
_NEED_LESS = Variant(
    'Use --need to check only the permissions that you need. For a pull, use `--need pull`.',
    filled='all_actions',
)

ACCESS = Family(
    'CONNECTIVITY_ACCESS_TOKEN_ERROR',
    "The login works, but the permissions that a pull or push requires weren't confirmed.",
    (*GRANT.general,),
    links.documented('CONNECTIVITY_ACCESS_TOKEN_ERROR'),
)

TOKEN_REFUSED = ACCESS.problem(
    'Unauthorized',
    'The registry refuses to issue this account an access token for the requested permissions.',
    *GRANT.general,
    'Check the repository name.',
    _NEED_LESS,
    transient=True,
)

TOKEN_BLOCKED_BY_INTERMEDIARY = ACCESS.problem(
    'BlockedByIntermediary',
    refresh_token.EXCHANGE_BLOCKED_BY_INTERMEDIARY.cause,
    *refresh_token.EXCHANGE_BLOCKED_BY_INTERMEDIARY.solutions,
)

TOKEN_SERVER_ERROR = ACCESS.problem(
    'ServerError',
    refresh_token.EXCHANGE_SERVER_ERROR.cause,
    *refresh_token.EXCHANGE_SERVER_ERROR.solutions,
    transient=True,
)

TOKEN_STATUS = ACCESS.problem(
    'UnexpectedStatus',
    refresh_token.EXCHANGE_STATUS.cause,
    *refresh_token.EXCHANGE_STATUS.solutions,
)

TOKEN_UNREADABLE = ACCESS.problem(
    'UnreadableResponse',
    "The response of the registry's token service has no access token.",
    *refresh_token.EXCHANGE_UNREADABLE.solutions,
)

TOKEN_OPAQUE = ACCESS.problem(
    'UnreadableToken',
    "The registry issued an access token that doesn't state the permissions it grants.",
    "Try the pull, because the permissions of this token can't be determined in advance.",
)

ACCESS_TOKEN_NOT_VALID_NOW = ACCESS.problem(
    'TokenNotValidNow',
    refresh_token.REFRESH_TOKEN_NOT_VALID_NOW.cause,
    *refresh_token.REFRESH_TOKEN_NOT_VALID_NOW.solutions,
)

TOKEN_TIMEOUT = ACCESS.problem(
    'ResponseTimeout',
    refresh_token.EXCHANGE_TIMEOUT.cause,
    *refresh_token.EXCHANGE_TIMEOUT.solutions,
    transient=True,
)

TOKEN_RESET = ACCESS.problem(
    'ResponseReset',
    refresh_token.EXCHANGE_RESET.cause,
    *refresh_token.EXCHANGE_RESET.solutions,
    transient=True,
)

TOKEN_INCOMPLETE = ACCESS.problem(
    'ResponseIncomplete',
    refresh_token.EXCHANGE_INCOMPLETE.cause,
    *refresh_token.EXCHANGE_INCOMPLETE.solutions,
    transient=True,
)

TOKEN_MISMATCH = ACCESS.problem(
    'TokenForAnotherRegistry',
    refresh_token.EXCHANGE_MISMATCH.cause,
    *refresh_token.EXCHANGE_MISMATCH.solutions,
)

TOKEN_UNKNOWN_CODE = unknown_code(ACCESS)

TOKEN_TOO_LARGE = too_large(ACCESS)

NO_PERMISSIONS = ACCESS.problem(
    'NoPermissions',
    'The account has no permissions on the repository.',
    *GRANT.general,
    'Check the repository name.',
    _NEED_LESS,
    transient=True,
)

ACTIONS_MISSING = ACCESS.problem(
    'ActionsMissing',
    'The account has some of the required permissions on the repository, but not all.',
    _NEED_LESS,
    *GRANT.general,
    transient=True,
)

ABAC_ROLE_NEEDED = ACCESS.problem(
    'AbacRoleNeeded',
    'The account has no permissions on the repository, and this registry uses ABAC repository '
    "permissions. AcrPull, AcrPush, AcrDelete, Reader, Contributor, and Owner don't grant access "
    'to its images; Container Registry Repository Reader, Writer, and Contributor do.',
    *GRANT.general,
    'Check the repository name.',
    transient=True,
)

PERMISSIONS_UNVERIFIED = ACCESS.problem(
    'PermissionsUnverified',
    'The login works, but neither the refresh token nor the access token states any permissions '
    "on the registry, so it isn't confirmed that a pull would work.",
    'Specify a repository to check its permissions: `az acrhealth check --name {registry} '
    '--repository REPOSITORY`.',
    *GRANT.general,
)

REPOSITORY_NEEDED = ACCESS.problem(
    'RepositoryNeeded',
    "The registry uses ABAC repository permissions, which can't be determined without a "
    'repository name.',
    'Specify a repository: `az acrhealth check --name {registry} --repository REPOSITORY --need '
    'pull`.',
)

FAMILIES = (ACCESS,)
PROBLEMS = (
    TOKEN_REFUSED,
    TOKEN_BLOCKED_BY_INTERMEDIARY,
    TOKEN_SERVER_ERROR,
    TOKEN_STATUS,
    TOKEN_UNREADABLE,
    TOKEN_OPAQUE,
    ACCESS_TOKEN_NOT_VALID_NOW,
    TOKEN_TIMEOUT,
    TOKEN_RESET,
    TOKEN_INCOMPLETE,
    TOKEN_UNKNOWN_CODE,
    TOKEN_TOO_LARGE,
    TOKEN_MISMATCH,
    NO_PERMISSIONS,
    ACTIONS_MISSING,
    ABAC_ROLE_NEEDED,
    PERMISSIONS_UNVERIFIED,
    REPOSITORY_NEEDED,
)
