# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What docker and podman would log in to a host with: a login in their files, or one that a helper keeps."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from azext_acrhealth.probes import process
from azext_acrhealth.probes.credential_files import credential_files, read
from azext_acrhealth.probes.raw import object_of
from azext_acrhealth.probes.trouble import Trouble

HELPER = 5.0
_NAME = re.compile(r'[A-Za-z0-9][\w.-]{0,63}', re.ASCII)
_WAYS = re.compile(r'/v[12]/?$')
# What the helpers of docker say where they keep nothing for a host.
_NOTHING = 'credentials not found'
Run = Callable[..., process.Ran]


@dataclass(frozen=True)
class StoredLogin:
    """What one client's file holds for a host. `secret` is a password or a token, and is never shown.

    `trouble.kind` is Unreadable (the file), or HelperMissing, HelperFailed or HelperTimeout. Without `secret` and
    without trouble nothing is stored.
    """

    client: str
    file: str
    secret: str = field(default='', repr=False)
    helper: str | None = None
    trouble: Trouble | None = None


def stored_logins(host: str, repository: str | None, deadline: float, run: Run = process.run) -> list[StoredLogin]:
    """Look for logins for a host in the files that there are; only helpers that they name for it are asked."""
    found = []
    for file in credential_files():
        content = read(file.path)
        if isinstance(content, Trouble):
            found.append(StoredLogin(file.client, file.shown, trouble=content))
        elif content is not None:
            helper = _helper(content, host)
            given = _ask(helper, host, deadline, run) if helper else _entry(content, host, repository)
            secret, trouble = ('', given) if isinstance(given, Trouble) else (given, None)
            found.append(StoredLogin(file.client, file.shown, secret, helper, trouble))
    return found


def _helper(content: Mapping[str, Any], host: str) -> str | None:
    """Give the helper that keeps the login for a host: its own goes before that for all hosts."""
    own = {_host(key): name for key, name in object_of(content.get('credHelpers')).items()}.get(host.lower())
    name = own or content.get('credsStore')
    return name if isinstance(name, str) and name else None


def _ask(name: str, host: str, deadline: float, run: Run) -> str | Trouble:
    if not _NAME.fullmatch(name):       # it comes from a file and becomes a command
        return Trouble('HelperMissing', 'what the file names is no name of a helper')
    path = process.find(f'docker-credential-{name}')
    if path is None:
        return Trouble('HelperMissing', f'docker-credential-{name} is not on PATH')
    ran = run([path, 'get'], deadline, HELPER, given=host)
    if ran.trouble:
        kind = 'HelperTimeout' if ran.trouble.kind == 'Timeout' else 'HelperFailed'
        return Trouble(kind, f'docker-credential-{name}: {ran.trouble.text}')
    if ran.status != 0:
        if _NOTHING in f'{ran.stdout} {ran.stderr}'.lower():
            return ''
        return Trouble('HelperFailed', f'docker-credential-{name} ended with {ran.status}')
    try:
        secret = object_of(json.loads(ran.stdout)).get('Secret')
    except (ValueError, RecursionError):
        secret = None
    if not isinstance(secret, str):
        return Trouble('HelperFailed', f'docker-credential-{name} gave something that is no login')
    return secret


def _entry(content: Mapping[str, Any], host: str, repository: str | None) -> str:
    """Give the secret of the entry for a repository (podman keeps such), else for the host."""
    entries = {_host(key): object_of(value) for key, value in object_of(content.get('auths')).items()}
    parts = [host.lower(), *(repository or '').split('/')] if repository else [host.lower()]
    keys = ['/'.join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((secret for secret in (_secret(entries.get(key, {})) for key in keys) if secret), '')


def _host(key: Any) -> str:
    """Give what a key names, without the scheme and the version of the interface that old clients wrote."""
    return _WAYS.sub('', str(key).lower().partition('://')[2] or str(key).lower()).rstrip('/')


def _secret(entry: Mapping[str, Any]) -> str:
    for name in ('identitytoken', 'registrytoken', 'password'):
        value = entry.get(name)
        if isinstance(value, str) and value:
            return value
    try:
        _, _, secret = base64.b64decode(str(entry.get('auth') or ''), validate=True).decode().partition(':')
    except ValueError:
        return ''
    return secret.rstrip('\0')
