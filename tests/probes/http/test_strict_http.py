# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Answers whose framing breaks the rules."""

from __future__ import annotations

import io
from http.client import IncompleteRead, RemoteDisconnected

import pytest

from azext_acrhealth.probes.http.strict_http import strict_response


class Wire:
    """A socket on which these bytes have come, and then the end."""

    def __init__(self, sent):
        self._sent = sent

    def makefile(self, _):
        return io.BytesIO(self._sent)


def read(sent):
    response = strict_response()(Wire(sent))
    response.begin()
    return response.status, response.read()


@pytest.mark.parametrize(
    'sent, body',
    [
        (b'HTTP/1.1 200 OK\r\n\r\n', b''),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab', b'ab'),
        (b'HTTP/1.1 200 OK\nServer: x\n\nab', b'ab'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n', b'ab'),
    ],
)
def test_right_answers(sent, body):
    assert read(sent) == (200, body)


@pytest.mark.parametrize(
    'sent',
    [
        b'HTTP/1.1 401 No\r\n',
        b'HTTP/1.1 401 No\r\nServer: x\r\n',
        b'HTTP/1.1 401 No\r\nServer: x',
        b'HTTP/1.1 401 No\r\nServer: x\r\nWww-Authenticate: Bea',
    ],
)
def test_headers_without_an_end(sent):
    with pytest.raises(IncompleteRead):
        read(sent)


def test_nothing_at_all():
    with pytest.raises(RemoteDisconnected):
        read(b'')


def test_a_chunk_of_negative_length():
    with pytest.raises((ValueError, IncompleteRead)):
        read(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n' + b'x' * 999)
