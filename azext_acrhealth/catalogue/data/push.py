# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a push: the upload that --push starts, and its cancel."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.data.pull import SUPPORT
from azext_acrhealth.catalogue.registry.usage import list_untagged
from azext_acrhealth.model import Family

PUSH = Family(
    'IMAGE_PUSH_ERROR',
    "The login succeeds, but an upload to the repository can't be started, written to, or "
    'canceled.',
    (
        'Push an image with debug output, which creates or replaces the tag: `docker --debug push '
        '{host}/{repository}:TAG`.',
        SUPPORT,
    ),
    links.PUSH,
)
_PROXY = (
    'Ask your network administrator to check the proxies and firewalls between this machine and '
    '`{host}`: a proxy can allow pulls, but block requests that send data.'
)
_HARMLESS = (
    "Ignore the unfinished upload if pushes work: it isn't an image, has no tag, and doesn't "
    'affect other pushes.'
)

UNAUTHORIZED = PUSH.problem(
    'Unauthorized',
    "The registry issued a token, but the token doesn't grant push access to this repository.",
    *GRANT.general,
    'Check the name of the repository.',
    transient=True,
)
DENIED = PUSH.problem(
    'Denied',
    'The registry denies the upload: the repository is locked against writes, or a policy forbids '
    'them.',
    'Check whether the repository is locked: `az acr repository show --name {registry} '
    '--repository {repository} --query changeableAttributes`.',
    'Unlock the repository if the lock is a mistake, which allows all accounts with push '
    'permissions to change it: `az acr repository update --name {registry} --repository '
    '{repository} --write-enabled true`.',
    link=links.IMAGE_LOCK,
)
BLOCKED_BY_INTERMEDIARY = PUSH.problem(
    'BlockedByIntermediary',
    "An intermediary, such as a proxy or firewall, denied the request: the response didn't come "
    'from the registry.',
    'Ask your network administrator to allow requests to `{host}` through proxies and firewalls, '
    'including the methods POST, PATCH, PUT, and DELETE.',
)
NAME_INVALID = PUSH.problem(
    'InvalidRepositoryName',
    "The registry doesn't accept this repository name.",
    'Choose another name: lowercase letters and digits, with single separators (`.`, `_`, `-`) '
    'between them, and at most 256 characters.',
)
QUOTA = PUSH.problem(
    'QuotaExceeded',
    "The registry can't store more data: its storage limit, or a quota of its tier, is reached.",
    'Check the usage: `az acr show-usage --name {registry} --output table`.',
    *list_untagged('{repository}'),
    'Choose a higher tier, which costs more: `az acr update --name {registry} --sku Premium`.',
)
READ_ONLY = PUSH.problem(
    'ReadOnly',
    "The registry doesn't accept uploads at this host: the host is read-only, or an intermediary "
    'blocks POST requests.',
    "Push to the registry's own login server; a connected registry accepts uploads only in "
    'ReadWrite mode.',
    _PROXY,
)
SESSION_LOST = PUSH.problem(
    'UploadSessionLost',
    'The registry no longer recognizes the upload that it just started: the requests of a push '
    'reach different replicas, or an intermediary distributes or changes them.',
    'Push to the host of a single region.',
    'Stop routing requests to another replica, which affects all clients of the registry: `az '
    'resource update --ids {registry_id}/replications/REGION --set '
    'properties.regionEndpointEnabled=false`.',
    'Ask your network administrator to route all requests to `{host}` through a single proxy that '
    "doesn't change query strings.",
    transient=True,
)
UNUSABLE_LOCATION = PUSH.problem(
    'UnusableLocation',
    "The registry started an upload, but the Location of its response isn't safe to follow: a "
    'registry accepts uploads over HTTPS, at the login server itself.',
    'Ask your network administrator which device between this machine and `{host}` changes '
    'responses.',
)
SERVER_ERROR = PUSH.problem(
    'ServerError',
    'The registry returned a server error.',
    'Try again in a few minutes.',
    SUPPORT,
    transient=True,
)
UNEXPECTED_STATUS = PUSH.problem(
    'UnexpectedStatus',
    "The response has a status that the registry doesn't return for a push. An intermediary might "
    'have sent it.',
)
TIMEOUT = PUSH.problem(
    'ResponseTimeout',
    "The response didn't arrive, or wasn't complete, in time.",
    _PROXY,
    transient=True,
)
CUT = PUSH.problem(
    'ResponseIncomplete',
    'The connection closed before the response was complete.',
    _PROXY,
    transient=True,
)
RESET = PUSH.problem(
    'ResponseReset',
    'The connection was reset during the upload.',
    _PROXY,
    transient=True,
)
NOT_HTTP = PUSH.problem(
    'UnreadableResponse',
    "The response isn't valid HTTP.",
    'Ask your network administrator which device responds in place of `{host}`.',
)
CANCEL_REFUSED = PUSH.problem(
    'CancelRefused',
    "Pushes work, but this account isn't allowed to cancel an upload, which requires the "
    'permission to delete. The unfinished test upload remains in the repository.',
    _HARMLESS,
    'Grant the permission to delete only if the upload must not remain, because it also allows the '
    'account to delete images.',
    *GRANT.general,
)
UPLOAD_REMAINS = PUSH.problem(
    'UploadRemains',
    "Pushes work, but the test upload couldn't be canceled, or still exists although the registry "
    'accepted the cancel request. It remains unfinished in the repository.',
    _HARMLESS,
    SUPPORT,
)

FAMILIES = (PUSH,)
PROBLEMS = (
    UNAUTHORIZED,
    DENIED,
    BLOCKED_BY_INTERMEDIARY,
    NAME_INVALID,
    QUOTA,
    READ_ONLY,
    SESSION_LOST,
    UNUSABLE_LOCATION,
    SERVER_ERROR,
    UNEXPECTED_STATUS,
    TIMEOUT,
    CUT,
    RESET,
    NOT_HTTP,
    CANCEL_REFUSED,
    UPLOAD_REMAINS,
)
