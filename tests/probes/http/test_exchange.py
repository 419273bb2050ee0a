# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the bytes of a request, and of the bound of its response."""

from __future__ import annotations

import logging

import pytest

from azext_acrhealth.probes.http.exchange import Request, form
from tests.probes.servers import http


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
