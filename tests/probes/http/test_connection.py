# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of a connection's phases and requests, with real TLS servers that behave well or badly."""

from __future__ import annotations

import sys
import time

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import connection as module
from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.dns import Resolution
from azext_acrhealth.probes.http.exchange import Request, form
from azext_acrhealth.probes.http.response import BODY
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, eventually, soon
from tests.probes.servers import answering, http

MEBIBYTE = 2**20

CHALLENGE = http(
    b'{"errors":[]}\n',
    '401 Unauthorized',
    'Www-Authenticate: Bearer realm="https://localhost/oauth2/token",service="localhost"',
    'X-Thing: one',
    'x-thing: two',
)
LOGIN = 'alice:s3cret@'
# Before 3.12.3, Python's TLS reports a reset as the end of the connection (gh-115627).
RESET = ('Reset',) if sys.version_info >= (3, 12, 3) else ('Reset', 'Cut')


@pytest.fixture
def connect():
    connections = []

    def make(host='localhost', seconds=30.0, user_agent='acrhealth-test'):
        connections.append(Connection(host, soon(seconds), user_agent))
        return connections[-1]

    yield make
    for connection in connections:
        connection.close()


class TestGood:
    def test_all_phases(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect()
        assert connection.route().proxy is None
        assert '127.0.0.1' in connection.resolution().addresses
        assert connection.tcp().address == '127.0.0.1'
        assert connection.handshake().protocol.startswith('TLS')
        response = connection.challenge()
        assert (
            response.status == 401
            and response.failure is None
            and response.complete
            and response.body == b'{"errors":[]}\n'
        )
        assert response.header('www-authenticate').startswith('Bearer ') and response.all(
            'X-THING'
        ) == ('one', 'two')
        assert response.at.endswith('Z') and 0 < response.seconds < 10
        assert server.accepted == 1
        request = server.heard[0].decode()
        assert request.startswith(
            f'GET /v2/ HTTP/1.1\r\nHost: localhost:{server.port}\r\n'.split(':')[0]
        )
        assert (
            'User-Agent: acrhealth-test\r\n' in request
            and 'Accept-Encoding: identity\r\n' in request
        )

    def test_each_phase_runs_once_in_any_order(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect().open()
        phases = [
            connection.challenge,
            connection.handshake,
            connection.tcp,
            connection.resolution,
            connection.challenge,
            connection.handshake,
        ]
        futures = [deadlines.background(phase) for phase in phases]
        results = [future.result(10) for future in futures]
        assert results[0] is results[4] and results[1] is results[5]
        assert server.accepted == 1 and len(server.heard) == 1

    def test_requests_share_the_connection(self, serve, connect):
        server = serve(
            answering(CHALLENGE, http(b'{"refresh_token":"r"}'), http(b'{"access_token":"a"}'))
        )
        connection = connect()
        assert connection.challenge().status == 401
        fields = [('grant_type', 'access_token'), ('scope', 'a b'), ('scope', 'c')]
        assert connection.request(form('/oauth2/exchange', fields)).json() == {'refresh_token': 'r'}
        assert connection.request(form('/oauth2/token', [('x', '1&2')])).json() == {
            'access_token': 'a'
        }
        assert server.accepted == 1 and len(server.heard) == 3
        exchange, token = (request.decode() for request in server.heard[1:])
        assert exchange.startswith('POST /oauth2/exchange HTTP/1.1\r\n')
        assert 'Content-Type: application/x-www-form-urlencoded\r\n' in exchange
        assert exchange.endswith(
            '\r\n\r\ngrant_type=access_token&scope=a+b&scope=c'
        ) and token.endswith('x=1%262')

    def test_a_redirect_is_not_followed(self, serve, connect):
        server = serve(
            answering(http(b'', '307 Temporary Redirect', 'Location: https://elsewhere.example/'))
        )
        response = connect().challenge()
        assert (response.status, response.header('location')) == (307, 'https://elsewhere.example/')
        assert server.accepted == 1 and len(server.heard) == 1

    @pytest.mark.parametrize(
        'reply, status, body',
        [
            (
                b'HTTP/1.1 200 OK\r\nTransfer-Encoding: '
                b'chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
                200,
                b'abcde',
            ),
            (b'HTTP/1.1 204 No Content\r\n\r\n', 204, b''),
            (
                b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
                200,
                b'ok',
            ),
            (
                b'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' + http(b'ok'),
                200,
                b'ok',
            ),
            (b'HTTP/1.1 200 OK\r\n' + b'X-Many: 1\r\n' * 500 + http(b'ok')[17:], 200, b'ok'),
            (b'HTTP/1.1 200 OK\r\nX: ' + b'x' * MEBIBYTE + b'\r\n' + http(b'ok')[17:], 200, b'ok'),
            (b'HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n', 429, b''),
            (
                b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: \xe9\r\n\r\n\xff\xfe\x00',
                200,
                b'\xff\xfe\x00',
            ),
        ],
    )
    def test_forms_of_responses(self, serve, connect, reply, status, body):
        serve(answering(reply))
        response = connect().challenge()
        assert (response.status, response.body, response.failure, response.complete) == (
            status,
            body,
            None,
            True,
        )


class TestReopening:
    def test_an_idle_connection_that_was_closed_is_reopened(self, serve, connect):
        server = serve(answering(CHALLENGE, close=True))
        connection = connect()
        first, handshake = connection.challenge(), connection.handshake()
        assert server.accepted == 1
        time.sleep(0.05)
        assert connection.request(form('/oauth2/exchange', [('a', 'b')])).status == 401
        assert server.accepted == 2 and len(server.heard) == 2
        assert connection.challenge() is first and connection.handshake() is handshake, (
            'the phases keep their results'
        )

    def test_connection_close_is_respected(self, serve, connect):
        server = serve(answering(http(b'x', '200 OK', 'Connection: close'), http(b'y')))
        connection = connect()
        assert connection.challenge().body == b'x'
        assert (
            connection.request(Request('GET', '/')).body == b'y'
            and connection.request(Request('GET', '/')).body == b'y'
        )
        assert server.accepted == 2

    def test_phases_after_connection_close_open_nothing(self, serve, connect):
        server = serve(answering(http(b'x', '200 OK', 'Connection: close')))
        connection = connect()
        connection.challenge()
        assert connection.tcp().failure is None and connection.handshake().failure is None
        assert server.accepted == 1
        assert server.left.wait(3) or eventually(lambda: server.accepted == 1)

    def test_a_connection_is_reopened_only_once(self, serve, connect):
        server = serve(answering(CHALLENGE, None, None, None))
        connection = connect()
        connection.challenge()
        response = connection.request(form('/oauth2/exchange', [('a', 'b')]))
        assert response.failure.kind in RESET and server.accepted == 2

    def test_a_truncated_response_is_not_retried(self, serve, connect):
        def once_then_half(sock, server):
            servers.hear(sock, server)
            sock.sendall(CHALLENGE)
            servers.hear(sock, server)
            sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"refresh')

        server = serve(once_then_half)
        connection = connect()
        connection.challenge()
        assert connection.request(form('/oauth2/exchange', [('a', 'b')])).failure.kind == 'Cut'
        assert len(server.heard) == 2, 'a request was repeated after its response had started'

    def test_a_first_request_that_is_reset_is_not_retried(self, serve, connect):
        server = serve(answering(None))
        assert connect().challenge().failure.kind in RESET and server.accepted == 1

    def test_after_a_failure_the_next_request_has_a_new_connection(self, serve, connect):
        server = serve(answering(b'nonsense\r\n\r\n', http(b'{}')))
        connection = connect()
        assert connection.challenge().failure.kind == 'NotHttp'
        assert connection.request(Request('GET', '/')).status == 200 and server.accepted == 2

    def test_a_host_that_is_down_when_it_is_reopened(self, serve, connect):
        server = serve(answering(CHALLENGE, close=True))
        connection = connect()
        connection.challenge()
        server.__exit__()
        response = connection.request(Request('GET', '/'))
        assert response.status is None and response.failure.kind in ('Refused', 'Cut', 'Reset')


class TestBadResponses:
    @pytest.mark.parametrize(
        'talk, kind',
        [
            (servers.closing, 'Cut'),
            (servers.reset_when_spoken_to, RESET[-1]),
            (answering(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort', close=True), 'Cut'),
            (answering(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n', close=True), 'Cut'),
            (answering(b'HTTP/1.1 401 No\r\n', close=True), 'Cut'),
            (answering(b'HTTP/1.1 401 No\r\nServer: openresty\r\n', close=True), 'Cut'),
            (answering(b'HTTP/1.1 401 No\r\nServer: open', close=True), 'Cut'),
            (
                answering(
                    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc', close=True
                ),
                'Cut',
            ),
            (
                answering(
                    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', close=True
                ),
                'Cut',
            ),
            (
                answering(
                    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n',
                    close=True,
                ),
                'NotHttp',
            ),
            (answering(b'SSH-2.0-OpenSSH_9.6\r\n'), 'NotHttp'),
            (answering(b'\x00\x01\x02\xff\r\n\r\n'), 'NotHttp'),
            (answering(b'<html>no http</html>\r\n'), 'NotHttp'),
            (answering(b'HTTP/1.1 twohundred OK\r\n\r\n'), 'NotHttp'),
            (answering(b'HTTP/9.9 99999 OK\r\n\r\n'), 'NotHttp'),
            (
                answering(
                    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n' + b'x' * 999
                ),
                'NotHttp',
            ),
            (answering(b'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc'), 'NotHttp'),
            (answering(b'HTTP/1.1 200 OK\r\nX: ' + b'x' * 11 * MEBIBYTE + b'\r\n\r\n'), 'NotHttp'),
            (answering(b'H' * 70000), 'NotHttp'),
        ],
    )
    def test_invalid_responses(self, serve, connect, talk, kind):
        server = serve(talk)
        response = connect().challenge()
        assert (
            response.status is None
            and response.failure.kind == kind
            and response.failure.text
            and response.at
        )
        assert server.accepted == 1

    def test_the_text_is_ours_and_the_library_message_is_kept(self, serve, connect):
        serve(servers.closing)
        failure = connect().challenge().failure
        assert (
            failure.text == 'the connection was closed without a response'
            and 'without response' in failure.library_message
        )

    @pytest.mark.parametrize(
        'reply',
        [
            b'HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n' + b'x' * (4 * BODY),
            b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * (4 * BODY),
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
            + b'400\r\n'
            + b'x' * 1024
            + b'\r\n',
        ],
        ids=['64 MiB', 'without length', 'chunks'],
    )
    def test_endless_responses_are_read_up_to_a_bound(self, serve, connect, reply):
        server = serve(endless(reply))
        connection = connect()
        with Watch() as watch:
            response = connection.challenge()
        assert (
            response.status == 200
            and len(response.body) == BODY
            and not response.complete
            and response.json() is None
        )
        assert watch.took < PROMPT
        assert server.left.wait(5), 'the connection was left open'
        assert connection.handshake().failure is None

    def test_a_response_of_exactly_the_bound_is_complete(self, serve, connect):
        serve(answering(http(b'x' * BODY), http(b'x' * (BODY + 1))))
        connection = connect()
        assert connection.challenge().complete
        assert not connection.request(Request('GET', '/')).complete

    @pytest.mark.parametrize(
        'reply, pause',
        [
            (b'HTTP/1.1 200 OK\r\n' + b'X-Drip: drop\r\n' * 99, 0.02),
            (http(b'x' * 999), 0.01),
            (b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * 999, 0.01),
            (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + b'1\r\nx\r\n' * 99, 0.01),
            (b'HTTP/1.1 100 Continue\r\n\r\n' * 99, 0.01),
        ],
        ids=['headers', 'length', 'to the end', 'chunks', 'continue'],
    )
    def test_a_drip_times_out(self, serve, connect, monkeypatch, reply, pause):
        monkeypatch.setattr(deadlines, 'REQUEST', 0.6)
        server = serve(answering(reply, pause=pause))
        with Watch() as watch:
            response = connect().challenge()
        assert (
            response.status is None
            and response.failure.kind == 'Timeout'
            and 0.5 < watch.took < PROMPT
        )
        assert server.left.wait(3), 'the connection was left open'

    def test_silence_times_out(self, serve, connect, monkeypatch):
        monkeypatch.setattr(deadlines, 'REQUEST', 0.4)
        server = serve(servers.silent)
        with Watch() as watch:
            assert connect().challenge().failure.kind == 'Timeout'
        assert 0.3 < watch.took < PROMPT and server.left.wait(3)

    def test_the_deadline_applies_when_it_is_before_the_limit(self, serve, connect):
        serve(servers.silent)
        with Watch() as watch:
            assert connect(seconds=0.5).challenge().failure.kind == 'Timeout'
        assert watch.took < PROMPT

    def test_silence_after_the_first_response(self, serve, connect, monkeypatch):
        monkeypatch.setattr(deadlines, 'REQUEST', 0.4)
        server = serve(once_then_silent)
        connection = connect()
        assert connection.challenge().status == 401
        with Watch() as watch:
            assert (
                connection.request(form('/oauth2/exchange', [('a', 'b')])).failure.kind == 'Timeout'
            )
        assert watch.took < PROMPT and server.accepted == 1, 'a request that timed out was repeated'

    @pytest.mark.parametrize('path', ['/a b', '/a\r\nX: y', '/\x00', '/ü'])
    def test_an_invalid_path(self, serve, connect, path):
        server = serve(answering(http(b'')))
        response = connect().request(Request('GET', path))
        assert response.status is None and response.failure.kind == 'NotHttp'
        assert all(b'X: y' not in request for request in server.heard)


def once_then_silent(sock, server):
    servers.hear(sock, server)
    sock.sendall(CHALLENGE)
    servers.silent(sock, server)


def endless(reply):
    def talk(sock, server):
        servers.hear(sock, server)
        sock.sendall(reply)
        tail = (
            reply[-4 * 1024 - 20 :]
            if b'chunked' not in reply
            else b'400\r\n' + b'x' * 1024 + b'\r\n'
        )
        while not server.stopped.is_set():
            sock.sendall(tail)

    return talk


class TestOtherAddresses:
    """Whether the addresses accept connections that the connection itself doesn't need."""

    @pytest.mark.parametrize('others, results', [([], []), (['127.0.0.9'] * 20, ['Refused'] * 8)])
    def test_after_a_connection(self, serve, connect, monkeypatch, others, results):
        # No name of this machine has several addresses.
        addresses = ('127.0.0.1', *others)
        monkeypatch.setattr(module, 'resolve', lambda host, _: Resolution(host, addresses))
        serve(answering(CHALLENGE))
        connection = connect()
        assert [attempt.result for attempt in connection.other_addresses()] == results
        assert connection.other_addresses() is connection.other_addresses()

    def test_without_a_connection(self, connect, monkeypatch):
        monkeypatch.setattr(module, 'PORT', servers.unused_port())
        assert connect().other_addresses() == ()

    def test_through_a_proxy(self, serve, connect, monkeypatch):
        proxy = serve(servers.tunnelling, tls=None)
        target = serve(answering(CHALLENGE))
        monkeypatch.setattr(module, 'PORT', target.port)
        monkeypatch.setenv('HTTPS_PROXY', f'http://localhost:{proxy.port}')
        connection = connect()
        assert connection.tcp().proxy and connection.other_addresses() == ()


class TestFailureOfAPhase:
    def test_a_name_that_does_not_resolve(self, connect):
        connection = connect('no-such-name.invalid')
        assert connection.resolution().failure and connection.tcp().failure.kind == 'Failed'
        assert connection.handshake().failure is connection.tcp().failure
        assert connection.challenge().failure is connection.tcp().failure

    def test_a_port_without_a_listener(self, connect, monkeypatch):
        monkeypatch.setattr(module, 'PORT', servers.unused_port())
        connection = connect()
        assert (
            connection.challenge().failure.kind == 'Refused'
            and connection.challenge().status is None
        )
        assert connection.request(Request('GET', '/')).failure.kind == 'Refused'

    def test_a_certificate(self, serve, connect):
        serve(servers.silent, 'expired')
        connection = connect()
        assert connection.tcp().failure is None and connection.challenge().failure.kind == 'Expired'

    def test_a_connection_reset_at_once(self, serve, connect, monkeypatch):
        server = serve(servers.reset, tls=None)
        monkeypatch.setattr(module, 'PORT', server.port)
        assert connect().challenge().failure.kind in ('Cut', 'Reset')


class TestInspection:
    @pytest.mark.parametrize(
        'certificate, requests', [('expired', 1), ('not yet valid', 1), ('unknown CA', 0)]
    )
    def test_a_certificate_that_failed_is_inspected_once(
        self, serve, connect, certificate, requests
    ):
        server = serve(answering(CHALLENGE), certificate)
        connection = connect()
        peer = connection.unverified_peer()
        assert peer is connection.unverified_peer() and peer.certificate.covers('localhost')
        assert server.accepted == 2 and len(server.heard) == requests

    def test_a_valid_certificate_is_not_inspected(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect()
        assert (
            connection.challenge().status == 401
            and connection.unverified_peer().failure.kind == 'NotInspected'
        )
        assert server.accepted == 1

    def test_a_host_that_is_down_at_the_inspection(self, serve, connect, monkeypatch):
        serve(servers.silent, 'expired')
        connection = connect()
        assert connection.handshake().failure.kind == 'Expired'
        monkeypatch.setattr(connection, '_port', servers.unused_port())
        assert (
            connection.unverified_peer().failure.kind == 'Refused'
            and connection.unverified_peer().certificate is None
        )

    def test_through_a_proxy(self, serve, connect, monkeypatch):
        serve(servers.silent, 'unknown CA')
        with servers.Server(servers.tunnelling) as proxy:
            monkeypatch.setenv('HTTPS_PROXY', f'http://localhost:{proxy.port}')
            assert (
                connect().unverified_peer().certificate.covers('localhost') and proxy.accepted == 2
            )


class TestClosing:
    def test_a_closed_connection_sends_no_requests(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect()
        first = connection.challenge()
        connection.close()
        connection.close()
        assert server.left.wait(3), 'the connection was left open'
        assert connection.request(Request('GET', '/')).failure.kind == 'Cut'
        assert connection.challenge() is first and connection.handshake().protocol
        assert server.accepted == 1 and len(server.heard) == 1

    def test_closed_before_it_was_opened(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect()
        connection.close()
        assert connection.challenge().failure.kind == 'Cut' and server.accepted == 0

    def test_closing_ends_a_request_in_progress(self, serve, connect):
        server = serve(once_then_silent)
        connection = connect()
        connection.challenge()
        future = deadlines.background(lambda: connection.request(Request('GET', '/')))
        time.sleep(0.2)
        with Watch() as watch:
            connection.close()
            assert future.result(5).failure.kind in ('Cut', 'Timeout')
        assert watch.took < PROMPT and server.left.wait(3) and server.accepted == 1

    def test_closing_does_not_wait_for_a_handshake(self, serve, connect, monkeypatch):
        server = serve(servers.silent, tls=None)
        monkeypatch.setattr(module, 'PORT', server.port)
        connection = connect().open()
        assert eventually(lambda: server.accepted == 1)
        with Watch() as watch:
            connection.close()
        # The handshake itself ends at its limit of 5 s.
        assert watch.took < PROMPT and server.left.wait(20)

    def test_requests_of_several_threads_take_turns(self, serve, connect):
        server = serve(answering(CHALLENGE))
        connection = connect()
        futures = [
            deadlines.background(lambda: connection.request(Request('GET', '/'))) for _ in range(6)
        ]
        assert [future.result(10).status for future in futures] == [401] * 6
        assert server.accepted == 1 and len(server.heard) == 6


class TestThroughProxies:
    @pytest.fixture
    def proxied(self, serve, monkeypatch):
        def set_up(talk, scheme='http', login='', tls=None):
            server = serve(answering(CHALLENGE, http(b'{}')))
            proxy = servers.Server(talk, tls)
            monkeypatch.setenv('HTTPS_PROXY', f'{scheme}://{login}localhost:{proxy.port}')
            return server, proxy

        return set_up

    @pytest.mark.parametrize(
        'scheme, talk',
        [
            ('http', servers.tunnelling),
            ('https', servers.tunnelling),
            ('socks5h', servers.socks5(b'alice', b's3cret')),
            ('socks5', servers.socks5(b'alice', b's3cret')),
            ('socks4a', servers.socks4),
        ],
    )
    def test_a_connection_through_a_proxy(self, proxied, connect, trusting, scheme, talk):
        server, proxy = proxied(
            talk, scheme, LOGIN, trusting.server() if scheme == 'https' else None
        )
        with proxy:
            connection = connect()
            assert (
                connection.challenge().status == 401
                and connection.request(Request('GET', '/')).status == 200
            )
            assert (
                connection.tcp().proxy == f'{scheme}://localhost:{proxy.port}'
                and connection.tcp().address is None
            )
            assert connection.handshake().certificate.issuer == 'Contoso CA'
            assert (server.accepted, proxy.accepted, len(server.heard)) == (1, 1, 2)
            phases = (connection.route, connection.tcp, connection.handshake, connection.challenge)
            shown = ''.join(repr(phase()) for phase in phases)
            assert 's3cret' not in shown and 'alice' not in shown

    def test_a_name_that_only_the_proxy_resolves(self, proxied, connect, certificates, monkeypatch):
        monkeypatch.setenv('AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '1')
        _, proxy = proxied(servers.tunnelling)
        with proxy:
            connection = connect('contoso.invalid')
            assert connection.resolution().failure and connection.challenge().status == 401

    def test_no_proxy_wins(self, proxied, connect, monkeypatch):
        _, proxy = proxied(servers.tunnelling)
        monkeypatch.setenv('NO_PROXY', 'localhost')
        with proxy:
            assert connect().challenge().status == 401 and proxy.accepted == 0

    @pytest.mark.parametrize(
        'setting, kind',
        [
            ('http://alice:s3cret@localhost:port', 'InvalidProxy'),
            ('ftp://alice:s3cret@localhost', 'InvalidProxy'),
            ('http://alice:s3cret@no-such-proxy.invalid:3128', 'ProxyUnreachable'),
        ],
    )
    def test_invalid_settings_and_unknown_proxies(self, serve, connect, monkeypatch, setting, kind):
        server = serve(answering(CHALLENGE))
        monkeypatch.setenv('HTTPS_PROXY', setting)
        connection = connect()
        assert connection.challenge().failure.kind == connection.tcp().failure.kind == kind
        assert (
            's3cret' not in f'{connection.challenge()!r}{connection.tcp()!r}{connection.route()!r}'
            and server.accepted == 0
        )

    def test_a_proxy_that_requires_a_login(self, proxied, connect):
        _, proxy = proxied(servers.saying(b'HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n'))
        with proxy:
            assert connect().challenge().failure.kind == 'ProxyLogin'
