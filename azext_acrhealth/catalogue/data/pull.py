# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull, which the manifest and the layers have in common."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.shared_problems import SUPPORT, too_large, unknown_code
from azext_acrhealth.model import Family

PULL = Family(
    'IMAGE_PULL_ERROR',
    "The login succeeds, but the image can't be pulled.",
    ('Pull the image with debug output: `docker --debug pull {login_server}/{image}`.', SUPPORT),
    links.PULL,
)

_RETRY = (
    'Try again in a few minutes.',
    'Ask your network administrator whether a firewall or proxy delays or blocks responses from '
    '`{host}` if the problem persists.',
)

QUARANTINED = PULL.problem(
    'Quarantined',
    "The image is quarantined: the registry's policy hides pushed images until a scanner releases "
    'them.',
    "Ask the operator of the registry's scanner, or an account with the AcrQuarantineWriter role, "
    'to release the image.',
    'Disable quarantine if no scanner releases images, which makes all images in the registry '
    'available without a scan: `az resource update --ids {registry_id} --set'
    ' properties.policies.quarantinePolicy.status=disabled`.',
    transient=True,
)

UNAUTHORIZED = PULL.problem(
    'Unauthorized',
    "The registry issued a token, but the token doesn't grant read access to this repository.",
    *GRANT.general,
    'Check the name of the repository.',
    transient=True,
)

DENIED = PULL.problem(
    'Denied',
    'The registry denies reading this image: the account might not be allowed to, the image might '
    'be locked against reads, or a policy forbids them.',
    'Check whether the image is locked: `az acr repository show --name {registry} --image {image} '
    '--query changeableAttributes`.',
    'Unlock the image if the lock is a mistake, which allows all accounts with pull permissions to '
    'read it: `az acr repository update --name {registry} --image {image} --read-enabled true`.',
    link=links.IMAGE_LOCK,
)

BLOCKED_BY_INTERMEDIARY = PULL.problem(
    'BlockedByIntermediary',
    "An intermediary, such as a proxy or firewall, denied the request: the response didn't come "
    'from the registry or its storage.',
    'Ask your network administrator to allow requests to `{host}` through proxies and firewalls.',
)

DISALLOWED = PULL.problem(
    'OperationDisallowed',
    'The registry disallows this operation. It does so for three reasons: the repository or the '
    'image is locked, the image is in quarantine, or the registry has reached its storage limit.',
    'Check whether the repository is locked against reads (`readEnabled`): `az acr repository show '
    '--name {registry} --repository {repository} --query changeableAttributes`.',
    'Check whether the image is locked against reads (`readEnabled`) or in quarantine '
    '(`quarantineState`): `az acr repository show --name {registry} --image {image} --query '
    'changeableAttributes`.',
    'Check whether the registry puts pushed images in quarantine: `az acr show --name {registry} '
    '--query policies.quarantinePolicy.status`.',
    'Compare the size with the storage limit of the tier, 40 TiB or more: `az acr show-usage '
    '--name {registry} --output table`.',
)

REPOSITORY_LOCKED = PULL.problem(
    'RepositoryLocked',
    'The repository is locked against reads, so no image in it can be pulled, with any permission.',
    'Unlock the repository if the lock is a mistake, which allows all accounts with pull '
    'permissions to read it: `az acr repository update --name {registry} --repository '
    '{repository} --read-enabled true`.',
    link=links.IMAGE_LOCK,
)

IMAGE_LOCKED = PULL.problem(
    'ImageLocked',
    "The image is locked against reads, so it can't be pulled, with any permission.",
    'Unlock the image if the lock is a mistake, which allows all accounts with pull permissions to '
    'read it: `az acr repository update --name {registry} --image {image} --read-enabled true`.',
    link=links.IMAGE_LOCK,
)

GRANT_REJECTED = PULL.problem(
    'GrantRejected',
    'The registry issued an access token that grants pull on this repository, and then rejected '
    "it, so another role doesn't help. The repository might be the target of an artifact cache "
    'rule whose source registry rejects the credentials, a condition of a role assignment might '
    'exclude the image, or a host other than the one that was reached issued the token.',
    'Check whether an artifact cache rule has this repository as its target: `az acr cache list '
    '--registry {registry} --output table`.',
    'Check the health of the credential sets of cache rules: `az acr credential-set list '
    '--registry {registry}`.',
    'Try again with the login server if you specified another host of the registry: `az acrhealth '
    'check --name {registry} --repository {repository} --need pull`.',
    SUPPORT,
    transient=True,
)

UNKNOWN_CODE = unknown_code(PULL)
TOO_LARGE = too_large(PULL)

DENIALS = (
    DISALLOWED,
    REPOSITORY_LOCKED,
    IMAGE_LOCKED,
    GRANT_REJECTED,
    UNKNOWN_CODE,
    TOO_LARGE,
)

SERVER_ERROR = PULL.problem(
    'ServerError',
    'The registry or its storage returned a server error, or throttles requests.',
    'Try again in a few minutes.',
    SUPPORT,
    transient=True,
)

UNEXPECTED_STATUS = PULL.problem(
    'UnexpectedStatus',
    "The response has a status that the registry doesn't return for a pull. An intermediary might "
    'have sent it.',
)

TIMEOUT = PULL.problem(
    'ResponseTimeout',
    "The response didn't arrive, or wasn't complete, in time.",
    *_RETRY,
    transient=True,
)

CUT = PULL.problem(
    'ResponseIncomplete',
    'The connection closed before the response was complete.',
    *_RETRY,
    transient=True,
)

RESET = PULL.problem(
    'ResponseReset',
    'The connection was reset during the transfer.',
    *_RETRY,
    transient=True,
)

NOT_HTTP = PULL.problem(
    'UnreadableResponse',
    "The response isn't valid HTTP.",
    'Ask your network administrator which device responds in place of `{host}`.',
)

FAMILIES = (PULL,)
PROBLEMS = (
    QUARANTINED,
    UNAUTHORIZED,
    DENIED,
    BLOCKED_BY_INTERMEDIARY,
    *DENIALS,
    SERVER_ERROR,
    UNEXPECTED_STATUS,
    TIMEOUT,
    CUT,
    RESET,
    NOT_HTTP,
)
