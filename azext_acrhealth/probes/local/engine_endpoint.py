# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where an engine's client looks for its engine, and whether a local socket there has anybody behind it."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass

CONNECT = 1.0
# What leads a client elsewhere, the strongest first.
_VARIABLES = {
    'docker': ('DOCKER_HOST', 'DOCKER_CONTEXT'),
    'podman': ('CONTAINER_HOST', 'CONTAINER_CONNECTION'),
    'nerdctl': ('CONTAINERD_ADDRESS',),
}
_NAMED = (
    re.compile(r'\bat ((?:unix|tcp|npipe|ssh|https?|fd)://[^\s"\';]+)'),
    re.compile(r'\bdial (unix) (/[^\s:"]+)'),
    re.compile(r'\bopen //\./(pipe)/([^\s:"]+)'),
    re.compile(r'\bcontainerd (socket) \\?"(/[^"\\]+)'),
)


@dataclass(frozen=True)
class EngineAddress:
    """`state` of a local socket: Missing, Refused, Denied or Listening.

    None where it could not be told.
    """

    address: str = ''
    named_by: str = ''
    said: str = ''
    state: str | None = None

    @property
    def scheme(self) -> str:
        """Return the kind of the address: unix, npipe, tcp, ssh."""
        return self.address.partition('://')[0] if '://' in self.address else ''

    @property
    def path(self) -> str:
        """Return the path of a local socket."""
        return '/' + self.address[len('unix://') :].lstrip('/') if self.scheme == 'unix' else ''


def endpoint(engine: str, words: str) -> EngineAddress:
    """Find out by what a client said, else by its variables, where it looked for its engine.

    Without any login.
    """
    variable = next(
        (name for name in _VARIABLES.get(engine, _VARIABLES['docker']) if os.environ.get(name)), ''
    )
    value = os.environ.get(variable, '') if variable else ''
    address = _named(words) or (value if '://' in value else '')
    found = EngineAddress(without_login(address), variable, _scrubbed(words, value))
    return (
        EngineAddress(found.address, variable, found.said, state(found.path))
        if found.path
        else found
    )


def _named(words: str) -> str:
    for pattern in _NAMED:
        match = pattern.search(words)
        if match and match.re.groups == 1:
            return match[1].rstrip('.,:')
        if match:
            return (
                f'npipe:////./pipe/{match[2]}'
                if match[1] == 'pipe'
                else f'unix:///{match[2].lstrip("/")}'
            )
    return ''


def without_login(address: str) -> str:
    """Take user and password out of an address.

    A password may hold a slash, and a socket's path an @.
    """
    scheme, separator, rest = address.partition('://')
    return (
        address if scheme in ('unix', 'npipe') else f'{scheme}{separator}{rest.rpartition("@")[2]}'
    )


def _scrubbed(words: str, value: str) -> str:
    login = value.partition('://')[2].rpartition('@')[0]
    words = words.replace(value, without_login(value)) if login else words
    for part in re.split('[:/]', login)[1:]:
        words = words.replace(part, '…') if len(part) > 2 else words
    return re.sub(r'://[^\s/"]*@', '://', words)


def state(path: str) -> str | None:
    """Try a local socket: is it there, and does anybody listen?"""
    family = getattr(socket, 'AF_UNIX', None)
    if family is None:
        return None
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.settimeout(CONNECT)
        try:
            trial.connect(path)
        except (FileNotFoundError, NotADirectoryError):
            return 'Missing'
        except ConnectionRefusedError:
            return 'Refused'
        except PermissionError:
            return 'Denied'
        except (TimeoutError, BlockingIOError):
            return 'Listening'  # its queue is full: it is there, but busy or frozen
        except (OSError, ValueError):
            return None
    return 'Listening'
