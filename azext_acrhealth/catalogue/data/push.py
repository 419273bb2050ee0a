# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a push: the upload that --push starts, and its cancel."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication.permissions import GRANT
from azext_acrhealth.catalogue.registry.usage import list_untagged
from azext_acrhealth.catalogue.shared_problems import SUPPORT, too_large, unknown_code
from azext_acrhealth.catalogue.shell import BYPASS_PROXY
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
    'The registry denies the upload: the account might not be allowed to push, the repository '
    'might be locked against writes, or a policy forbids them.',
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
DISALLOWED = PUSH.problem(
    'OperationDisallowed',
    'The registry disallows this operation. It does so for three reasons: the repository or the '
    'image is locked, the registry has reached its storage limit, or the image is in quarantine.',
    'Check whether the repository is locked against writes (`writeEnabled`): `az acr repository '
    'show --name {registry} --repository {repository} --query changeableAttributes`.',
    'Check whether the tag that you push is locked against writes: `az acr repository show --name '
    '{registry} --image {image} --query changeableAttributes`.',
    'Compare the size with the storage limit of the tier, 40 TiB or more: `az acr show-usage '
    '--name {registry} --output table`.',
    'Check whether the registry puts pushed images in quarantine: `az acr show --name {registry} '
    '--query policies.quarantinePolicy.status`.',
)
REPOSITORY_LOCKED = PUSH.problem(
    'RepositoryLocked',
    'The repository is locked against writes, so the registry rejects every push, with any '
    'permission: at the start of an upload, or at its end when the manifest is pushed.',
    'Push to another repository if the lock is intended.',
    'Unlock the repository if the lock is a mistake, which allows all accounts with push '
    'permissions to change it: `az acr repository update --name {registry} --repository '
    '{repository} --write-enabled true`.',
    link=links.IMAGE_LOCK,
)
IMAGE_LOCKED = PUSH.problem(
    'ImageLocked',
    'The tag or its manifest is locked against writes. Layers can be uploaded, but the registry '
    'rejects the manifest at the end of a push to this tag, with any permission.',
    'Push with another tag if the lock is intended: released versions are often locked.',
    'Unlock the image if the lock is a mistake, which allows all accounts with push permissions to '
    'replace it: `az acr repository update --name {registry} --image {image} --write-enabled '
    'true`.',
    link=links.IMAGE_LOCK,
)
QUARANTINED = PUSH.problem(
    'Quarantined',
    "The image is in quarantine: the registry's policy disallows operations on it until a scanner "
    'releases it.',
    "Ask the operator of the registry's scanner, or an account with the AcrQuarantineWriter role, "
    'to release the image.',
    'Push with another tag.',
    transient=True,
)
GRANT_REJECTED = PUSH.problem(
    'GrantRejected',
    'The registry issued an access token that grants push on this repository, and then rejected '
    "it, so another role doesn't help. A condition of a role assignment might exclude the "
    'repository, the repository might be the target of an artifact cache rule, or a host '
    'other than the one that the request reached issued the token.',
    'Check whether an artifact cache rule has this repository as its target: `az acr cache list '
    '--registry {registry} --output table`.',
    'Try again with the login server if you specified another host of the registry: `az acrhealth '
    'check --name {registry} --repository {repository} --push`.',
    SUPPORT,
    transient=True,
)
UNKNOWN_CODE = unknown_code(PUSH)
TOO_LARGE = too_large(
    PUSH,
    'Use a client that uploads layers in chunks, or build smaller layers, if the front end of the '
    'registry returned the error.',
)
READ_ONLY = PUSH.problem(
    'ReadOnly',
    "The registry doesn't support uploads at this host: it is a connected registry in ReadOnly "
    'mode, for example, or another read-only host.',
    "Push to the registry's own login server; a connected registry accepts uploads only in "
    'ReadWrite mode.',
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
LENGTH_CHANGED = PUSH.problem(
    'ContentLengthChanged',
    'The registry rejects the length of the upload, although this command sent the correct length. '
    'A proxy that buffers requests or sends them in chunks changes it.',
    'Ask your network administrator to check the proxies between this machine and `{host}`: they '
    'must pass on Content-Length and the whole request.',
    *BYPASS_PROXY,
)
SIZE_UNVERIFIED = PUSH.problem(
    'SizeUnverified',
    "The upload of the size in --push-size didn't finish before the time limit of the run, so "
    "it isn't known whether an upload of this size works. The upload was canceled.",
    'Increase the time limit of the run with `--timeout`.',
    'Use a smaller size with `--push-size`.',
    transient=True,
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

CACHE_REPOSITORY = PUSH.problem(
    'CacheRepository',
    'A cache rule pulls the images of this repository from another registry. By default, the '
    'registry denies pushes to such repositories.',
    'Push to another repository, which no cache rule covers: `az acr cache list --registry '
    '{registry} --query "[].[name, targetRepository]"`.',
    'Allow pushes to the repositories of all cache rules of the registry, for all accounts with '
    'push permissions, which is a preview: `az resource update --ids {registry_id} --api-version '
    '2026-09-01-preview --set properties.writableCacheRepos=Enabled`.',
)

FAMILIES = (PUSH,)
PROBLEMS = (
    CACHE_REPOSITORY,
    UNAUTHORIZED,
    DENIED,
    BLOCKED_BY_INTERMEDIARY,
    NAME_INVALID,
    QUOTA,
    DISALLOWED,
    REPOSITORY_LOCKED,
    IMAGE_LOCKED,
    QUARANTINED,
    GRANT_REJECTED,
    UNKNOWN_CODE,
    TOO_LARGE,
    READ_ONLY,
    SESSION_LOST,
    UNUSABLE_LOCATION,
    SERVER_ERROR,
    UNEXPECTED_STATUS,
    TIMEOUT,
    CUT,
    RESET,
    NOT_HTTP,
    LENGTH_CHANGED,
    SIZE_UNVERIFIED,
    CANCEL_REFUSED,
    UPLOAD_REMAINS,
)
