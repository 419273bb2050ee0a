# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the access token, and of the permissions that it grants."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.model import Family

ACCESS = Family(
    'CONNECTIVITY_ACCESS_TOKEN_ERROR',
    'The login works, but it was not shown that it carries the rights that a pull or a push needs.',
    (
        'Look at the roles: `az role assignment list --assignee ACCOUNT --scope REGISTRY_ID '
        '--include-inherited`.',
        'Assign the role that is missing, and allow some minutes for it to spread.',
    ),
    links.documented('CONNECTIVITY_ACCESS_TOKEN_ERROR'),
)

TOKEN_REFUSED = ACCESS.problem(
    'Unauthorized',
    'The registry gives this account no access token for what was asked.',
    refresh_token.ASSIGN,
    'Check the name of the repository, and say with --need which rights count: a reader needs '
    '`--need pull`.',
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
    "The answer of the registry's token service holds no access token.",
    *refresh_token.EXCHANGE_UNREADABLE.solutions,
)

TOKEN_OPAQUE = ACCESS.problem(
    'UnreadableToken',
    'An access token came, but it does not tell which rights it carries.',
    'Try the pull itself; what this token allows cannot be told from outside.',
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

NO_PERMISSIONS = ACCESS.problem(
    'NoPermissions',
    'The account has no right at all on the repository.',
    refresh_token.ASSIGN,
    'Check the name of the repository.',
    'If fewer rights are enough, say so with --need: a reader needs `--need pull`.',
    transient=True,
)

ACTIONS_MISSING = ACCESS.problem(
    'ActionsMissing',
    'The account has some of the rights that were asked for on the repository, but not all.',
    "If a reader's rights are enough, say so: `--need pull`. Else ask somebody who may assign "
    'roles on the registry to'
    ' run: `az role assignment create --assignee {account} --role "{role}" --scope {registry_id}`, '
    'likewise for every'
    ' other role among the facts (takes some minutes to work).',
    transient=True,
)

ABAC_ROLE_NEEDED = ACCESS.problem(
    'AbacRoleNeeded',
    'The account has no right on the repository, and this registry grants rights by repository '
    '(ABAC): AcrPull,'
    ' AcrPush, AcrDelete, Reader, Contributor and Owner give no access to its images. Container '
    'Registry Repository'
    ' Reader, Writer and Contributor do.',
    refresh_token.ASSIGN,
    'If the account has such a role, look at its condition, and at the name of the repository: `az '
    'role assignment list'
    ' --assignee {account} --scope {registry_id} --include-inherited`.',
    transient=True,
)

PERMISSIONS_UNVERIFIED = ACCESS.problem(
    'PermissionsUnverified',
    'The login works, but neither the refresh token nor the access token carries a right on the '
    'registry, '
    'so that nothing shows that a pull would work.',
    'Name a repository to be sure: `--repository REPOSITORY`.',
    refresh_token.ASSIGN,
)

REPOSITORY_NEEDED = ACCESS.problem(
    'RepositoryNeeded',
    'The registry grants its rights by repository, so that nothing can be told without naming one.',
    'Name a repository: `--repository REPOSITORY --need pull`.',
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
    NO_PERMISSIONS,
    ACTIONS_MISSING,
    ABAC_ROLE_NEEDED,
    PERMISSIONS_UNVERIFIED,
    REPOSITORY_NEEDED,
)
