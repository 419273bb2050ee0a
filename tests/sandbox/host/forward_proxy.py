# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A forward proxy for CONNECT: works, requires a login, refuses or inspects TLS (RFC 9110)."""

from __future__ import annotations

import base64
import socket
import threading
import time
from typing import Optional

from tests.sandbox.control.state import State
from tests.sandbox.faults import connection_faults
from tests.sandbox.host.tls_server import TlsServer
from tests.sandbox.services.http_messages import Request, Response, read_request

PORT = 3128
SERVER = ('Server', 'CorpProxy/2.1')
PAGE = (
    b'<html><head><title>CorpProxy</title></head><body><h1>This request was not let '
    b'through</h1></body></html>'
)
WANTS_LOGIN = (
    ('Proxy-Authenticate', 'Basic realm="CorpProxy"'),
    ('Proxy-Authenticate', 'Negotiate'),
)


class Proxy:
    """Connects every CONNECT to the sandbox's own port.

    It queries no DNS, so that it works for a client without DNS.
    """

    def __init__(self, state: State, server: TlsServer) -> None:
        self._state, self._server = state, server

    def serve(self, connection: socket.socket, _address: str) -> None:
        """Serve one connection of a client."""
        try:
            with connection, connection.makefile('rb', buffering=0) as stream:
                request = read_request(stream, connection.sendall)  # type: ignore[arg-type]
                if request is not None:
                    request.host = request.target.rsplit(':', 1)[0].lower()
                    self._answer(connection, request)
        except (OSError, ValueError):
            pass

    def _answer(self, connection: socket.socket, request: Request) -> None:
        entry = self._state.recorder.begin_request(
            request, 'proxy', self._state.recorder.next_connection()
        )
        spec = self._state.faults.take('proxy', (request.host, *self._state.aliases(request.host)))
        entry['fault'] = spec
        word, _, rest = (spec or '').partition(':')
        if word in ('hang', 'reset', 'close', 'garbage'):
            self._apply_connection_fault(word, connection)
            return
        if word == 'slow':
            time.sleep(float(rest))
        response = self._error_response(word, rest, request)
        self._state.recorder.end_request(entry, response.status if response else 200)
        if response:
            connection.sendall(response.head() + response.body)
            return
        connection.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
        self._tunnel(connection, 'foreign' if word == 'intercept' else 'right')

    def _error_response(self, word: str, rest: str, request: Request) -> Optional[Response]:
        """Return the response of the proxy instead of a tunnel; None for a tunnel."""
        if word == 'auth':
            # auth:user:password accepts these credentials.
            wanted = 'Basic ' + base64.b64encode(rest.encode()).decode()
            if rest and request.headers.get('Proxy-Authorization') == wanted:
                return None
        status = 407 if word == 'auth' else int(rest) if word == 'status' else 0
        if (
            not status
            and request.method == 'CONNECT'
            and self._state.chain_of(request.host) is None
        ):
            status = 502
        if not status and request.method != 'CONNECT':
            status = 501
        if not status:
            return None
        return Response(
            status,
            PAGE,
            (SERVER, ('Content-Type', 'text/html'), *(WANTS_LOGIN if status == 407 else ())),
            close=True,
        )

    @staticmethod
    def _apply_connection_fault(word: str, connection: socket.socket) -> None:
        if word == 'hang':
            connection_faults.hang(connection)
        elif word == 'reset':
            connection_faults.reset(connection)
        elif word == 'garbage':
            connection.sendall(b'\x00\x17not http at all\xff\r\n\r\n')

    def _tunnel(self, client: socket.socket, variant: str) -> None:
        """Carry bytes between the client and a connection that the TLS server serves."""
        near, far = socket.socketpair()
        threading.Thread(
            target=self._server.serve, args=(far, '127.0.0.1', variant), daemon=True
        ).start()
        back = threading.Thread(target=_pump, args=(near, client), daemon=True)
        back.start()
        _pump(client, near)
        back.join(5)
        near.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
