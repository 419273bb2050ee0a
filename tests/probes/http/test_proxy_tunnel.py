# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of connecting through HTTP, HTTPS and SOCKS proxies that behave well or badly."""

from __future__ import annotations

import socket
import sys
from base64 import b64encode

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import proxy_tunnel as module
from azext_acrhealth.probes.http.proxy_and_trust import Proxy, read_proxy
from azext_acrhealth.probes.http.proxy_tunnel import connect, connect_through
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, eventually, soon

LOOPBACK = '127.0.0.1'


def through(proxy_setting, host, port, addresses=(), deadline=None):
    return connect_through(
        read_proxy(proxy_setting).proxy, host, addresses, port, deadline or soon()
    )


def test_without_a_proxy_the_connection_is_direct(echo):
    tcp = connect(None, 'contoso.example', [LOOPBACK], echo.port, soon())
    assert (tcp.proxy, tcp.address, servers.greeting(tcp)) == (None, LOOPBACK, b'hello')


class TestHttpProxy:
    def test_a_tunnel(self, serve, echo):
        proxy = serve(servers.tunnelling, tls=None)
        tcp = through(f'http://localhost:{proxy.port}', 'contoso.example', echo.port)
        assert tcp.failure is None and tcp.proxy == f'http://localhost:{proxy.port}'
        assert servers.greeting(tcp) == b'hello' and tcp.proxy_status == 200
        request, host = proxy.heard[0].decode(), f'contoso.example:{echo.port}'
        assert request.startswith(f'CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n')
        assert 'Authorization' not in request

    @pytest.mark.parametrize(
        'login, header',
        [
            ('alice:s3cret', b'alice:s3cret'),
            ('alice', b'alice:'),
            ('b%C3%B6b:p%40ss', 'böb:p@ss'.encode()),
        ],
    )
    def test_the_login_is_sent_and_not_shown(self, serve, echo, login, header):
        proxy = serve(servers.tunnelling, tls=None)
        tcp = through(f'http://{login}@localhost:{proxy.port}', 'contoso.example', echo.port)
        assert (
            f'Proxy-Authorization: Basic {b64encode(header).decode()}\r\n'
            in proxy.heard[0].decode()
        )
        assert tcp.proxy == f'http://localhost:{proxy.port}' and 's3cret' not in repr(tcp)
        tcp.socket.close()

    @pytest.mark.parametrize(
        'response, kind',
        [
            (
                b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic '
                b'realm="x"\r\n\r\n',
                'ProxyLogin',
            ),
            (b'HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n', 'ProxyRefused'),
            (b'HTTP/1.0 502 Bad Gateway\r\n\r\n', 'ProxyRefused'),
            (b'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n', 'ProxyRefused'),
            (b'SSH-2.0-OpenSSH_9.6\r\n', 'InvalidProxy'),
            (b'HTTP/1.1 OK fine\r\n\r\n', 'InvalidProxy'),
            (b'HTTP/1.1 200 OK\r\n' + b'X: y\r\n' * 200 + b'\r\n', 'InvalidProxy'),
            (b'\x15\x03\x01\x00\x02\x02\x46', 'InvalidProxy'),  # a TLS alert: an https proxy
        ],
    )
    def test_a_refusal_or_an_invalid_response(self, serve, response, kind):
        proxy = serve(servers.saying(response), tls=None)

        def respond_and_close(sock, server):
            server.heard.append(sock.recv(65536))
            sock.sendall(response)

        proxy._talk = respond_and_close
        tcp = through(f'http://alice:s3cret@{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert (tcp.socket, tcp.failure.kind) == (None, kind)
        assert 's3cret' not in repr(tcp) and 'alice' not in repr(tcp)

    def test_the_text_of_a_refusal_is_kept(self, serve):
        proxy = serve(servers.saying(b'HTTP/1.1 403 Blocked by policy\r\n\r\n'), tls=None)
        assert (
            through(f'http://{LOOPBACK}:{proxy.port}', 'c.example', 443).failure.text
            == '403 Blocked by policy'
        )
        assert through(f'http://{LOOPBACK}:{proxy.port}', 'c.example', 443).proxy_status == 403

    def test_a_refused_tunnel_leaves_no_connection_open(self, serve):
        proxy = serve(servers.saying(b'HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'), tls=None)
        through(f'http://{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert proxy.left.wait(3)

    @pytest.mark.parametrize(
        'talk, kind',
        [
            (servers.closing, 'InvalidProxy'),
            (servers.reset_when_spoken_to, 'ProxyUnreachable'),
        ],
    )
    def test_a_proxy_that_closes_the_connection(self, serve, talk, kind):
        proxy = serve(talk, tls=None)
        assert through(f'http://{LOOPBACK}:{proxy.port}', 'contoso.example', 443).failure.kind in (
            kind,
            'ProxyUnreachable',
        )

    @pytest.mark.parametrize(
        'talk',
        [
            servers.silent,
            servers.saying(b'HTTP/1.1 200 OK\r\n' + b'X-Drip: drop\r\n' * 99, 0.02),
            servers.saying(b'HTTP/1.1 100 Continue\r\n\r\n' * 999, 0.01),
        ],
    )
    def test_a_proxy_that_never_finishes_times_out(self, serve, monkeypatch, talk):
        monkeypatch.setattr(deadlines, 'CONNECT', 0.4)
        proxy = serve(talk, tls=None)
        with Watch() as watch:
            tcp = through(f'http://{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert (
            tcp.failure.kind == 'ProxyUnreachable'
            and tcp.socket is None
            and 0.3 < watch.took < PROMPT
        )
        assert proxy.left.wait(3), 'the connection was left open'

    @pytest.mark.parametrize(
        'setting',
        [
            'http://127.0.0.1:{port}',
            'https://127.0.0.1:{port}',
            'socks5h://127.0.0.1:{port}',
            'socks4a://127.0.0.1:{port}',
            'http://no-such-proxy.invalid:{port}',
            'socks5h://no-such-proxy.invalid:{port}',
        ],
    )
    def test_a_proxy_that_is_down(self, setting):
        tcp = through(setting.format(port=servers.unused_port()), 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and tcp.failure.text

    @pytest.mark.parametrize('scheme', ['http', 'socks5h', 'socks4a'])
    def test_the_system_message_for_a_proxy_that_is_down(self, scheme):
        tcp = through(f'{scheme}://{LOOPBACK}:{servers.unused_port()}', 'contoso.example', 443)
        assert tcp.failure.text == 'Connection refused'

    @pytest.mark.parametrize('scheme', ['http', 'https', 'socks5h', 'socks4a'])
    def test_a_proxy_that_accepts_no_connection(self, monkeypatch, scheme):
        monkeypatch.setattr(deadlines, 'CONNECT', 0.4)
        with servers.Deaf() as deaf, Watch() as watch:
            tcp = through(f'{scheme}://{LOOPBACK}:{deaf.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and 0.3 < watch.took < PROMPT

    def test_a_host_that_is_not_ascii(self, serve):
        proxy = serve(servers.tunnelling, tls=None)
        assert (
            through(f'http://{LOOPBACK}:{proxy.port}', 'cont\u00f6so.example', 443).failure
            is not None
        )


class TestHttpsProxy:
    def test_a_tunnel_within_tls(self, serve, echo):
        proxy = serve(servers.tunnelling, tls='good')
        tcp = through(f'https://localhost:{proxy.port}', 'contoso.example', echo.port)
        assert tcp.failure is None and tcp.socket.version().startswith('TLS')
        assert servers.greeting(tcp) == b'hello'

    @pytest.mark.parametrize('certificate', ['wrong host', 'expired', 'unknown CA'])
    def test_an_untrusted_certificate(self, serve, certificate):
        proxy = serve(servers.tunnelling, tls=certificate)
        tcp = through(f'https://alice:s3cret@localhost:{proxy.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and 'certificate' in tcp.failure.text.lower()
        assert proxy.heard == [], 'a login was sent to an untrusted proxy'

    def test_a_proxy_without_tls(self, serve):
        proxy = serve(servers.saying(b'HTTP/1.1 400 Bad Request\r\n\r\n'), tls=None)
        assert (
            through(f'https://{LOOPBACK}:{proxy.port}', 'contoso.example', 443).failure.kind
            == 'ProxyUnreachable'
        )

    def test_a_handshake_that_times_out(self, serve, monkeypatch):
        monkeypatch.setattr(deadlines, 'CONNECT', 0.4)
        proxy = serve(servers.silent, tls=None)
        with Watch() as watch:
            tcp = through(f'https://{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and watch.took < PROMPT
        assert proxy.left.wait(3)

    def test_a_refused_tunnel_leaves_no_connection_open(self, serve):
        proxy = serve(servers.saying(b'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'), tls='good')
        assert (
            through(f'https://localhost:{proxy.port}', 'contoso.example', 443).failure.kind
            == 'ProxyRefused'
        )
        assert proxy.left.wait(3)

    def test_an_unreadable_bundle(self, serve, monkeypatch, tmp_path):
        proxy = serve(servers.tunnelling, tls='good')
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(tmp_path / 'none.pem'))
        tcp = through(f'https://localhost:{proxy.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and tcp.socket is None


class TestSocks:
    @pytest.mark.parametrize(
        'scheme, target',
        [
            ('socks5h', b'\x03contoso.example'),  # the proxy resolves the name
            ('socks5', b'\x01' + socket.inet_aton('10.0.0.7')),  # this machine resolves the name
        ],
    )
    def test_socks5(self, serve, echo, scheme, target):
        proxy = serve(servers.socks5(), tls=None)
        tcp = through(
            f'{scheme}://localhost:{proxy.port}', 'contoso.example', echo.port, ('10.0.0.7',)
        )
        assert tcp.failure is None and tcp.proxy == f'{scheme}://localhost:{proxy.port}'
        assert servers.greeting(tcp) == b'hello' and proxy.heard == [target]

    @pytest.mark.parametrize(
        'scheme, target',
        [
            ('socks4a', b'contoso.example'),
            ('socks4', socket.inet_aton('10.0.0.7')),
        ],
    )
    def test_socks4(self, serve, echo, scheme, target):
        proxy = serve(servers.socks4, tls=None)
        tcp = through(
            f'{scheme}://{LOOPBACK}:{proxy.port}', 'contoso.example', echo.port, ('10.0.0.7',)
        )
        assert tcp.failure is None
        assert servers.greeting(tcp) == b'hello' and proxy.heard == [target]

    def test_a_login(self, serve, echo):
        proxy = serve(servers.socks5(b'alice', b's3cret'), tls=None)
        tcp = through(
            f'socks5h://alice:s3cret@{LOOPBACK}:{proxy.port}', 'contoso.example', echo.port
        )
        assert servers.greeting(tcp) == b'hello' and 's3cret' not in repr(tcp)

    @pytest.mark.parametrize('login', ['', 'alice:wrong@', 'alice@'])
    def test_a_login_refused(self, serve, login):
        proxy = serve(servers.socks5(b'alice', b's3cret'), tls=None)
        tcp = through(f'socks5h://{login}{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyLogin' and 'wrong' not in repr(tcp)

    @pytest.mark.parametrize(
        'code, text',
        [
            (1, '0x01: General SOCKS server failure'),
            (2, '0x02: Connection not allowed by ruleset'),
            (4, '0x04: Host unreachable'),
            (5, '0x05: Connection refused'),
            (77, '0x4d: Unknown error'),
        ],
    )
    def test_a_connection_refused_by_the_proxy(self, serve, code, text):
        proxy = serve(servers.socks5(refusal=code), tls=None)
        failure = through(f'socks5h://{LOOPBACK}:{proxy.port}', 'contoso.example', 443).failure
        assert (failure.kind, failure.text) == ('ProxyRefused', text)
        assert eventually(lambda: proxy.heard != [])

    def test_socks4_refused(self, serve):
        proxy = serve(servers.saying(b'\x00\x5b' + b'\x00' * 6), tls=None)
        assert (
            through(f'socks4a://{LOOPBACK}:{proxy.port}', 'contoso.example', 443).failure.kind
            == 'ProxyRefused'
        )

    @pytest.mark.parametrize(
        'talk, kinds',
        [
            (servers.saying(b'HTTP/1.1 400 Bad Request\r\n\r\n'), {'InvalidProxy'}),
            (servers.closing, {'InvalidProxy', 'ProxyUnreachable'}),
            (servers.reset_when_spoken_to, {'InvalidProxy', 'ProxyUnreachable'}),
        ],
    )
    def test_a_server_that_is_no_socks_proxy(self, serve, talk, kinds):
        proxy = serve(talk, tls=None)
        assert (
            through(f'socks5h://{LOOPBACK}:{proxy.port}', 'contoso.example', 443).failure.kind
            in kinds
        )

    @pytest.mark.parametrize('scheme', ['socks5', 'socks4'])
    def test_a_name_without_addresses_for_a_proxy_that_requires_them(self, scheme):
        tcp = through(f'{scheme}://{LOOPBACK}:{servers.unused_port()}', 'contoso.example', 443, ())
        assert tcp.failure.kind == 'ProxyRefused' and tcp.socket is None

    def test_a_cli_without_pysocks(self, monkeypatch):
        monkeypatch.setitem(sys.modules, 'socks', None)  # as if it were not installed
        tcp = through(f'socks5h://{LOOPBACK}:{servers.unused_port()}', 'contoso.example', 443)
        assert (
            tcp.failure.kind == 'InvalidProxy'
            and 'SOCKS' in tcp.failure.text
            and tcp.socket is None
        )

    @pytest.mark.parametrize('talk', [servers.silent, servers.saying(b'\x05', 0.0)])
    def test_a_proxy_that_never_finishes_times_out(self, serve, monkeypatch, talk):
        monkeypatch.setattr(deadlines, 'CONNECT', 0.4)
        proxy = serve(talk, tls=None)
        with Watch() as watch:
            tcp = through(f'socks5h://{LOOPBACK}:{proxy.port}', 'contoso.example', 443)
        assert tcp.failure.kind == 'ProxyUnreachable' and 0.3 < watch.took < PROMPT
        assert proxy.left.wait(3)

    def test_every_address_of_the_proxy_is_tried(self, serve, echo, monkeypatch):
        from azext_acrhealth.probes.http.dns import Resolution

        proxy = serve(servers.socks5(), tls=None)
        # The first address refuses, like ::1 of localhost for a proxy that listens on IPv4 only.
        monkeypatch.setattr(
            module, 'resolve', lambda host, _: Resolution(host, ('127.0.0.3', LOOPBACK))
        )
        tcp = connect_through(
            Proxy('socks5h', 'localhost', proxy.port), 'contoso.example', (), echo.port, soon()
        )
        assert tcp.failure is None
        assert servers.greeting(tcp) == b'hello'
