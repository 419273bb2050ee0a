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


def test_a_chunk_of_negative_length():
    with pytest.raises((ValueError, IncompleteRead)):
        read(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n' + b'x' * 999)
