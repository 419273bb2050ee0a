# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files in which docker and podman keep logins, read as what they may be: anything, of any size."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from azext_acrhealth.probes.trouble import Trouble

_LONGEST = 1024 * 1024


@dataclass(frozen=True)
class CredentialFile:
    """A client's file. `shown` names it without the home folder."""

    client: str
    path: str

    @property
    def shown(self) -> str:
        """Give its path, the home folder as a tilde."""
        home = os.path.expanduser('~')
        inside = home not in ('', '~', os.sep) and self.path.startswith(home + os.sep)
        return '~' + self.path[len(home):] if inside else self.path


def credential_files() -> Iterator[CredentialFile]:
    """Give the files that clients look into (docker's documentation of its CLI; containers-auth.json(5))."""
    home = os.path.expanduser('~')
    yield CredentialFile('docker', os.path.join(os.environ.get('DOCKER_CONFIG') or os.path.join(home, '.docker'),
                                                'config.json'))
    named = os.environ.get('REGISTRY_AUTH_FILE')
    if named:
        yield CredentialFile('podman', named)
        return
    if sys.platform == 'linux':
        runtime = os.environ.get('XDG_RUNTIME_DIR')
        folder = os.path.join(runtime, 'containers') if runtime else f'/run/containers/{os.getuid()}'
        yield CredentialFile('podman', os.path.join(folder, 'auth.json'))
    config = os.environ.get('XDG_CONFIG_HOME') or os.path.join(home, '.config')
    yield CredentialFile('podman', os.path.join(config, 'containers', 'auth.json'))


def read(path: str) -> Mapping[str, Any] | Trouble | None:
    """Read a file's JSON object; None when there is no such file. `trouble.kind` is Unreadable."""
    try:
        # What is no file, a pipe say, might keep whoever opens it waiting for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return Trouble('Unreadable', getattr(error, 'strerror', None) or 'its path is no path')
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return Trouble('Unreadable', 'it is no file')
    with os.fdopen(handle, 'rb') as stream:
        try:
            content = stream.read(_LONGEST + 1)
        except OSError as error:
            return Trouble('Unreadable', error.strerror or 'it cannot be read')
    if len(content) > _LONGEST:
        return Trouble('Unreadable', 'it is longer than 1 MiB')
    if not content.strip():
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return Trouble('Unreadable', 'it holds no JSON')
    return found if isinstance(found, dict) else Trouble('Unreadable', 'its JSON is no object')
