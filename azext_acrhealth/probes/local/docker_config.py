# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files in which docker and podman keep logins, read as what they may be: anything, of any size."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.probes.failure import Failure

_LONGEST = 1024 * 1024


@dataclass(frozen=True)
class CredentialFile:
    """A client's file. `shown` names it without the home folder."""

    client: str
    path: str

    @property
    def shown(self) -> str:
        """Return its path, the home folder as a tilde."""
        home = os.path.expanduser('~')
        inside = home not in ('', '~', os.sep) and self.path.startswith(home + os.sep)
        return '~' + self.path[len(home) :] if inside else self.path


def credential_files() -> Iterator[CredentialFile]:
    """Return the files that clients look into (docker's documentation of its CLI; containers-auth.json(5))."""
    home = os.path.expanduser('~')
    yield CredentialFile(
        'docker',
        os.path.join(
            os.environ.get('DOCKER_CONFIG') or os.path.join(home, '.docker'), 'config.json'
        ),
    )
    named = os.environ.get('REGISTRY_AUTH_FILE')
    if named:
        yield CredentialFile('podman', named)
        return
    usual = os.path.join(home, '.config')
    config = os.environ.get('XDG_CONFIG_HOME') or usual
    first = os.path.join(usual, 'containers')
    if sys.platform == 'linux':
        runtime = os.environ.get('XDG_RUNTIME_DIR')
        first = os.path.join(runtime, 'containers') if runtime else f'/run/containers/{os.getuid()}'
    for folder in dict.fromkeys((first, os.path.join(config, 'containers'))):
        yield CredentialFile('podman', os.path.join(folder, 'auth.json'))


def read(file: CredentialFile) -> Mapping[str, Any] | Failure | None:
    """Read a file's JSON object as its client does; None when there is none.

    `failure.kind` is Unreadable.
    """
    content = _content(file.path)
    if not isinstance(content, bytes):
        return content
    if not content.strip() and file.client == 'docker':
        return {}
    try:
        # In a text, unlike in bytes, Python takes no byte order mark and no UTF-16, and nor do the
        # clients: editors and shells on Windows write such.
        found = json.loads(content.decode('utf-8', 'replace'))
    except (ValueError, RecursionError):
        return Failure('Unreadable', 'it holds no JSON' if content.strip() else 'it is empty')
    if found is None:  # to the clients as good as an empty object
        return {}
    if not isinstance(found, dict):
        return Failure('Unreadable', 'its JSON is no object')
    wrong = _misshapen(found)
    return Failure('Unreadable', f'its "{wrong}" is not what it should be') if wrong else found


def _misshapen(content: Mapping[str, Any]) -> str | None:
    """Return the first setting of a wrong type: clients then read nothing of the file, not of other hosts either."""
    for name, inner in (('auths', dict), ('credHelpers', str)):
        whole = content.get(name)
        if whole is not None and not (
            isinstance(whole, dict)
            and all(one is None or isinstance(one, inner) for one in whole.values())
        ):
            return name
    return (
        'credsStore' if not isinstance(content.get('credsStore', ''), (str, type(None))) else None
    )


def _content(path: str) -> bytes | Failure | None:
    try:
        # What is no file, a pipe say, might keep whoever opens it waiting for ever.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return Failure('Unreadable', getattr(error, 'strerror', None) or 'its path is no path')
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return Failure('Unreadable', 'it is no file')
    with os.fdopen(handle, 'rb') as stream:
        try:
            content = stream.read(_LONGEST + 1)
        except OSError as error:
            return Failure('Unreadable', error.strerror or 'it cannot be read')
    return content if len(content) <= _LONGEST else Failure('Unreadable', 'it is longer than 1 MiB')
