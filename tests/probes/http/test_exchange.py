# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the bytes of a request, and of the bound of its response."""

from __future__ import annotations

import gzip
import logging
import socket
import time
import tracemalloc

import pytest

from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Filler, Request, form
from tests.probes.clock import soon
from tests.probes.servers import http, reset

MEBIBYTE = 2**20
TOO_LARGE = http(
    b'<title>413 Request Entity Too Large</title>', '413 Too Large', 'Connection: close'
)


def test_a_header_may_be_repeated_and_replaces_a_default(ask):
    server, connection = ask(http(b'{}'))
    connection.request(
        Request('GET', '/v2//x?a=1', (('Accept', 'one'), ('Accept', 'two'), ('Range', 'bytes=0-9')))
    )
    head = server.heard[0].decode().split('\r\n\r\n')[0].split('\r\n')
    assert head == [
        'GET /v2//x?a=1 HTTP/1.1',
        'Host: localhost',
        'Accept-Encoding: identity',
        'User-Agent: acrhealth-test',
        'Accept: one',
        'Accept: two',
        'Range: bytes=0-9',
    ]


PACKED = gzip.compress(b'{"a": 1}', mtime=0)


@pytest.mark.parametrize(
    'reply, headers, body, failure',
    [
        (http(PACKED, '200 OK', 'Content-Encoding: GZIP'), (), b'{"a": 1}', None),
        (http(b'', '200 OK', 'Content-Encoding: gzip'), (), b'', None),
        (http(PACKED, '200 OK', 'Content-Encoding: br'), (), PACKED, None),
        (
            http(PACKED, '200 OK', 'Content-Encoding: gzip'),
            (('Range', 'bytes=0-9'),),
            PACKED,
            None,
        ),
        (http(b'{}', '200 OK', 'Content-Encoding: gzip'), (), b'', 'NotHttp'),
        (http(PACKED[:-9], '200 OK', 'Content-Encoding: gzip'), (), b'', 'Cut'),
    ],
)
def test_gzip_that_a_client_unpacks(ask, reply, headers, body, failure):
    response = ask(reply)[1].request(Request('GET', '/', headers))
    assert response.body == body
    assert (response.failure and response.failure.kind) == failure


def test_a_decompression_bomb_is_unpacked_up_to_the_bound(ask):
    bomb = http(gzip.compress(b'x' * 2**26, mtime=0), '200 OK', 'Content-Encoding: gzip')
    response = ask(bomb)[1].request(Request('GET', '/', bound=1000))
    assert (len(response.body), response.complete) == (1000, False)


@pytest.mark.parametrize(
    'request_, length, body',
    [
        (Request('POST', '/'), '0', ''),
        (Request('PATCH', '/', body=b'abc'), '3', 'abc'),
        (Request('DELETE', '/'), None, ''),
        (form('/', [('a', 'b c'), ('a', '&')]), '11', 'a=b+c&a=%26'),
    ],
)
def test_a_body_has_a_length(ask, request_, length, body):
    server, connection = ask(http(b''))
    connection.request(request_)
    head, _, sent = server.heard[0].decode().partition('\r\n\r\n')
    lengths = [
        line.split(': ')[1] for line in head.split('\r\n') if line.startswith('Content-Length')
    ]
    assert (lengths, sent) == ([length] if length else [], body)


@pytest.mark.parametrize('bound, complete', [(9, False), (10, True), (11, True)])
def test_a_response_is_read_up_to_the_bound_of_the_request(ask, bound, complete):
    _, connection = ask(http(b'x' * 10), http(b'next'))
    response = connection.request(Request('GET', '/', bound=bound))
    assert (len(response.body), response.complete) == (min(bound, 10), complete)
    assert connection.request(Request('GET', '/')).body == b'next', (
        'the next request succeeds, if necessary on a new connection'
    )


def test_signatures_and_tokens_are_not_logged(ask, caplog):
    caplog.set_level(logging.DEBUG)
    _, connection = ask(http(b'{}'))
    request = Request('GET', '/data?sig=s3cret', (('Authorization', 'Bearer s3cret'),), b's3cret')
    assert connection.request(request).status == 200
    assert 's3cret' not in caplog.text + repr(request)


@pytest.mark.parametrize('path', ['/a b', '/a\r\nX: y', '/\x7f', '/\u00e4'])
def test_an_invalid_path_is_not_sent(ask, path):
    server, connection = ask(http(b'{}'))
    assert connection.request(Request('GET', path)).failure.kind == 'NotHttp'
    assert server.heard == []


def head_of(sock):
    """Read the head of a request, and nothing of its body, as far as that is possible."""
    data = b''
    while b'\r\n\r\n' not in data:
        data += sock.recv(1)
    return data


def swallow(sock, server):
    """Read everything without keeping it."""
    while sock.recv(MEBIBYTE):
        pass


@pytest.mark.parametrize('size', [1, 65_536, 65_537, 3 * MEBIBYTE + 5])
def test_a_filler_is_sent_whole(ask, size):
    server, connection = ask(http(b'', '202 Accepted'))
    filler = Filler(size)
    assert connection.request(Request('PATCH', '/', body=filler)).status == 202
    head, _, body = server.heard[0].partition(b'\r\n\r\n')
    assert f'Content-Length: {size}' in head.decode().split('\r\n')
    assert len(body) == size == filler.sent and (size < 9 or len({*body}) > 1)


def test_a_filler_takes_no_memory(serve):
    def answer_at_the_end(sock, server):
        head_of(sock)
        left = 64 * MEBIBYTE
        while left:
            left -= len(sock.recv(65_536))
        sock.sendall(http(b'', '202 Accepted'))

    serve(answer_at_the_end)
    connection = Connection('localhost', soon(), 'acrhealth-test')
    assert not connection.handshake().failure
    tracemalloc.start()
    try:
        response = connection.request(Request('PATCH', '/', body=Filler(64 * MEBIBYTE)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        connection.close()
    assert response.status == 202 and peak < 8 * MEBIBYTE


def test_a_server_that_responds_before_it_has_read_everything(serve):
    def refuse(sock, server):
        head_of(sock)
        sock.sendall(TOO_LARGE)
        swallow(sock, server)

    serve(refuse)
    connection = Connection('localhost', soon(), 'acrhealth-test')
    response = connection.request(Request('PATCH', '/', body=Filler(8 * MEBIBYTE)))
    connection.close()
    assert response.status == 413 and response.title == '413 Request Entity Too Large'


def test_a_success_without_the_whole_body_is_none(serve):
    def accept(sock, server):
        head_of(sock)
        sock.sendall(http(b'', '202 Accepted', 'Location: /x'))
        sock.shutdown(socket.SHUT_RDWR)

    serve(accept)
    connection = Connection('localhost', soon(), 'acrhealth-test')
    response = connection.request(Request('PATCH', '/', body=Filler(64 * MEBIBYTE)))
    connection.close()
    assert response.status is None and response.failure.kind in ('Cut', 'Reset')
    assert response.failure.text.endswith(' of 64.0 MiB sent)')


def test_a_server_that_resets_the_connection_during_the_body(serve):
    def cut(sock, server):
        head_of(sock)
        reset(sock, server)

    serve(cut)
    connection = Connection('localhost', soon(), 'acrhealth-test')
    response = connection.request(Request('PATCH', '/', body=Filler(64 * MEBIBYTE)))
    connection.close()
    assert response.failure.kind in ('Cut', 'Reset')
    assert response.failure.text.endswith(' of 64.0 MiB sent)')


def test_a_filler_may_take_until_the_deadline_and_no_longer(serve):
    def deaf(sock, server):
        head_of(sock)
        server.stopped.wait(30)

    serve(deaf)
    connection = Connection('localhost', time.monotonic() + 1.0, 'acrhealth-test')
    since = time.monotonic()
    response = connection.request(Request('PATCH', '/', body=Filler(1024 * MEBIBYTE)))
    connection.close()
    assert response.failure.kind == 'Timeout' and time.monotonic() - since < 8
    assert ' of 1,024.0 MiB sent)' in response.failure.text
