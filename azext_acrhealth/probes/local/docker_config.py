# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find and read the files in which docker, podman and Helm store logins, whatever they hold."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.regular_file import read_regular_file

FileKind = Literal['Unreadable']
Client = Literal['docker', 'podman', 'helm']
_HELM_FILE = os.path.join('registry', 'config.json')
# The settings that are read. The clients written with Go's encoding/json ignore the case of names.
_SETTINGS = {name.lower(): name for name in ('auths', 'credHelpers', 'credsStore')}


class CredentialFile(NamedTuple):
    """A client's configuration file; `shown` is its path with the home directory as `~`."""

    client: Client
    path: str

    @property
    def shown(self) -> str:
        """Return the path with the home directory as `~`."""
        home = os.path.expanduser('~')
        inside = home not in ('', '~', os.sep) and self.path.startswith(home + os.sep)
        return '~' + self.path[len(home) :] if inside else self.path


def credential_files() -> Iterator[CredentialFile]:
    """Yield the files that clients read, in their order, whether they exist or not.

    podman's are also those of skopeo and buildah; Helm reads docker's after its own.
    Sources: the documentation of docker's CLI, containers-auth.json(5), and `helm help`.
    """
    home = os.path.expanduser('~')
    yield CredentialFile(
        'docker',
        os.path.join(
            os.environ.get('DOCKER_CONFIG') or os.path.join(home, '.docker'), 'config.json'
        ),
    )
    for path in _podman_files(home):
        yield CredentialFile('podman', path)
    yield CredentialFile('helm', os.environ.get('HELM_REGISTRY_CONFIG') or _helm_file(home))


def _podman_files(home: str) -> list[str]:
    auth_file = os.environ.get('REGISTRY_AUTH_FILE')
    if auth_file:
        return [auth_file]
    default_config = os.path.join(home, '.config')
    config = os.environ.get('XDG_CONFIG_HOME') or default_config
    first = os.path.join(default_config, 'containers')
    if sys.platform == 'linux':
        runtime = os.environ.get('XDG_RUNTIME_DIR')
        first = os.path.join(runtime, 'containers') if runtime else f'/run/containers/{os.getuid()}'
    folders = dict.fromkeys((first, os.path.join(config, 'containers')))
    return [os.path.join(folder, 'auth.json') for folder in folders]


def _helm_file(home: str) -> str:
    """Return Helm's default file (helm: pkg/helmpath)."""
    helm_config = os.environ.get('HELM_CONFIG_HOME')
    if helm_config:
        return os.path.join(helm_config, _HELM_FILE)
    default_config = {
        'darwin': os.path.join(home, 'Library', 'Preferences'),
        'win32': os.environ.get('APPDATA') or home,
    }.get(sys.platform, os.path.join(home, '.config'))
    config = os.environ.get('XDG_CONFIG_HOME') or default_config
    return os.path.join(config, 'helm', _HELM_FILE)


def read(file: CredentialFile) -> Mapping[str, Any] | Failure[FileKind] | None:
    """Read a file's JSON object as its client does; None when there is no file."""
    content = _read_bytes(file.path)
    if not isinstance(content, bytes):
        return content
    # Decoded first: json.loads() accepts a byte order mark and UTF-16 in bytes, but the clients
    # don't. Editors and shells on Windows write such files.
    return parse(content.decode('utf-8', 'replace'), file.client)


def parse(text: str, client: Client) -> Mapping[str, Any] | Failure[FileKind]:
    """Parse a client's configuration as the client does."""
    text = text.strip(' \t\r\n')
    if not text:
        # docker and Helm read an empty file as an empty object.
        return Failure('Unreadable', 'the file is empty') if client == 'podman' else {}
    try:
        # docker and Helm ignore what follows the object.
        parsed = json.loads(text) if client == 'podman' else json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return Failure('Unreadable', "the file isn't valid JSON")
    if parsed is None:  # the clients read `null` as an empty object
        return {}
    if not isinstance(parsed, dict):
        return Failure('Unreadable', "the JSON isn't an object")
    if client != 'helm':
        parsed = {_SETTINGS.get(name.lower(), name): value for name, value in parsed.items()}
    setting = _find_mistyped(parsed, client)
    return Failure('Unreadable', f'"{setting}" has the wrong type') if setting else parsed


def _find_mistyped(content: Mapping[str, Any], client: Client) -> str | None:
    """Return the first setting of a wrong type, for which a client rejects the whole file."""
    for name, entry_type in (('auths', dict), ('credHelpers', str)):
        entries = content.get(name)
        # Helm reads only the entry of the registry.
        lazily = client == 'helm' and name == 'auths'
        if entries is not None and not (
            isinstance(entries, dict)
            and (lazily or all(isinstance(entry, entry_type | None) for entry in entries.values()))
        ):
            return name
    # podman doesn't read this one.
    if client != 'podman' and not isinstance(content.get('credsStore'), str | None):
        return 'credsStore'
    return None


def _read_bytes(path: str) -> bytes | Failure[FileKind] | None:
    try:
        return read_regular_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return Failure('Unreadable', 'not a regular file')
    except (OSError, ValueError) as error:
        raise_limit(error)
        return Failure('Unreadable', getattr(error, 'strerror', None) or 'the path is invalid')
