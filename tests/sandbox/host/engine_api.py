# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A socket that answers every request of a container engine's client with one response."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import socketserver
import threading
from collections.abc import Iterator
from typing import NamedTuple


class Answer(NamedTuple):
    """A response of an engine. Without a message, its body is empty."""

    status: int
    message: str = ''


# Documented: moby, daemon/server/middleware/version.go, returns these as invalid parameters, which
# daemon/server/httpstatus turns into 400; the first one was reported for Docker 29
# (data-api-builder issue 3130).
CLIENT_TOO_OLD = Answer(
    400,
    'client version 1.43 is too old. Minimum supported API version is 1.44, please upgrade your '
    'client to a newer version',
)
CLIENT_TOO_NEW = Answer(
    400, 'client version 1.99 is too new. Maximum supported API version is 1.43'
)
# Recorded: the text, as tools that run docker look for it. Inferred: its status.
SIGN_IN_REQUIRED = Answer(
    403, 'Sign-in enforcement is enabled. Open Docker Desktop to sign in and continue.'
)
# Recorded: docker/for-mac issue 7775, docker/desktop-feedback issue 477. Docker Desktop answers so
# while its engine doesn't start.
DESKTOP_FAILED = Answer(500)
# Documented: moby, pkg/authorization, for a request that a plugin denies.
DENIED_BY_PLUGIN = Answer(403, 'authorization denied by plugin opa: permission denied')


@contextlib.contextmanager
def engine_api(folder: pathlib.Path, answer: Answer) -> Iterator[dict[str, str]]:
    """Answer every request at a socket in a folder; yield the variable that names the socket."""
    body = json.dumps({'message': answer.message}).encode() if answer.message else b''

    class Handler(http.server.BaseHTTPRequestHandler):
        """Send the answer."""

        protocol_version = 'HTTP/1.1'

        def _answer(self) -> None:
            self.send_response(answer.status)
            if body:
                self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            if self.command != 'HEAD':
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = _answer

        def address_string(self) -> str:
            return 'client'

        def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
            pass

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        """Serve each client in a thread."""

        daemon_threads = True

    path = folder / 'docker.sock'
    with Server(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield {'DOCKER_HOST': f'unix://{path}'}
        finally:
            server.shutdown()
