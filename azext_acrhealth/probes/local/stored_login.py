# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the logins that docker, podman and Helm would use for a host: in files or in helpers.

Each client looks a host up in its own way, by its source code: docker/cli
(cli/config/credentials), containers/image (pkg/docker/config), and oras-go
(registry/remote/credentials) for Helm. All of them compare host names exactly.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import object_of, text_of
from azext_acrhealth.probes.local.docker_auth_config import VARIABLE, environment_config
from azext_acrhealth.probes.local.docker_config import Client, FileKind, credential_files, read
from azext_acrhealth.probes.local.docker_credential_helper import (
    HelperKind,
    Login,
    Run,
    StoreResult,
    get_login,
    is_helper_name,
    store_result,
)

StoredLoginKind = Literal[FileKind, HelperKind]
Content = Mapping[str, Any] | Failure[FileKind]

# The user name by which docker marks a secret as a token; that of the registry is NULL_GUID.
TOKEN = '<token>'
# The unencoded secrets of an entry that each client reads, before the encoded login.
_TOKENS: Mapping[str, tuple[str, ...]] = {
    'docker': ('registrytoken', 'identitytoken'),
    'podman': ('identitytoken',),
    'helm': ('registrytoken', 'identitytoken'),
}


class StoredLogin(NamedTuple):
    """The login that a client's file has for a host.

    `secret` is a password or a token, and is never shown. Without `secret` and without `failure`
    nothing is stored. `setting` is the place in the file that names the `helper`, and
    `store_result` what this helper does with logins to store, if it can't store any. `other_host`
    is the host's name with other upper- and lowercase letters, under which something is stored.
    `variable` is set when the login is in this variable instead of in a file.
    """

    client: str
    file: str
    secret: str = ''
    helper: str | None = None
    failure: Failure[StoredLoginKind] | None = None
    user: str = ''
    setting: str = ''
    store_result: StoreResult | None = None
    other_host: str = ''
    variable: str = ''

    def __repr__(self) -> str:  # without the secret
        return f'StoredLogin({self.client} in {self.file}, failure={self.failure!r})'


def stored_logins(
    host: str, repository: str | None, deadline: float, run: Run
) -> list[StoredLogin]:
    """Return an entry for each existing file, with its login for a host if any.

    Only the helpers that a file names for the host are run.
    """
    return [_find(source, host, repository, deadline, run) for source in _sources(deadline, run)]


class _Source(NamedTuple):
    """A file, or a variable, that may hold a login."""

    client: Client
    name: str
    content: Content
    variable: str = ''


def _sources(deadline: float, run: Run) -> Iterator[_Source]:
    variable = environment_config(deadline, run)
    if variable is not None:
        yield _Source('docker', VARIABLE, variable, VARIABLE)
    for file in credential_files():
        content = read(file)
        if content is not None:
            yield _Source(file.client, file.shown, content)


def _find(
    source: _Source, host: str, repository: str | None, deadline: float, run: Run
) -> StoredLogin:
    if isinstance(source.content, Failure):
        return StoredLogin(
            source.client, source.name, failure=source.content, variable=source.variable
        )
    helper, setting = _find_helper(source.content, host, source.client)
    result = (
        get_login(helper, host, deadline, run) if setting else _find_login(source, host, repository)
    )
    failure, login = (result, Login()) if isinstance(result, Failure) else (None, result)
    return StoredLogin(
        source.client,
        source.name,
        login.secret,
        helper if is_helper_name(helper) else None,
        failure,
        login.user,
        setting,
        store_result(helper),
        '' if login.secret else _other_host(source.content, host),
        source.variable,
    )


def _find_helper(content: Mapping[str, Any], host: str, client: Client) -> tuple[str, str]:
    """Return the helper for a host and the setting that names it; empty when there is none.

    The host's own helper overrides the helper for all hosts, which podman doesn't support. An empty
    one makes docker use the file, Helm the helper for all hosts, and podman fail.
    """
    helpers = object_of(content.get('credHelpers'))
    if host in helpers:
        helper = text_of(helpers[host]) or ''
        if helper or client == 'podman':
            return helper, f'"{host}" under "credHelpers"'
        if client == 'docker':
            return '', ''
    helper = '' if client == 'podman' else text_of(content.get('credsStore')) or ''
    return helper, '"credsStore"' if helper else ''


def _find_login(source: _Source, host: str, repository: str | None) -> Login | Failure[FileKind]:
    """Return the login of the entry for a repository (podman only), else for the host."""
    auths = object_of(object_of(source.content).get('auths'))
    if source.client == 'docker':
        for key, entry in auths.items():
            login = _parse_entry(entry, 'docker')
            if isinstance(login, Failure):
                # docker reads none of the entries that it happens to reach after this one.
                return Failure('Unreadable', login.text.replace('the registry', key))
    segments = [host, *(repository.split('/') if repository else ())]
    longest = len(segments) if source.client == 'podman' else 1
    for length in range(longest, 0, -1):
        key = '/'.join(segments[:length])
        if key in auths:
            return _parse_entry(auths[key], source.client)
    if source.variable:  # docker doesn't look for URLs there
        return Login()
    found = (key for key in auths if _host_of(key, source.client) == host)
    return _parse_entry(auths.get(next(found, ''), {}), source.client)


def _host_of(key: str, client: Client) -> str:
    """Return the host of a key; older clients wrote keys as URLs.

    docker and Helm also cut a path off a key without a scheme, which is a repository for podman.
    """
    scheme, separator, rest = key.partition('://')
    if client == 'podman' and scheme not in ('http', 'https'):
        return key
    return (rest if separator else key).partition('/')[0]


def _other_host(content: Mapping[str, Any], host: str) -> str:
    """Return the host of a key that differs from a host only in upper- and lowercase letters."""
    keys = (*object_of(content.get('auths')), *object_of(content.get('credHelpers')))
    hosts = (_host_of(key, 'docker') for key in keys)
    return next((other for other in hosts if other != host and other.lower() == host.lower()), '')


def _parse_entry(entry: Any, client: Client) -> Login | Failure[FileKind]:
    if entry is not None and not isinstance(entry, Mapping):
        return Failure('Unreadable', 'the entry for the registry has the wrong type')
    values = {name.lower(): value for name, value in object_of(entry).items()}
    for name in _TOKENS[client]:
        token = text_of(values.get(name))
        if token:
            return Login(TOKEN, token)
    encoded = values.get('auth')
    if not encoded:
        user, secret = text_of(values.get('username')) or '', text_of(values.get('password')) or ''
        return Login(user, secret) if client != 'podman' and secret else Login()
    try:
        decoded = base64.b64decode(encoded.replace('\n', ''), validate=True)
    except (AttributeError, ValueError):  # no string; no base64
        return Failure('Unreadable', "the entry for the registry can't be decoded")
    user, colon, secret = decoded.decode('utf-8', 'replace').partition(':')
    if client == 'podman' and not (user and secret):
        return Login()
    if not colon or (client == 'docker' and not user):
        return Failure('Unreadable', 'the entry for the registry has no login')
    return Login(user, secret.strip('\0'))
