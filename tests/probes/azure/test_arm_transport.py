# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Requests to Azure Resource Manager, over few connections, to real local servers."""

from __future__ import annotations

import gzip
import threading
import time

import pytest
from knack.util import CLIError

from azext_acrhealth.probes.azure import arm_transport
from azext_acrhealth.probes.azure.arm_transport import ArmTransport
from azext_acrhealth.probes.http import connection
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, soon

OK = servers.http(b'{"value":[]}')


@pytest.fixture
def transport():
    made = ArmTransport('azurecli/2')
    yield made
    made.close()


def get(transport, server, path='/a?api-version=1', seconds=5.0, method='GET', **options):
    url, until = f'https://localhost:{server.port}{path}', time.monotonic() + seconds
    return transport.send(method, url, {'X-Our': '1'}, until=until, **options)


def test_a_response(serve, transport, monkeypatch):
    server = serve(servers.answering(OK))
    monkeypatch.setattr(connection, 'PORT', 443)
    response = get(transport, server)
    assert (response.status, response.json(), response.complete) == (200, {'value': []}, True)
    head = server.heard[0].partition(b'\r\n\r\n')[0].decode().split('\r\n')
    assert head[0] == 'GET /a?api-version=1 HTTP/1.1'
    assert {
        f'Host: localhost:{server.port}',
        'User-Agent: azurecli/2',
        'Accept-Encoding: gzip',
        'X-Our: 1',
    } <= set(head)


def test_a_body(serve, transport):
    server = serve(servers.answering(OK))
    url = f'https://localhost:{server.port}/a'
    assert transport.send('POST', url, {'Content-Type': 'x/y'}, b'{}', until=soon()).status == 200
    head, _, body = server.heard[0].partition(b'\r\n\r\n')
    assert head.count(b'Content-Length: 2') == 1 and b'Content-Type: x/y' in head and body == b'{}'


@pytest.mark.parametrize(
    'path, sent',
    [
        ('/groups/my group/x', '/groups/my%20group/x'),
        ('/groups/gr\u00fcn(1)?$filter=a%20eq', '/groups/gr%C3%BCn(1)?$filter=a%20eq'),
        ('', ''),
    ],
)
def test_a_path_is_encoded_once(serve, transport, path, sent):
    server = serve(servers.answering(OK))
    get(transport, server, path)
    assert server.heard[0].startswith(f'GET {sent or "/"} HTTP/1.1'.encode())


def test_gzip(serve, transport):
    body = gzip.compress(b'{"value":[1]}')
    server = serve(servers.answering(servers.http(body, '200 OK', 'Content-Encoding: gzip')))
    assert get(transport, server).json() == {'value': [1]}


def test_a_connection_serves_one_request_after_another(serve, transport):
    server = serve(servers.answering(OK))
    for _ in range(3):
        assert get(transport, server).status == 200
    assert (server.accepted, len(server.heard)) == (1, 3)


def test_requests_at_the_same_time(serve, transport, monkeypatch):
    monkeypatch.setattr('azext_acrhealth.probes.azure.connection_pool.MAX_WAIT', 0.01)
    server, found = serve(servers.answering(OK, pause=0.01)), []
    threads = [
        threading.Thread(target=lambda: found.append(get(transport, server).status))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 4 and 1 <= server.accepted <= 4


def test_a_connection_that_the_server_closes_is_opened_again(serve, transport):
    server = serve(servers.answering(OK, close=True))
    for _ in range(2):
        assert get(transport, server).status == 200
    assert server.accepted == 2


def one_response_per_connection(sock, server):
    """Read a second request of a connection, and end without a response."""
    if servers.hear(sock, server):
        sock.sendall(OK)
        servers.hear(sock, server)


def test_an_idle_connection_that_ends_under_the_next_request(serve, transport):
    server = serve(one_response_per_connection)
    for _ in range(3):
        assert get(transport, server).status == 200
    assert (server.accepted, len(server.heard)) == (3, 5)


def test_a_request_that_is_not_sent_again_gets_a_new_connection(serve, transport):
    server = serve(one_response_per_connection)
    for _ in range(3):
        assert get(transport, server, method='POST', resend=False).status == 200
    assert (server.accepted, len(server.heard)) == (3, 3)


def test_an_idle_connection_has_the_time_of_the_next_request(serve, transport):
    """Also to connect again, after the time of the request that opened it."""
    server = serve(servers.answering(OK, close=True))
    assert get(transport, server, seconds=0.5).status == 200
    time.sleep(0.6)
    assert get(transport, server).status == 200


@pytest.mark.parametrize(
    'talk, kind',
    [
        (servers.silent, 'Timeout'),
        (servers.answering(OK, pause=0.05), 'Timeout'),
        (servers.answering(None), 'Cut'),
        (servers.answering(b'no HTTP\r\n\r\n'), 'NotHttp'),
    ],
    ids=['silent', 'slow', 'closed', 'not HTTP'],
)
def test_a_request_that_fails(serve, transport, talk, kind):
    server = serve(talk)
    with Watch() as watch:
        response = get(transport, server, seconds=0.5)
    assert (response.status, response.failure.kind) == (None, kind) and watch.took < PROMPT
    assert response.at
    with Watch() as watch:
        get(transport, server, seconds=0.5)
    assert server.accepted == 2 and watch.took < PROMPT


def test_the_limit_of_other_requests_does_not_apply(serve, transport, monkeypatch):
    """A command in a cluster responds when its pod has started."""
    monkeypatch.setattr('azext_acrhealth.probes.deadlines.REQUEST', 0.1)
    server = serve(servers.routed(lambda *_: time.sleep(0.5) or OK))
    assert get(transport, server).status == 200


def test_each_host_has_its_own_connections(serve, transport):
    first, second = serve(servers.answering(OK)), serve(servers.answering(OK))
    for server in (first, second, first):
        assert get(transport, server).status == 200
    assert (len(first.heard), len(second.heard)) == (2, 1)


def test_a_server_that_cannot_be_reached(trusting, transport):
    url = f'https://localhost:{servers.unused_port()}/'
    response = transport.send('GET', url, {}, until=soon())
    assert (response.failure.kind, response.at) == ('Refused', '')


def test_a_name_that_does_not_resolve(trusting, transport):
    response = transport.send('GET', 'https://no-such-name.invalid/', {}, until=soon())
    assert response.failure.text.startswith("the name doesn't resolve: ") and response.at == ''


@pytest.mark.parametrize('kind', ['expired', 'unknown CA', 'wrong host'])
def test_a_certificate_is_validated(serve, transport, kind):
    server = serve(servers.answering(OK), kind)
    response = get(transport, server)
    assert response.failure and not response.at and server.heard == []


def test_a_response_that_is_too_long(serve, transport, monkeypatch):
    monkeypatch.setattr(arm_transport, 'ARM_SIZE', 5)
    response = get(transport, serve(servers.answering(OK)))
    assert (response.complete, response.body, response.json()) == (False, b'{"val', None)


def test_a_redirect_is_not_followed(serve, transport):
    server = serve(servers.answering(servers.http(b'', '302 Found', 'Location: /next')))
    assert get(transport, server).status == 302 and len(server.heard) == 1


@pytest.mark.parametrize('url', ['http://localhost:1/a', 'https:///a', 'ftp://localhost/a', '/a'])
def test_a_token_is_not_sent_in_plain_text(transport, url):
    for _ in range(2):  # what failed doesn't keep the next one waiting
        with Watch() as watch, pytest.raises(CLIError, match='https URL'):
            transport.send('GET', url, {}, until=soon())
        assert watch.took < PROMPT


def test_closing(serve, transport):
    server = serve(servers.answering(OK))
    get(transport, server)
    transport.close()
    assert server.left.wait(20)
