# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find and read the files in which docker and podman store logins, whatever their content."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azext_acrhealth.probes.failure import Failure

FileKind = Literal['Unreadable']
_LONGEST = 1024 * 1024


@dataclass(frozen=True)
class CredentialFile:
    """A client's configuration file; `shown` is its path with the home directory as `~`."""

    client: str
    path: str

    @property
    def shown(self) -> str:
        """Return the path with the home directory as `~`."""
        home = os.path.expanduser('~')
        inside = home not in ('', '~', os.sep) and self.path.startswith(home + os.sep)
        return '~' + self.path[len(home) :] if inside else self.path


def credential_files() -> Iterator[CredentialFile]:
    """Yield the files that clients read, in their order, whether they exist or not.

    Sources: the documentation of docker's CLI, and containers-auth.json(5).
    """
    home = os.path.expanduser('~')
    yield CredentialFile(
        'docker',
        os.path.join(
            os.environ.get('DOCKER_CONFIG') or os.path.join(home, '.docker'), 'config.json'
        ),
    )
    auth_file = os.environ.get('REGISTRY_AUTH_FILE')
    if auth_file:
        yield CredentialFile('podman', auth_file)
        return
    default_config = os.path.join(home, '.config')
    config = os.environ.get('XDG_CONFIG_HOME') or default_config
    first = os.path.join(default_config, 'containers')
    if sys.platform == 'linux':
        runtime = os.environ.get('XDG_RUNTIME_DIR')
        first = os.path.join(runtime, 'containers') if runtime else f'/run/containers/{os.getuid()}'
    for folder in dict.fromkeys((first, os.path.join(config, 'containers'))):
        yield CredentialFile('podman', os.path.join(folder, 'auth.json'))


def read(file: CredentialFile) -> Mapping[str, Any] | Failure[FileKind] | None:
    """Read a file's JSON object as its client does; None when there is no file."""
    content = _read_bytes(file.path)
    if not isinstance(content, bytes):
        return content
    if not content.strip() and file.client == 'docker':
        return {}
    try:
        # Decoded first: json.loads() accepts a byte order mark and UTF-16 in bytes, but the clients
        # don't. Editors and shells on Windows write such files.
        parsed = json.loads(content.decode('utf-8', 'replace'))
    except (ValueError, RecursionError):
        text = "the file isn't valid JSON" if content.strip() else 'the file is empty'
        return Failure('Unreadable', text)
    if parsed is None:  # the clients read `null` as an empty object
        return {}
    if not isinstance(parsed, dict):
        return Failure('Unreadable', "the JSON isn't an object")
    setting = _find_mistyped(parsed)
    return Failure('Unreadable', f'"{setting}" has the wrong type') if setting else parsed


def _find_mistyped(content: Mapping[str, Any]) -> str | None:
    """Return the first setting of a wrong type, for which clients reject the whole file."""
    for name, entry_type in (('auths', dict), ('credHelpers', str)):
        entries = content.get(name)
        if entries is not None and not (
            isinstance(entries, dict)
            and all(entry is None or isinstance(entry, entry_type) for entry in entries.values())
        ):
            return name
    return (
        'credsStore' if not isinstance(content.get('credsStore', ''), (str, type(None))) else None
    )


def _read_bytes(path: str) -> bytes | Failure[FileKind] | None:
    try:
        # O_NONBLOCK: opening a pipe would block until a writer opens it too.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0)
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return Failure('Unreadable', getattr(error, 'strerror', None) or 'the path is invalid')
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return Failure('Unreadable', 'not a regular file')
    with os.fdopen(handle, 'rb') as stream:
        try:
            content = stream.read(_LONGEST + 1)
        except OSError as error:
            return Failure('Unreadable', error.strerror or "the file can't be read")
    return (
        content
        if len(content) <= _LONGEST
        else Failure('Unreadable', 'the file is larger than 1 MiB')
    )
