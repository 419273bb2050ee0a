# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Small servers on loopback that behave well or badly, for the unit tests of the probes."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any


class Server:
    """A server on a loopback port that serves each client in a thread.

    `accepted` is the number of connections, `heard` are the requests, `left` is set once a client
    has closed its connection.
    """

    def __init__(
        self, talk: Callable[[Any, 'Server'], None], tls: ssl.SSLContext | None = None
    ) -> None:
        self._talk, self._tls = talk, tls
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self.heard: list[bytes] = []
        self.left, self.stopped = threading.Event(), threading.Event()
        self._socks: list[Any] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> 'Server':
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        with suppress(OSError):
            # close() alone does not wake up accept().
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._socks:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: Any) -> None:
        self._socks.append(sock)
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._socks.append(sock)
            self._talk(sock, self)
        except (OSError, ValueError):
            self.left.set()
        finally:
            sock.close()


def silent(sock: Any, server: Server) -> None:
    """Send nothing, and wait until the client closes the connection."""
    with suppress(OSError):
        while sock.recv(65536):
            pass
    server.left.set()


def reset(sock: Any, server: Server) -> None:
    """Reset the connection at once."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    sock.close()


def reset_when_spoken_to(sock: Any, server: Server) -> None:
    """Reset the connection after the first byte."""
    sock.recv(1)
    reset(sock, server)


def closing(sock: Any, server: Server) -> None:
    """Close the connection after the first bytes, without a response."""
    sock.recv(65536)


def saying(data: bytes, pause: float = 0.0) -> Callable[[Any, Server], None]:
    """Return a server that sends `data` after the first bytes; with a pause, byte by byte."""

    def talk(sock: Any, server: Server) -> None:
        server.heard.append(sock.recv(65536))
        say(sock, server, data, pause)
        silent(sock, server)

    return talk


def greeting(tcp: Any) -> bytes:
    """Request and read the greeting of the `echo` server, and close the connection."""
    with tcp.socket as sock:
        sock.settimeout(5)
        sock.sendall(b'?')
        return exactly(sock, 5)


def say(sock: Any, server: Server, data: bytes, pause: float) -> None:
    """Send `data` at once, or one byte after each pause."""
    if not pause:
        sock.sendall(data)
        return
    for byte in data:
        if server.stopped.wait(pause):
            return
        sock.sendall(bytes([byte]))


def hear(sock: Any, server: Server) -> bytes:
    """Read an HTTP request, head and body; empty when the client closed the connection."""
    data = b''
    while b'\r\n\r\n' not in data:
        chunk = sock.recv(65536)
        if not chunk:
            server.left.set()
            return b''
        data += chunk
    head, _, body = data.partition(b'\r\n\r\n')
    lengths = [
        line.split(b':')[1]
        for line in head.split(b'\r\n')
        if line.lower().startswith(b'content-length')
    ]
    length = int(lengths[0]) if lengths else 0
    while len(body) < length:
        body += sock.recv(65536)
    request = head + b'\r\n\r\n' + body
    server.heard.append(request)
    return request


def http(body: bytes, status: str = '200 OK', *headers: str) -> bytes:
    """Return an HTTP response with a Content-Length."""
    return (
        '\r\n'.join(
            (f'HTTP/1.1 {status}', f'Content-Length: {len(body)}', *headers, '', '')
        ).encode()
        + body
    )


def answering(
    *responses: bytes | None, close: bool = False, pause: float = 0.0
) -> Callable[[Any, Server], None]:
    """Return a server that sends these responses in turn, over any number of connections.

    The last response repeats; None resets the connection. With `close` the connection ends after
    each response.
    """
    turns: Iterator[bytes | None] = iter(responses)
    lock = threading.Lock()

    def talk(sock: Any, server: Server) -> None:
        while hear(sock, server):
            with lock:
                response = next(turns, responses[-1])
            if response is None:
                reset(sock, server)
                return
            say(sock, server, response, pause)
            if close:
                return

    return talk


def routed(route: Callable[[bytes, bytes], bytes]) -> Callable[[Any, Server], None]:
    """Return a server that sends the result of `route(method and target, whole request)`.

    It sends nothing when the result is empty.
    """

    def talk(sock: Any, server: Server) -> None:
        while request := hear(sock, server):
            response = route(request.split(b' HTTP/1.1', 1)[0], request)
            if not response:
                server.stopped.wait(30)
                return
            sock.sendall(response)

    return talk


def forward(client: Any, target: Any, server: Server) -> None:
    """Copy bytes in both directions until either side closes."""
    server._socks.append(target)

    def copy(source: Any, sink: Any) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        for sock in (source, sink):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=copy, args=(target, client), daemon=True)
    back.start()
    copy(client, target)
    back.join()
    server.left.set()


def tunnelling(sock: Any, server: Server) -> None:
    """Serve as an HTTP proxy that opens tunnels to loopback ports."""
    request = hear(sock, server)
    if not request.startswith(b'CONNECT '):
        return
    port = int(request.split(b' ')[1].rsplit(b':', 1)[1])
    with socket.create_connection(('127.0.0.1', port)) as target:
        sock.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
        forward(sock, target, server)


def exactly(sock: Any, length: int) -> bytes:
    """Read exactly `length` bytes; OSError when there are fewer."""
    data = b''
    while len(data) < length:
        chunk = sock.recv(length - len(data))
        if not chunk:
            raise OSError('gone')
        data += chunk
    return data


def socks5(
    user: bytes | None = None, password: bytes = b'', refusal: int = 0
) -> Callable[[Any, Server], None]:
    """Return a SOCKS5 proxy (RFC 1928, RFC 1929), with a login and a refusal's reply code if any.

    The requested target is appended to `heard`: a name (type 3) or an address (type 1).
    """

    def talk(sock: Any, server: Server) -> None:
        methods = exactly(sock, exactly(sock, 2)[1])
        method = 2 if user is not None else 0
        if method not in methods:
            sock.sendall(b'\x05\xff')
            return
        sock.sendall(bytes([5, method]))
        if user is not None:
            login = exactly(sock, exactly(sock, 2)[1])
            secret = exactly(sock, exactly(sock, 1)[0])
            accepted = (login, secret) == (user, password)
            sock.sendall(b'\x01\x00' if accepted else b'\x01\x01')
            if not accepted:
                return
        kind = exactly(sock, 4)[3]
        name = exactly(sock, exactly(sock, 1)[0] if kind == 3 else 4)
        port = struct.unpack('>H', exactly(sock, 2))[0]
        server.heard.append(bytes([kind]) + name)
        reply = bytes([5, refusal, 0, 1, 0, 0, 0, 0, 0, 0])
        if refusal:
            sock.sendall(reply)
            return
        with socket.create_connection(('127.0.0.1', port)) as target:
            sock.sendall(reply)
            forward(sock, target, server)

    return talk


def socks4(sock: Any, server: Server) -> None:
    """Serve as a SOCKS4 proxy that also resolves names (4a)."""
    _, _, port = struct.unpack('>BBH', exactly(sock, 4))
    address = exactly(sock, 4)
    while exactly(sock, 1) != b'\x00':
        pass
    name = b''
    if address[:3] == b'\x00\x00\x00':
        while (byte := exactly(sock, 1)) != b'\x00':
            name += byte
    server.heard.append(name or address)
    with socket.create_connection(('127.0.0.1', port)) as target:
        sock.sendall(b'\x00\x5a' + b'\x00' * 6)
        forward(sock, target, server)


class Deaf:
    """A port whose queue is full, so that every connection attempt times out."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(('127.0.0.1', 0))
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._waiting: list[socket.socket] = []

    def __enter__(self) -> 'Deaf':
        for _ in range(8):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(('127.0.0.1', self.port))
            self._waiting.append(sock)
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (*self._waiting, self._listener):
            sock.close()


def unused_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return int(listener.getsockname()[1])
