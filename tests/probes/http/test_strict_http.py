# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of responses with invalid framing."""

from __future__ import annotations

import io
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from azext_acrhealth.probes.http.strict_http import strict_response


class FakeSocket:
    """A socket that has received these bytes and the end of the stream."""

    def __init__(self, data):
        self._data = data

    def makefile(self, _):
        return io.BytesIO(self._data)


def read(data):
    response = strict_response()(FakeSocket(data))
    response.begin()
    return response.status, response.read()


@pytest.mark.parametrize(
    'data, body',
    [
        (b'HTTP/1.1 200 OK\r\n\r\n', b''),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab', b'ab'),
        (b'HTTP/1.1 200 OK\nServer: x\n\nab', b'ab'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n', b'ab'),
    ],
)
def test_valid_responses(data, body):
    assert read(data) == (200, body)


@pytest.mark.parametrize(
    'data',
    [
        b'HTTP/1.1 401 No\r\n',
        b'HTTP/1.1 401 No\r\nServer: x\r\n',
        b'HTTP/1.1 401 No\r\nServer: x',
        b'HTTP/1.1 401 No\r\nServer: x\r\nWww-Authenticate: Bea',
    ],
)
def test_truncated_headers(data):
    with pytest.raises(IncompleteRead):
        read(data)


def test_an_empty_response():
    with pytest.raises(RemoteDisconnected):
        read(b'')


CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'


@pytest.mark.parametrize(
    'chunks, body',
    [
        (b'2\r\nab\r\n0\r\n\r\n', b'ab'),
        (b'0000002\r\nab\r\n00\r\n\r\n', b'ab'),
        (b'A;ext="x"\r\n0123456789\r\n1 \r\nb\r\n0\r\nTrailer: x\r\n\r\n', b'0123456789b'),
    ],
)
def test_valid_chunks(chunks, body):
    assert read(CHUNKED + chunks) == (200, body)


@pytest.mark.parametrize(
    'chunks',
    [
        b'-1\r\n' + b'x' * 999,
        b'+2\r\nab\r\n0\r\n\r\n',
        b'0x2\r\nab\r\n0\r\n\r\n',
        b' 2\r\nab\r\n0\r\n\r\n',
        b'1_0\r\n0123456789abcdef\r\n0\r\n\r\n',
        b'\r\n',
        b'2\nab\r\n0\r\n\r\n',
        b'zz\r\nab\r\n',
        b'2\r\nabc\r\n0\r\n\r\n',
        b'2\r\nab\n0\r\n\r\n',
        b'0' * 20 + b'2\r\nab\r\n0\r\n\r\n',
        b'2;' + b'x' * 5000 + b'\r\nab\r\n0\r\n\r\n',
    ],
)
def test_invalid_chunks(chunks):
    with pytest.raises(ValueError):
        read(CHUNKED + chunks)


@pytest.mark.parametrize(
    'chunks',
    [
        b'',
        b'2',
        b'2\r\n',
        b'2\r\na',
        b'2\r\nab\r\n',
        b'2\r\nab\r\n0\r\n',
        b'2\r\nab\r\n0\r\nX: 1\r\n',
    ],
)
def test_truncated_chunks(chunks):
    with pytest.raises(IncompleteRead):
        read(CHUNKED + chunks)
