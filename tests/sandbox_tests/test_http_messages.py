# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""HTTP messages as bytes, and the server name in a ClientHello."""

from __future__ import annotations

import io
import socket
import ssl

import pytest

from tests.sandbox.host import client_hello
from tests.sandbox.services.http_messages import Response, read_request


def client_hello_record(name: str) -> bytes:
    """Return the first record of a client of this Python."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_reads_the_server_name() -> None:
    assert (
        client_hello.server_name(client_hello_record('contoso.azurecr.test'))
        == 'contoso.azurecr.test'
    )


def test_a_truncated_client_hello_is_accepted() -> None:
    record = client_hello_record('contoso.azurecr.test')
    for length in range(1, len(record)):
        assert 'contoso.azurecr.test'.startswith(
            client_hello.server_name(record[:length]) or 'contoso'
        )


def test_peek_leaves_the_bytes_in_the_socket() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(client_hello_record('contoso.azurecr.test'))
        record = client_hello.peek(far)
        assert record is not None and far.recv(65536) == record


def test_header_lines_have_the_order_of_the_registrys() -> None:
    head = Response(
        401, b'x', (('Server', 'openresty'), ('Content-Type', 'a/b'), ('X-A', '1'), ('X-A', '1'))
    ).head()
    names = [line.split(b':')[0].decode() for line in head.split(b'\r\n')[1:-2]]
    assert names == ['Server', 'Date', 'Content-Type', 'Content-Length', 'Connection', 'X-A', 'X-A']


def test_reads_requests_one_after_the_other() -> None:
    stream = io.BytesIO(
        b'GET /a?x=1&x=2 HTTP/1.1\r\nHost: A.Test:443\r\n\r\n'
        b'PATCH /b HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n'
        b'3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
        b'POST /c HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nxyz'
    )
    sent: list[bytes] = []
    first, second, third = (read_request(stream, sent.append) for _ in range(3))
    assert first and first.host == 'a.test' and first.query == {'x': ['1', '2']}
    assert second and second.body == b'abcde'
    assert third and third.body == b'xyz' and sent == [b'HTTP/1.1 100 Continue\r\n\r\n']
    assert read_request(stream, sent.append) is None


def test_what_is_not_http_is_refused() -> None:
    with pytest.raises(ValueError):
        read_request(io.BytesIO(b'\x16\x03\x01 hello\r\n'), print)
