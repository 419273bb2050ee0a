# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of a pull, which the manifest and the layers have in common."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.catalogue.authentication import refresh_token
from azext_acrhealth.model import Family

PULL = Family(
    'IMAGE_PULL_ERROR',
    'The login works, but the image cannot be pulled.',
    (
        'Pull it by hand, with all that a client says: `docker --debug pull {host}/{image}`.',
        "Hand the row to Microsoft's support (`-o json`): it holds the times and correlation ids.",
    ),
    links.TROUBLESHOOT_ACCESS,
)

_RETRY = "Try again in a moment; if it persists, hand the row to Microsoft's support (`-o json`)."

QUARANTINED = PULL.problem(
    'Quarantined',
    "The image is in quarantine: the registry's policy hides what is pushed until a scanner has "
    'let it pass.',
    'Let the scanner that feeds this registry pass the image, or ask somebody with the role '
    'AcrQuarantineWriter to.',
    'Without such a scanner switch the quarantine off: `az resource update --ids {registry_id} '
    '--set'
    ' properties.policies.quarantinePolicy.status=disabled`.',
    transient=True,
)

UNAUTHORIZED = PULL.problem(
    'Unauthorized',
    'The registry gave a token, but does not let it read this repository.',
    refresh_token.ASSIGN,
    'Check the name of the repository.',
    transient=True,
)

DENIED = PULL.problem(
    'Denied',
    'The registry refuses to hand out this image: it is locked against reading, or a policy '
    'forbids it.',
    'Look whether it is locked: `az acr repository show --name {registry} --image {image} --query'
    ' changeableAttributes`; unlock it with `az acr repository update --name {registry} --image '
    '{image} --read-enabled'
    ' true`.',
)

BLOCKED_BY_INTERMEDIARY = PULL.problem(
    'BlockedByIntermediary',
    'Something on the way refuses the request: the answer was not written by the registry or its '
    'storage.',
    'Ask whoever runs the proxy or firewall that the row names to let requests to `{host}` pass.',
)

SERVER_ERROR = PULL.problem(
    'ServerError',
    'The registry, or its storage, answers with an error of its own.',
    _RETRY,
    transient=True,
)

UNEXPECTED_STATUS = PULL.problem(
    'UnexpectedStatus',
    'The answer has a status that no pull expects; something else may have written it.',
)

TIMEOUT = PULL.problem(
    'ResponseTimeout',
    'The answer did not come, or did not come whole, in time.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of '
    '`{host}`.',
    transient=True,
)

CUT = PULL.problem(
    'ResponseIncomplete',
    'The transfer broke off before all of it was there.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of '
    '`{host}`.',
    transient=True,
)

RESET = PULL.problem(
    'ResponseReset',
    'The connection was reset in the middle of the transfer.',
    'Try again; if it persists, ask whoever runs the firewall or proxy what happens to answers of '
    '`{host}`.',
    transient=True,
)

NOT_HTTP = PULL.problem(
    'UnreadableResponse',
    'What came back is not HTTP.',
    'Ask whoever runs the firewall or proxy what answers in the place of `{host}`.',
)

FAMILIES = (PULL,)
PROBLEMS = (
    QUARANTINED,
    UNAUTHORIZED,
    DENIED,
    BLOCKED_BY_INTERMEDIARY,
    SERVER_ERROR,
    UNEXPECTED_STATUS,
    TIMEOUT,
    CUT,
    RESET,
    NOT_HTTP,
)
