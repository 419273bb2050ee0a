# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Problems of the credentials that container clients store on this machine."""

from azext_acrhealth.advice import POSIX, WINDOWS, Variant
from azext_acrhealth.catalogue import links
from azext_acrhealth.model import Family

_REMOVE_VARIABLE = (
    Variant(
        'Remove the environment variable, which Docker prefers to the logins that it stores: '
        '`unset {variable}`.',
        platforms=POSIX,
        filled='variable',
    ),
    Variant(
        'Remove the environment variable, which Docker prefers to the logins that it stores: '
        '`Remove-Item Env:{variable}`.',
        platforms=WINDOWS,
        filled='variable',
    ),
)
_LOGOUT = (
    Variant(
        'Remove the stored login: `{client} logout {host}`.',
        engines=('docker', 'podman', 'nerdctl', 'finch'),
        filled='client',
    ),
    Variant('Remove the stored login: `helm registry logout {host}`.', engines=('helm',)),
    *_REMOVE_VARIABLE,
)
# The first Azure CLI whose `az acr login` can log in to a regional host.
_REGIONAL_LOGIN = '2.86'
LOGIN_AGAIN = (
    Variant(
        'Log in again with Docker, which stores a token that is valid for three hours: `az acr '
        'login --name {registry}`.',
        engines=('docker', 'nerdctl', 'finch'),
        unfilled='region',
    ),
    Variant(
        'Log in again to the regional host with Docker, which stores a token that is valid for '
        'three hours: `az acr login --name {registry} --endpoint {region}`.',
        since=_REGIONAL_LOGIN,
        engines=('docker', 'nerdctl', 'finch'),
        filled='region',
    ),
    Variant(
        'Log in again with Podman: `DOCKER_COMMAND=podman az acr login --name {registry}`.',
        platforms=POSIX,
        engines=('podman',),
        unfilled='region',
    ),
    Variant(
        "Log in again with Podman: `$env:DOCKER_COMMAND = 'podman'; az acr login --name "
        '{registry}`.',
        platforms=WINDOWS,
        engines=('podman',),
        unfilled='region',
    ),
    Variant(
        'Log in again to the regional host with Podman: `DOCKER_COMMAND=podman az acr login '
        '--name {registry} --endpoint {region}`.',
        since=_REGIONAL_LOGIN,
        platforms=POSIX,
        engines=('podman',),
        filled='region',
    ),
    Variant(
        "Log in again to the regional host with Podman: `$env:DOCKER_COMMAND = 'podman'; az acr "
        'login --name {registry} --endpoint {region}`.',
        since=_REGIONAL_LOGIN,
        platforms=WINDOWS,
        engines=('podman',),
        filled='region',
    ),
    Variant(
        'Log in again to the regional host: `az acr login --name {registry} --expose-token '
        '--query accessToken --output tsv | {client} login {host} --username '
        '00000000-0000-0000-0000-000000000000 --password-stdin`.',
        before=_REGIONAL_LOGIN,
        engines=('docker', 'podman', 'nerdctl', 'finch'),
        filled='region',
    ),
    Variant(
        'Log in again with Helm, whose login ends after three hours: `az acr login --name '
        '{registry} --expose-token --query accessToken --output tsv | helm registry login {host} '
        '--username 00000000-0000-0000-0000-000000000000 --password-stdin`.',
        engines=('helm',),
    ),
)
_WITHOUT_HELPER = (
    'Remove {setting} from `{file}` and log in again. The login is then stored unencrypted in the '
    'file, where anyone who can read the file can use it.'
)

STORED = Family(
    'STORED_CREDENTIAL_ERROR',
    "Docker, Podman, or Helm stores a login for the registry on this machine that doesn't work, or "
    "can't access it.",
    ('Log in again: `az acr login --name {registry}`.', *_LOGOUT),
    links.TROUBLESHOOT_LOGIN,
)

EXPIRED = STORED.problem(
    'StoredTokenExpired',
    'The token that the client stores for the registry has expired. The registry refuses its '
    "pulls and pushes or treats them as anonymous, regardless of the Azure CLI's account.",
    *_REMOVE_VARIABLE,
    *LOGIN_AGAIN,
    'Log in at the start of each job in a pipeline, or use a managed identity for the pulls of a '
    'cluster.',
)
MISMATCH = STORED.problem(
    'StoredTokenMismatch',
    "The client stores a token for another registry under this registry's name, and this registry "
    'refuses it.',
    *_LOGOUT,
    *LOGIN_AGAIN,
)
UNREADABLE = STORED.problem(
    'ConfigUnreadable',
    "The file in which the client stores its logins can't be read, so the client pulls without a "
    'login or not at all.',
    'Make sure that you can read `{file}`, and that it is valid JSON in UTF-8 without a byte '
    'order mark.',
    Variant(
        'Rename the file if it is damaged, which also removes its other logins and settings. The '
        'next login creates a new file.',
        filled='client',
    ),
)
HELPER_MISSING = STORED.problem(
    'HelperMissing',
    "The client's configuration names a credential helper that isn't installed, so the client "
    'pulls without a login or not at all.',
    'Install the credential helper `docker-credential-{helper}`, and make sure that it is on PATH.',
    _WITHOUT_HELPER,
)
HELPER_FAILED = STORED.problem(
    'HelperFailed',
    "The credential helper that stores the client's logins fails, so the client pulls without a "
    'login or not at all.',
    # The helper writes its error to the stream on which it otherwise prints the secret.
    'Run the helper to see its error, but only where nobody else can see your screen, because it '
    'prints the password if it succeeds: `echo {host} | docker-credential-{helper} get`.',
    "Unlock the keyring if it's locked, or run the client in a session where the keyring can "
    'prompt.',
    _WITHOUT_HELPER,
)
HELPER_TIMEOUT = STORED.problem(
    'HelperTimeout',
    "The credential helper that stores the client's logins doesn't respond. It can be waiting for "
    'a keyring to be unlocked.',
    Variant(
        'Unlock the keyring, or run the helper without printing the password: `echo {host} | '
        'docker-credential-{helper} get > /dev/null`.',
        platforms=POSIX,
    ),
    Variant(
        'Unlock the keyring, or run the helper without printing the password: `echo {host} | '
        'docker-credential-{helper} get > $null`.',
        platforms=WINDOWS,
    ),
    _WITHOUT_HELPER,
    transient=True,
)

HOST_CASE = STORED.problem(
    'HostCaseMismatch',
    "The login is stored under the host's name with other uppercase and lowercase letters. Clients "
    'look up the exact name, so they pull without a login.',
    'Write the host in lowercase in image names, in `login`, and in configuration files.',
    *LOGIN_AGAIN,
    Variant(
        'Remove the login that is never used: `{client} logout {found}`.',
        engines=('docker', 'podman', 'nerdctl', 'finch'),
        filled='client',
    ),
    Variant(
        'Remove the login that is never used: `helm registry logout {found}`.', engines=('helm',)
    ),
)
HELPER_READ_ONLY = STORED.problem(
    'HelperReadOnly',
    "The credential helper that the client's configuration names for the registry gets logins from "
    "elsewhere and can't store any, so a login fails or is lost, including that of `az acr login`.",
    'Limit the helper to the registries that it is for: in `{file}`, name it for each of them '
    'under "credHelpers" in place of {setting}. Logins to other registries are then stored '
    'unencrypted in the file, where anyone who can read the file can use them.',
    'Name a helper for {host} under "credHelpers" that can store logins, such as osxkeychain, '
    'wincred, or secretservice.',
    'Log in again afterwards: `az acr login --name {registry}`.',
)

FAMILIES = (STORED,)
PROBLEMS = (
    EXPIRED,
    MISMATCH,
    UNREADABLE,
    HELPER_MISSING,
    HELPER_FAILED,
    HELPER_TIMEOUT,
    HOST_CASE,
    HELPER_READ_ONLY,
)
