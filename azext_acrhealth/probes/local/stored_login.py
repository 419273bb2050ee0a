# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What docker and podman would log in to a host with: a login in their files, or one that a helper keeps."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of, text_of
from azext_acrhealth.probes.local import process
from azext_acrhealth.probes.local.docker_config import credential_files, read
from azext_acrhealth.probes.local.docker_credential_helper import Login, Run, ask, plain

# By these a client says that what it keeps is a token: the registry's convention, and that of
# docker's helpers.
NOBODY, TOKEN = '00000000-0000-0000-0000-000000000000', '<token>'
_WAYS = re.compile(r'/v[12]/?$')
# What an entry may hold in the clear, and by whom it is read.
_CLEAR = {'docker': ('identitytoken', 'registrytoken', 'password'), 'podman': ('identitytoken',)}


@dataclass(frozen=True)
class StoredLogin:
    """What one client's file holds for a host.

    `secret` is a password or a token, and is never shown.

    `setting` is where the file names the `helper`. `failure.kind` is Unreadable (the file), or
    HelperMissing, HelperFailed or HelperTimeout. Without `secret` and without trouble nothing is
    stored.
    """

    client: str
    file: str
    secret: str = field(default='', repr=False)
    helper: str | None = None
    failure: Failure | None = None
    user: str = ''
    setting: str = ''


def stored_logins(
    host: str, repository: str | None, deadline: float, run: Run = process.run
) -> list[StoredLogin]:
    """Look for logins for a host in the files that there are.

    Only helpers that they name for it are asked.
    """
    found = []
    for file in credential_files():
        content = read(file)
        if isinstance(content, Failure):
            found.append(StoredLogin(file.client, file.shown, failure=content))
        elif content is not None:
            helper, setting = _helper(content, host, file.client)
            given = (
                ask(helper, host, deadline, run)
                if helper
                else _entry(content, host, repository, file.client)
            )
            failure, login = (given, Login()) if isinstance(given, Failure) else (None, given)
            found.append(
                StoredLogin(
                    file.client,
                    file.shown,
                    login.secret,
                    helper if plain(helper) else None,
                    failure,
                    login.user,
                    setting if helper else '',
                )
            )
    return found


def _helper(content: Mapping[str, Any], host: str, client: str) -> tuple[str, str]:
    """Return the helper that keeps the login for a host, and where it is named.

    None is named by an empty text.

    The host's own goes before that for all hosts, an empty one too; podman knows none for all.
    """
    own = object_of(content.get('credHelpers'))
    key = next(
        (key for key in sorted(own, key=lambda key: key != host) if key.lower() == host.lower()),
        None,
    )
    if key is not None:
        return text_of(own[key]) or '', f'"{key}" under "credHelpers"'
    return (text_of(content.get('credsStore')) or '' if client == 'docker' else ''), '"credsStore"'


def _entry(
    content: Mapping[str, Any], host: str, repository: str | None, client: str
) -> Login | Failure:
    """Return the login of the entry for a repository (podman keeps such), else of that for the host."""
    auths = object_of(content.get('auths'))
    # A key that is the plain host goes before those that old clients wrote; what comes last stays.
    keys = sorted(auths, key=lambda key: (key.lower() == _host(key)) + (key == _host(key)))
    entries = {_host(key): object_of(auths[key]) for key in keys}
    parts = [host.lower(), *(repository.split('/') if repository and client == 'podman' else ())]
    for length in range(len(parts), 0, -1):
        login = _login(entries.get('/'.join(parts[:length]), {}), client)
        if isinstance(login, Failure) or login.secret:
            return login
    return Login()


def _host(key: str) -> str:
    """Return what a key names, without the scheme and the version of the interface that old clients wrote."""
    return _WAYS.sub('', key.lower().partition('://')[2] or key.lower()).rstrip('/')


def _login(entry: Mapping[str, Any], client: str) -> Login | Failure:
    for name in _CLEAR[client]:
        value = text_of(entry.get(name))
        if value:
            return Login(
                TOKEN if name != 'password' else text_of(entry.get('username')) or '', value
            )
    try:
        told = base64.b64decode((entry.get('auth') or '').replace('\n', ''), validate=True)
    except (AttributeError, ValueError):  # no text; no base64
        return Failure('Unreadable', 'its entry for the registry cannot be decoded')
    user, colon, secret = told.decode('utf-8', 'replace').partition(':')
    if told and not (user and colon):
        return Failure('Unreadable', 'its entry for the registry holds no login')
    return Login(user, secret.strip('\0'))
