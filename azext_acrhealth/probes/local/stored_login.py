# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the logins that docker and podman would use for a host: in their files or in a helper."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of, text_of
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.docker_config import FileKind, credential_files, read
from azext_acrhealth.probes.local.docker_credential_helper import (
    HelperKind,
    Login,
    Run,
    get_login,
    is_helper_name,
)

StoredLoginKind = Literal[FileKind, HelperKind]

# The user names that mark a secret as a token: the registry's convention, and docker's.
TOKEN_USER, TOKEN = '00000000-0000-0000-0000-000000000000', '<token>'
_API_VERSION = re.compile(r'/v[12]/?$')
# The unencoded secrets of an entry that each client reads.
_UNENCODED = {
    'docker': ('identitytoken', 'registrytoken', 'password'),
    'podman': ('identitytoken',),
}


@dataclass(frozen=True)
class StoredLogin:
    """The login that a client's file has for a host.

    `secret` is a password or a token, and is never shown. Without `secret` and without `failure`
    nothing is stored. `setting` is the place in the file that names the `helper`.
    """

    client: str
    file: str
    secret: str = field(default='', repr=False)
    helper: str | None = None
    failure: Failure[StoredLoginKind] | None = None
    user: str = ''
    setting: str = ''


def stored_logins(
    host: str, repository: str | None, deadline: float, run: Run = process.run
) -> list[StoredLogin]:
    """Return an entry for each existing file, with its login for a host if any.

    Only the helpers that a file names for the host are run.
    """
    entries = []
    for file in credential_files():
        content = read(file)
        if isinstance(content, Failure):
            entries.append(StoredLogin(file.client, file.shown, failure=content))
        elif content is not None:
            helper, setting = _find_helper(content, host, file.client)
            result = (
                get_login(helper, host, deadline, run)
                if helper
                else _find_login(content, host, repository, file.client)
            )
            failure, login = (result, Login()) if isinstance(result, Failure) else (None, result)
            entries.append(
                StoredLogin(
                    file.client,
                    file.shown,
                    login.secret,
                    helper if is_helper_name(helper) else None,
                    failure,
                    login.user,
                    setting if helper else '',
                )
            )
    return entries


def _find_helper(content: Mapping[str, Any], host: str, client: str) -> tuple[str, str]:
    """Return the helper for a host, empty when there is none, and the setting that names it.

    The host's own helper, even an empty one, overrides the helper for all hosts, which podman does
    not support.
    """
    helpers = object_of(content.get('credHelpers'))
    keys = sorted(helpers, key=lambda key: key != host)
    key = next((key for key in keys if key.lower() == host.lower()), None)
    if key is not None:
        return text_of(helpers[key]) or '', f'"{key}" under "credHelpers"'
    return (text_of(content.get('credsStore')) or '' if client == 'docker' else ''), '"credsStore"'


def _find_login(
    content: Mapping[str, Any], host: str, repository: str | None, client: str
) -> Login | Failure[FileKind]:
    """Return the login of the entry for a repository (podman only), else for the host."""
    auths = object_of(content.get('auths'))
    # The last of equal keys wins, so plain hosts are sorted behind the URLs that old clients wrote.
    keys = sorted(auths, key=lambda key: (key.lower() == _key_host(key)) + (key == _key_host(key)))
    entries = {_key_host(key): object_of(auths[key]) for key in keys}
    segments = [host.lower(), *(repository.split('/') if repository and client == 'podman' else ())]
    for length in range(len(segments), 0, -1):
        login = _parse_entry(entries.get('/'.join(segments[:length]), {}), client)
        if isinstance(login, Failure) or login.secret:
            return login
    return Login()


def _key_host(key: str) -> str:
    """Return a key in lower case, without the scheme and the API version that old clients wrote."""
    return _API_VERSION.sub('', key.lower().partition('://')[2] or key.lower()).rstrip('/')


def _parse_entry(entry: Mapping[str, Any], client: str) -> Login | Failure[FileKind]:
    for name in _UNENCODED[client]:
        value = text_of(entry.get(name))
        if value:
            return Login(
                TOKEN if name != 'password' else text_of(entry.get('username')) or '', value
            )
    try:
        decoded = base64.b64decode((entry.get('auth') or '').replace('\n', ''), validate=True)
    except (AttributeError, ValueError):  # no string; no base64
        return Failure('Unreadable', "the entry for the registry can't be decoded")
    user, colon, secret = decoded.decode('utf-8', 'replace').partition(':')
    if decoded and not (user and colon):
        return Failure('Unreadable', 'the entry for the registry has no login')
    return Login(user, secret.strip('\0'))
