# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the head of a response, and of where its body ends."""

from __future__ import annotations

import io
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from azext_acrhealth.probes.http.response_head import (
    MAX_HEAD,
    Framing,
    Head,
    framing_of,
    read_head,
)


def head_of(data: bytes) -> Head:
    return read_head(io.BytesIO(data))


@pytest.mark.parametrize(
    'data, expected',
    [
        (b'HTTP/1.1 200 OK\r\n\r\n', Head(11, 200, 'OK', ())),
        (b'HTTP/1.0 404\n\n', Head(10, 404, '', ())),
        (b'HTTP/2.0 200  A  B \r\n\r\n', Head(11, 200, 'A  B', ())),
        (
            b'HTTP/1.1 200 OK\r\nA: 1\r\na:\t2 \t\r\n\r\n',
            Head(11, 200, 'OK', (('A', '1'), ('a', '2'))),
        ),
        (b'HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3\r\n\r\n', Head(11, 200, 'OK', (('A', '1 2 3'),))),
        (b'HTTP/1.1 200 OK\r\nA:\r\n b\r\n\r\n', Head(11, 200, 'OK', (('A', 'b'),))),
        (
            b'HTTP/1.1 200 OK\r\nA: x\ry\r\nB: 2\r\n\r\n',
            Head(11, 200, 'OK', (('A', 'x\ry'), ('B', '2'))),
        ),
        (b'HTTP/1.1 200 OK\r\nA : 1\r\n\r\n', Head(11, 200, 'OK', (('A ', '1'),))),
        (b'HTTP/1.1 200 OK\r\nA: \xe9\r\n\r\n', Head(11, 200, 'OK', (('A', '\xe9'),))),
        (b'HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', Head(11, 200, 'OK', ())),
        (
            b'HTTP/1.1 103 Early Hints\r\n\r\n' * 9 + b'HTTP/1.1 401 No\r\n\r\n',
            Head(11, 401, 'No', ()),
        ),
        (b'HTTP/1.1 101 Switching\r\n\r\nxyz', Head(11, 101, 'Switching', ())),
    ],
)
def test_valid_heads(data: bytes, expected: Head) -> None:
    assert head_of(data) == expected


@pytest.mark.parametrize(
    'data',
    [
        b'SSH-2.0-OpenSSH_9.6\r\n',
        b'HTTP/1.1 20 OK\r\n\r\n',
        b'HTTP/1.1 2000 OK\r\n\r\n',
        b'HTTP/1.1 +20 OK\r\n\r\n',
        b'HTTP/11 200 OK\r\n\r\n',
        b'http/1.1 200 OK\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n A: 1\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n: 1\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nA\x00: 1\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nA(b): 1\r\n\r\n',
        b'H' * 70000,
        b'HTTP/1.1 200 OK\r\nA: ' + b'x' * MAX_HEAD + b'\r\n\r\n',
        b'HTTP/1.1 200 OK\r\n' + b'A: 1\r\n' * (MAX_HEAD // 6) + b'\r\n',
        b'HTTP/1.1 103 Hints\r\n\r\n' * (MAX_HEAD // 20),
    ],
    ids=lambda data: data[:40],
)
def test_what_is_not_http(data: bytes) -> None:
    with pytest.raises(ValueError):
        head_of(data)


@pytest.mark.parametrize('end', range(1, len(b'HTTP/1.1 200 OK\r\nA: 1\r\n\r\n') - 1))
def test_a_truncated_head(end: int) -> None:
    with pytest.raises(IncompleteRead):
        head_of(b'HTTP/1.1 200 OK\r\nA: 1\r\n\r\n'[:end])


def test_no_response() -> None:
    with pytest.raises(RemoteDisconnected):
        head_of(b'')


CLOSE, CHUNKED = ('Connection', 'x, Close'), ('Transfer-Encoding', 'Chunked')


@pytest.mark.parametrize(
    'head, method, expected',
    [
        (Head(11, 200, '', (('Content-Length', '9'),)), 'GET', Framing(9)),
        (Head(11, 200, '', (('Content-Length', '9'), ('content-length', '9'))), 'GET', Framing(9)),
        (Head(11, 200, '', (('Content-Length', '0009'),)), 'GET', Framing(9)),
        (Head(11, 200, '', (('Content-Length', '9'), CLOSE)), 'GET', Framing(9, closes=True)),
        (Head(11, 200, '', ()), 'GET', Framing(closes=True)),
        (Head(11, 200, '', (CHUNKED,)), 'GET', Framing(chunked=True)),
        (Head(11, 200, '', (CHUNKED, ('Content-Length', '9'))), 'GET', Framing(chunked=True)),
        (Head(10, 200, '', (CHUNKED, ('Content-Length', '9'))), 'GET', Framing(9, closes=True)),
        (
            Head(10, 200, '', (('Connection', 'keep-alive'), ('Content-Length', '9'))),
            'GET',
            Framing(9),
        ),
        (Head(11, 200, '', (('Content-Length', '9'),)), 'HEAD', Framing(0)),
        (Head(11, 204, '', (CHUNKED,)), 'GET', Framing(0)),
        (Head(11, 304, '', (('Content-Length', '9'),)), 'GET', Framing(0)),
    ],
)
def test_where_a_body_ends(head: Head, method: str, expected: Framing) -> None:
    assert framing_of(head, method) == expected


@pytest.mark.parametrize(
    'headers',
    [
        *(
            [('Content-Length', length)]
            for length in ('-1', '+418', '9, 9', '²³', '', '9 9', '0x9', '9.0', '9' * 19, '1' * 99)
        ),
        [('Content-Length', '9'), ('Content-Length', '8')],
        *(
            [('Transfer-Encoding', encoding)]
            for encoding in ('identity', 'gzip', 'gzip, chunked', 'chunked, chunked', '')
        ),
        [CHUNKED, CHUNKED],
        [CHUNKED, ('Content-Length', '-1')],
    ],
    ids=str,
)
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_invalid_framing(headers: list[tuple[str, str]], method: str) -> None:
    with pytest.raises(ValueError):
        framing_of(Head(11, 200, '', tuple(headers)), method)
