# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The server on port 443: every connection, its handshake, its requests, and their faults."""

from __future__ import annotations

import functools
import socket
import ssl
import time
from collections.abc import Callable
from typing import Optional

from tests.sandbox.control.recorder import Recorder
from tests.sandbox.faults import connection_faults, response_faults
from tests.sandbox.faults.fault_matrix import Faults
from tests.sandbox.host import client_hello
from tests.sandbox.host.certificates import Authority
from tests.sandbox.services.http_messages import Request, Response, read_request
from tests.sandbox.services.routes import Route, guarded

PLAIN_HTTP_PAGE = (
    b'<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS '
    b'port</title></head>\r\n<body>'
    b'<center><h1>400 Bad Request</h1></center></body>\r\n</html>\r\n'
)
UNRECOGNIZED_NAME = b'\x15\x03\x01\x00\x02\x02\x70'  # a fatal TLS alert, RFC 6066 section 3


Router = Callable[[Request], Route]


class TlsServer:
    """Serves connections by the routes of a dispatcher."""

    def __init__(
        self,
        authority: Authority,
        faults: Faults,
        recorder: Recorder,
        router: Router,
        aliases: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._authority, self._faults, self._recorder = authority, faults, recorder
        self._router, self._aliases = router, aliases

    def serve(self, connection: socket.socket, address: str, variant: str = 'right') -> None:
        """Serve one connection of the TLS port to its end.

        Nothing that a client does stops the sandbox. `variant` is the certificate that an
        intercepting proxy presents in place of the right one.
        """
        try:
            if connection.family != socket.AF_UNIX:  # a tunnel of the proxy is a pair of them
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serve_tls(connection, address, variant)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def serve_plain(self, connection: socket.socket, _address: str = '') -> None:
        """Serve one connection without TLS: the control socket."""
        try:
            self._serve_requests(connection, self._recorder.next_connection(), '')
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def _serve_tls(self, connection: socket.socket, address: str, variant: str) -> None:
        number = self._recorder.next_connection()
        record = client_hello.peek(connection)
        host = (client_hello.server_name(record) if record else None) or address
        control = host == 'control.sandbox.test'
        if not control:
            self._recorder.record_connection(host, address)
        targets = (host, *self._aliases(host))
        spec = self._faults.take('tcp', targets, ('reset', 'close', 'hang', 'slow'))
        if spec and not self._apply_tls_fault(spec, connection):
            return
        if record is None:
            return
        spec = self._faults.take('tls', targets)
        if spec:
            word, _, rest = spec.partition(':')
            variant = rest if word == 'cert' else 'old' if word == 'old' else variant
            if word not in ('cert', 'old') and not self._apply_tls_fault(spec, connection):
                self._recorder.record_handshake(host, False)
                return
        elif record[0] != client_hello.HANDSHAKE:
            connection.recv(65536)
            connection.sendall(
                Response(400, PLAIN_HTTP_PAGE, (('Content-Type', 'text/html'),), close=True).head()
                + PLAIN_HTTP_PAGE
            )
            return
        try:
            connection.settimeout(30)
            secured = self._authority.context(host, variant).wrap_socket(
                connection, server_side=True
            )
        except (ssl.SSLError, OSError):
            self._recorder.record_handshake(host, False)
            raise
        secured.settimeout(None)
        if not control:
            self._recorder.record_handshake(host, True)
        with secured:
            self._serve_requests(secured, number, address)

    @staticmethod
    def _apply_tls_fault(spec: str, connection: socket.socket) -> bool:
        """Carry out a fault before TLS; return whether the handshake follows."""
        word, _, rest = spec.partition(':')
        if word == 'slow':
            time.sleep(float(rest))
            return True
        if word == 'close':
            connection.recv(65536)  # what is left unread turns the FIN into a RST
        if word in ('plain', 'garbage', 'alert'):
            connection.recv(65536)
            connection.sendall(
                {
                    'plain': Response(400, PLAIN_HTTP_PAGE).head() + PLAIN_HTTP_PAGE,
                    'garbage': b'\x00\xff' * 200,
                    'alert': UNRECOGNIZED_NAME,
                }[word]
            )
        elif word == 'hang':
            connection_faults.hang(connection)
        elif word == 'reset':
            connection_faults.reset(connection)
        return False

    def _serve_requests(self, connection: socket.socket, number: int, address: str) -> None:
        stream = connection.makefile('rb')
        while True:
            request = read_request(stream, connection.sendall)
            if request is None:
                return
            request.peer = address
            if not self._respond(connection, request, number):
                return
            if (request.headers.get('Connection') or '').lower() == 'close':
                return

    def _respond(self, connection: socket.socket, request: Request, number: int) -> bool:
        """Respond to one request; return whether the connection can be used again."""
        route = self._router(request)
        if not route.recorded:
            plain = guarded(route.handler, request)
            connection.sendall(plain.head() + plain.payload())
            return True
        entry = self._recorder.begin_request(request, route.stage, number)
        spec = self._faults.take(
            route.stage, (request.host, *self._aliases(request.host), *route.targets)
        )
        entry['fault'] = spec
        status: Optional[int] = None
        handler = functools.partial(guarded, route.handler)
        try:
            if spec and spec.startswith('slow:'):
                time.sleep(float(spec[5:]))
                spec = None
            response = (
                response_faults.apply_response_fault(spec, request, handler, route.family)
                if spec
                else handler(request)
            )
            if response is None:
                status = connection_faults.apply_connection_fault(
                    str(spec), connection, lambda: handler(request), request.method == 'HEAD'
                )
                return False
            status = response.status
            connection.sendall(
                response.head() + (b'' if request.method == 'HEAD' else response.payload())
            )
            return not response.close
        finally:
            self._recorder.end_request(entry, status)
