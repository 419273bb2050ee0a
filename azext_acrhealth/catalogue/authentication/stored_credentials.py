# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the credentials that container clients store on this machine."""

from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

STORED = Family(
    'STORED_CREDENTIAL_ERROR',
    'Docker or Podman keeps a login for the registry on this machine that is of no use, or cannot '
    'get at it.',
    (
        'Log in anew: `az acr login --name {registry}`.',
        'Or forget what is kept: `{client} logout {host}`.',
    ),
    links.TROUBLESHOOT_LOGIN,
)
_LOGIN = (
    'Log in anew: `az acr login --name {registry}` (its token holds for three hours); for podman '
    'with the environment'
    ' variable DOCKER_COMMAND=podman.'
)
_WITHOUT = (
    'Or take {setting} out of `{file}` and log in anew: the login is then kept in the file itself, '
    'for whoever may read'
    ' it.'
)

EXPIRED = STORED.problem(
    'StoredTokenExpired',
    'The token that the client keeps for the registry has run out: its pulls and pushes are '
    'refused, or anonymous,'
    ' whatever the Azure CLI is logged in with.',
    _LOGIN,
    'In a pipeline log in at the beginning of each job; on a cluster let a managed identity pull.',
)
MISMATCH = STORED.problem(
    'StoredTokenMismatch',
    "What the client keeps under the registry's name is a token for another registry, which this "
    'one refuses.',
    'Forget it: `{client} logout {host}`.',
    _LOGIN,
)
UNREADABLE = STORED.problem(
    'ConfigUnreadable',
    'The file in which the client keeps its logins cannot be read: it pulls without one, or not at '
    'all.',
    'Look at `{file}`: who may read it, and whether it holds JSON, in UTF-8 without a byte order '
    'mark; moved away, it'
    ' is written anew by the next login.',
)
HELPER_MISSING = STORED.problem(
    'HelperMissing',
    "The client's settings hand logins to a helper that is not installed here: it pulls without a "
    'login, or not at'
    ' all.',
    'Install the helper, `docker-credential-{helper}`, and see that it is on the PATH.',
    _WITHOUT,
)
HELPER_FAILED = STORED.problem(
    'HelperFailed',
    "The helper that keeps the client's logins fails: it pulls without a login, or not at all.",
    # The helper writes its error to the stream on which it otherwise prints the secret.
    'See what it says, where nobody looks on, since it prints the password when it succeeds:'
    ' `echo {host} | docker-credential-{helper} get`; a keyring may be locked, or have no session '
    'to ask in.',
    _WITHOUT,
)
HELPER_TIMEOUT = STORED.problem(
    'HelperTimeout',
    "The helper that keeps the client's logins does not answer: it may be waiting for somebody to "
    'unlock a keyring.',
    'Unlock the keyring, or run it by hand: `echo {host} | docker-credential-{helper} get > '
    '/dev/null`.',
    _WITHOUT,
    transient=True,
)

FAMILIES = (STORED,)
PROBLEMS = (EXPIRED, MISMATCH, UNREADABLE, HELPER_MISSING, HELPER_FAILED, HELPER_TIMEOUT)
