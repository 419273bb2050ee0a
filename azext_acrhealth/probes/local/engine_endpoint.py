# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the address at which an engine's client looks for its engine, and probe a local socket."""

from __future__ import annotations

import os
import socket
from typing import Literal, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.redaction import redact_login, without_login

SocketState = Literal['Missing', 'Refused', 'Denied', 'Listening']
CONNECT = 1.0
# The variables that change the address, in order of precedence.
_VARIABLES = {
    'docker': ('DOCKER_HOST', 'DOCKER_CONTEXT'),
    'podman': ('CONTAINER_HOST', 'CONTAINER_CONNECTION'),
    'nerdctl': ('CONTAINERD_ADDRESS',),
    'finch': (),
}
_ADDRESSES = (
    lazy_pattern(r'\bat ((?:unix|tcp|npipe|ssh|https?|fd)://[^\s"\';]+)'),
    lazy_pattern(r'\bdial (unix) (/[^\s:"]+)'),
    lazy_pattern(r'\bopen //\./(pipe)/([^\s:"]+)'),
    lazy_pattern(r'\bcontainerd (socket) \\?"(/[^"\\]+)'),
)


class EngineAddress(NamedTuple):
    """The address at which a client looks for its engine, without its login.

    `named_by` is the variable that sets it, `message` the client's message without the login.
    `state` is that of a local socket; None when it is not known. `api_version` is the value of
    DOCKER_API_VERSION, which keeps docker from agreeing on a version with its engine.
    """

    address: str = ''
    named_by: str = ''
    message: str = ''
    state: SocketState | None = None
    api_version: str = ''

    @property
    def scheme(self) -> str:
        """Return the scheme of the address: unix, npipe, tcp, ssh."""
        return self.address.partition('://')[0] if '://' in self.address else ''

    @property
    def path(self) -> str:
        """Return the path of a local socket."""
        return '/' + self.address[len('unix://') :].lstrip('/') if self.scheme == 'unix' else ''


def engine_address(engine: str, text: str) -> EngineAddress:
    """Find an engine's address in its client's error message, else in its variables."""
    variable = next(
        (name for name in _VARIABLES.get(engine, _VARIABLES['docker']) if os.environ.get(name)), ''
    )
    value = os.environ.get(variable, '') if variable else ''
    address = _find_address(text) or (value if '://' in value else '')
    api_version = os.environ.get('DOCKER_API_VERSION', '') if engine == 'docker' else ''
    found = EngineAddress(
        without_login(address), variable, redact_login(text, value), api_version=api_version
    )
    return found._replace(state=socket_state(found.path)) if found.path else found


def _find_address(message: str) -> str:
    for pattern in _ADDRESSES:
        match = pattern.search(message)
        if match and match.re.groups == 1:
            return match[1].rstrip('.,:')
        if match:
            return (
                f'npipe:////./pipe/{match[2]}'
                if match[1] == 'pipe'
                else f'unix:///{match[2].lstrip("/")}'
            )
    return ''


def socket_state(path: str) -> SocketState | None:
    """Return the state of a local socket; None when it is not known."""
    family = getattr(socket, 'AF_UNIX', None)
    if family is None:
        return None
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(CONNECT)
        try:
            sock.connect(path)
        except (FileNotFoundError, NotADirectoryError):
            return 'Missing'
        except ConnectionRefusedError:
            return 'Refused'
        except PermissionError:
            return 'Denied'
        except (TimeoutError, BlockingIOError):
            return 'Listening'  # its queue is full: the engine is busy or hangs
        except (OSError, ValueError):
            return None
    return 'Listening'
