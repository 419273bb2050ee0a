# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a push: the upload that --push starts, and its cancel."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.model import Family

PUSH = Family(
    'IMAGE_PUSH_ERROR',
    'The login works, but an upload to the repository cannot be begun, written to, or cancelled.',
    (
        'Push by hand, with all that a client says: `docker --debug push {host}/{repository}:TAG`.',
        "Hand the row to Microsoft's support (`-o json`): it holds the times and correlation ids.",
    ),
    links.TROUBLESHOOT_ACCESS,
)
_PROXY = (
    'Look at what stands between this machine and `{host}`: proxies and firewalls that let a pull '
    'pass may refuse'
    ' requests that send something.'
)
_HARMLESS = (
    'Nothing has to be done in a hurry: it is no image and has no tag, and a push to the '
    'repository works beside it.'
)

UNAUTHORIZED = PUSH.problem(
    'Unauthorized',
    'The registry gave a token, but does not let it push to this repository.',
    refresh_token.ASSIGN,
    "Check the name of the repository; a token of the registry's own needs `content/write` in its "
    'scope map.',
    transient=True,
)
DENIED = PUSH.problem(
    'Denied',
    'The registry refuses the upload: the repository is locked against writing, or a policy '
    'forbids it.',
    'Look whether it is locked: `az acr repository show --name {registry} --repository '
    '{repository} --query'
    ' changeableAttributes`; unlock it with `az acr repository update --name {registry} '
    '--repository {repository}'
    ' --write-enabled true`.',
)
BLOCKED_BY_INTERMEDIARY = PUSH.problem(
    'BlockedByIntermediary',
    'Something on the way refuses the request: the answer was not written by the registry.',
    'Ask whoever runs the proxy or firewall that the row names to let requests to `{host}` pass, '
    'those with the'
    ' methods POST, PATCH, PUT and DELETE, too.',
)
NAME_INVALID = PUSH.problem(
    'RepositoryNameRefused',
    'The registry does not take this name for a repository.',
    'Choose another: lower-case letters and digits, single separators (`.`, `_`, `-`) between '
    'them, at most 256'
    ' characters in all.',
)
QUOTA = PUSH.problem(
    'QuotaExceeded',
    'The registry takes nothing more: it is full, or what its tier allows is used up.',
    'Look at what is used: `az acr show-usage --name {registry} --output table`.',
    'Delete what nobody needs (`az acr run --registry {registry} --cmd "acr purge --filter '
    "'{repository}:.*' --ago"
    ' 30d --untagged --dry-run" /dev/null` shows it), or choose a larger tier: `az acr update '
    '--name {registry} --sku'
    ' Premium`.',
)
READ_ONLY = PUSH.problem(
    'ReadOnly',
    'The registry takes no uploads at this host: it is read-only there, or something on the way '
    'lets no POST pass.',
    "Push to the registry's own login server; a connected registry takes uploads in the mode "
    'ReadWrite alone.',
    _PROXY,
)
SESSION_LOST = PUSH.problem(
    'UploadSessionLost',
    'The registry has forgotten the upload a moment after it was begun: requests of one push reach '
    'different replicas,'
    ' or something on the way spreads or changes them.',
    'Push to the host of one region, or stop sending requests to the other replicas: `az acr '
    'replication update'
    ' --registry {registry} --name REGION --region-endpoint-enabled false`.',
    'Let all requests to `{host}` leave by one proxy, which must not change their query.',
    transient=True,
)
UNUSABLE_LOCATION = PUSH.problem(
    'UnusableLocation',
    'The registry began an upload, but does not tell where to send its content in a way that one '
    'could follow in'
    ' safety: over https, to the login server itself.',
    'Find out what stands between this machine and `{host}`, and changes what it answers.',
)
SERVER_ERROR = PUSH.problem(
    'ServerError',
    'The registry answers with an error of its own.',
    "Try again in a moment; if it persists, hand the row to Microsoft's support (`-o json`).",
    transient=True,
)
UNEXPECTED_STATUS = PUSH.problem(
    'UnexpectedStatus',
    'The answer has a status that no push expects; something else may have written it.',
)
TIMEOUT = PUSH.problem(
    'ResponseTimeout',
    'The answer did not come, or did not come whole, in time.',
    _PROXY,
    transient=True,
)
CUT = PUSH.problem(
    'ResponseIncomplete',
    'The connection broke off before the answer was there.',
    _PROXY,
    transient=True,
)
RESET = PUSH.problem(
    'ResponseReset', 'The connection was reset in the middle of the upload.', _PROXY, transient=True
)
NOT_HTTP = PUSH.problem(
    'UnreadableResponse',
    'What came back is not HTTP.',
    'Ask whoever runs the firewall or proxy what answers in the place of `{host}`.',
)
CANCEL_REFUSED = PUSH.problem(
    'CancelRefused',
    'Pushes work, but the registry lets this account cancel none: that wants the right to delete. '
    'The upload that was'
    ' tried remains, unfinished.',
    _HARMLESS,
    'To try it without a trace, let somebody who may assign roles run: `az role assignment create '
    '--assignee {account}'
    ' --role "{role}" --scope {registry_id}`.',
)
UPLOAD_REMAINS = PUSH.problem(
    'UploadRemains',
    'Pushes work, but the upload that was tried could not be cancelled, or is still there though '
    'its cancel was'
    ' accepted. It remains, unfinished.',
    _HARMLESS,
    "If it happens each time, hand the row to Microsoft's support (`-o json`).",
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
