# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of handshakes with real TLS servers, invalid certificates and servers without TLS."""

from __future__ import annotations

import datetime
import socket
import ssl

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.http.proxy_tunnel import connect_through
from azext_acrhealth.probes.http.tcp import connect_tcp
from azext_acrhealth.probes.http.tls import inspect_certificate, perform_handshake
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, soon


def handshake_with(port, host='localhost', deadline=None):
    return perform_handshake(
        connect_tcp(['127.0.0.1'], port, soon()).socket, host, deadline or soon()
    )


def close(handshake):
    handshake.socket.close()
    handshake.guard.close()


def self_signed(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'localhost')])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName('localhost')]), False)
        .sign(key, hashes.SHA256())
    )
    file = folder / 'self-signed.pem'
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


class TestGood:
    def test_a_trusted_host(self, serve, trusting):
        handshake = handshake_with(serve(servers.silent).port)
        assert handshake.failure is None and handshake.protocol in ('TLSv1.2', 'TLSv1.3')
        certificate = handshake.certificate
        assert (
            certificate.issuer == 'Contoso CA'
            and certificate.not_before < certificate.not_after
            and certificate.covers('localhost')
        )
        assert handshake.at.endswith('Z')
        assert handshake.trust.source == 'REQUESTS_CA_BUNDLE' and handshake.trust.verify
        assert handshake.seconds > 0
        close(handshake)

    def test_an_address_as_host(self, serve):
        handshake = handshake_with(serve(servers.silent).port, '127.0.0.1')
        assert handshake.failure is None
        close(handshake)

    @pytest.mark.parametrize('certificate', ['wrong host', 'expired', 'unknown CA'])
    def test_verification_disabled(self, serve, monkeypatch, certificate):
        monkeypatch.setenv('AZURE_CLI_DISABLE_CONNECTION_VERIFICATION', '1')
        handshake = handshake_with(serve(servers.silent, certificate).port)
        assert handshake.failure is None and handshake.protocol and handshake.trust.verify is False
        assert handshake.certificate.not_after and handshake.certificate.names
        close(handshake)

    def test_closing_both_handles_ends_the_connection(self, serve):
        server = serve(servers.silent)
        close(handshake_with(server.port))
        assert server.left.wait(3)


@pytest.mark.parametrize(
    'certificate, kind',
    [
        ('expired', 'Expired'),
        ('not yet valid', 'NotYetValid'),
        ('wrong host', 'WrongName'),
        ('wrong address', 'WrongName'),
        ('unknown CA', 'Untrusted'),
        ('unknown CA shown', 'Untrusted'),
    ],
)
def test_invalid_certificates(serve, certificate, kind):
    server = serve(servers.silent, certificate)
    handshake = handshake_with(server.port)
    assert handshake.failure.kind == kind and handshake.failure.text
    assert handshake.socket is None and handshake.guard is None and handshake.trust.verify
    assert server.left.wait(3), 'the connection was left open'


def test_a_wrong_address(serve):
    assert (
        handshake_with(serve(servers.silent, 'wrong host').port, '127.0.0.1').failure.kind
        == 'WrongName'
    )


def test_a_self_signed_certificate(serve, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with servers.Server(servers.silent, context) as server:
        assert handshake_with(server.port).failure.kind == 'SelfSigned'


def test_the_text_is_the_message_of_openssl(serve):
    assert 'localhost' in handshake_with(serve(servers.silent, 'wrong host').port).failure.text
    assert 'expired' in handshake_with(serve(servers.silent, 'expired').port).failure.text


@pytest.mark.parametrize(
    'talk, kinds',
    [
        (servers.saying(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'), {'NotTls'}),
        (servers.saying(b'SSH-2.0-OpenSSH_9.6\r\n'), {'NotTls'}),
        (servers.saying(b'\x00' * 64), {'NotTls'}),
        (
            servers.saying(b'\x16\x03\x03\xff\xff' + b'x' * 100),
            {'NotTls'},
        ),  # a record that is too long
        (
            servers.saying(b'\x15\x03\x03\x00\x02\x02\x46'),
            {'ProtocolTooOld'},
        ),  # alert: protocol version
        (servers.saying(b'\x15\x03\x03\x00\x02\x02\x28'), {'Failed'}),  # alert: handshake failure
        (servers.saying(b'\x15\x03\x03\x00\x02\x02\x70'), {'Failed'}),  # alert: unrecognized name
        (servers.closing, {'Cut'}),
        (servers.reset_when_spoken_to, {'Reset'}),
    ],
)
def test_a_server_without_tls(serve, talk, kinds):
    handshake = handshake_with(serve(talk, tls=None).port)
    assert handshake.failure.kind in kinds and handshake.failure.text and handshake.socket is None
    texts = {
        'NotTls': "the response isn't TLS",
        'ProtocolTooOld': 'the server supports only outdated TLS versions',
    }
    for kind, text in texts.items():
        assert handshake.failure.kind != kind or (
            handshake.failure.text == text and handshake.failure.library_message
        )


@pytest.mark.filterwarnings('ignore::DeprecationWarning')
def test_a_server_with_only_old_tls(trusting):
    context = trusting.server()
    try:
        context.minimum_version, context.maximum_version = (
            ssl.TLSVersion.TLSv1,
            ssl.TLSVersion.TLSv1_1,
        )
        context.set_ciphers('ALL:@SECLEVEL=0')
    except (ValueError, ssl.SSLError):
        pytest.skip('this OpenSSL has no old TLS')
    with servers.Server(servers.silent, context) as server:
        assert handshake_with(server.port).failure.kind == 'ProtocolTooOld'


@pytest.mark.parametrize(
    'talk',
    [
        servers.silent,
        servers.saying(b'\x16\x03\x03\x40\x00' + b'\x02\x00\x3f\xfc' + b'x' * 9999, 0.02),
    ],
    ids=['silent', 'drip'],
)
def test_a_handshake_that_times_out(serve, monkeypatch, talk):
    monkeypatch.setattr(deadlines, 'HANDSHAKE', 0.4)
    server = serve(talk, tls=None)
    with Watch() as watch:
        handshake = handshake_with(server.port)
    assert handshake.failure.kind == 'Timeout' and 0.3 < watch.took < PROMPT
    assert server.left.wait(3), 'the connection was left open'


def test_the_deadline_applies_when_it_is_before_the_limit(serve):
    with Watch() as watch:
        assert (
            handshake_with(serve(servers.silent, tls=None).port, deadline=soon(0.3)).failure.kind
            == 'Timeout'
        )
    assert watch.took < PROMPT


@pytest.mark.parametrize('content', [None, b'no certificate'])
def test_an_unreadable_bundle(serve, monkeypatch, tmp_path, content):
    bundle, server = tmp_path / 'bundle.pem', serve(servers.silent)
    if content:
        bundle.write_bytes(content)
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(bundle))
    handshake = handshake_with(server.port)
    assert handshake.failure.kind == 'BundleUnreadable' and str(bundle) in handshake.failure.text
    assert server.left.wait(3), 'the connection was left open'


@pytest.mark.parametrize('path', ['missing/keys.log', ''])
def test_a_key_log_that_cannot_be_written(serve, monkeypatch, tmp_path, path):
    monkeypatch.setenv('SSLKEYLOGFILE', str(tmp_path / path))
    server = serve(servers.silent)
    handshake = handshake_with(server.port)
    assert handshake.failure.kind == 'KeyLogUnwritable' and str(tmp_path) in handshake.failure.text
    assert server.left.wait(3), 'the connection was left open'


class TestInspection:
    def inspect(self, port, host='localhost', deadline=None, **options):
        return inspect_certificate(
            connect_tcp(['127.0.0.1'], port, soon()).socket, host, deadline or soon(), **options
        )

    @pytest.mark.parametrize(
        'certificate, issuer, known',
        [
            ('expired', 'Contoso CA', True),
            ('wrong host', 'Contoso CA', True),
            ('unknown CA', 'trustme', False),
        ],
    )
    def test_a_certificate_that_failed_is_read(self, serve, certificate, issuer, known):
        server = serve(servers.silent, certificate)
        peer = self.inspect(server.port)
        assert (
            peer.failure is None
            and peer.certificate.issuer.startswith(issuer)
            and peer.known is known
        )
        assert peer.protocol.startswith('TLS') and peer.date is None and peer.at.endswith('Z')
        assert server.left.wait(3) and server.heard == []

    def test_the_time_of_the_server(self, serve):
        date = 'Sat, 02 Jan 2027 03:04:05 GMT'
        correlation_header = 'x-ms-correlation-request-id: c0ffee'
        server = serve(
            servers.answering(servers.http(b'', '401 No', f'Date: {date}', correlation_header)),
            'expired',
        )
        peer = self.inspect(server.port, user_agent='acrhealth-test', ask=True)
        assert (
            peer.date == date
            and peer.certificate
            and (peer.status, peer.correlation_id) == (401, 'c0ffee')
        )
        head = server.heard[0].decode()
        assert (
            head.startswith('GET /v2/ HTTP/1.1\r\nHost: localhost\r\n')
            and 'uthorization' not in head
        )

    @pytest.mark.parametrize(
        'response', [b'nonsense\r\n\r\n', b'HTTP/1.1 401 No\r\n\r\n', b'H' * 99999]
    )
    def test_a_server_without_a_date(self, serve, response):
        peer = self.inspect(serve(servers.saying(response), 'expired').port, ask=True)
        assert peer.date is None and peer.certificate

    @pytest.mark.parametrize(
        'talk, tls',
        [
            (servers.silent, None),
            (servers.silent, 'expired'),
            (servers.saying(b'HTTP/1.1 401 No\r\n' + b'X: y\r\n' * 99, 0.02), 'expired'),
        ],
    )
    def test_the_inspection_times_out(self, serve, monkeypatch, talk, tls):
        monkeypatch.setattr(deadlines, 'DIAGNOSIS', 0.4)
        server = serve(talk, tls)
        with Watch() as watch:
            peer = self.inspect(server.port, ask=True)
        assert (
            peer.failure.kind == 'NotInspected'
            and (peer.certificate is None) == (tls is None)
            and watch.took < PROMPT
        )
        assert (peer.status, peer.correlation_id, peer.date) == (None, None, None)
        assert server.left.wait(3), 'the connection was left open'

    def test_inside_tls_of_a_proxy(self, serve, trusting):
        inner = serve(servers.silent, 'unknown CA')
        with servers.Server(servers.tunnelling, trusting.server()) as proxy:
            tunnel = connect_through(
                Proxy('https', 'localhost', proxy.port), 'localhost', (), inner.port, soon()
            )
            assert inspect_certificate(tunnel.socket, 'localhost', soon()).certificate.covers(
                'localhost'
            )
            assert proxy.left.wait(3), 'the connection was left open'


@pytest.mark.parametrize('host', ['', '.localhost', 'x' * 64 + '.example', 'a..b'])
def test_an_invalid_host(serve, host):
    handshake = handshake_with(serve(servers.silent).port, host)
    assert handshake.failure.kind in ('Failed', 'WrongName') and handshake.failure.text


def test_a_closed_connection():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        sock = connect_tcp(['127.0.0.1'], listener.getsockname()[1], soon()).socket
        sock.close()
        assert perform_handshake(sock, 'localhost', soon()).failure.kind == 'Cut'


class TestWithinTls:
    """Through an https proxy the registry's TLS runs inside the proxy's."""

    def test_good(self, serve, trusting):
        inner = serve(servers.answering(servers.http(b'inner')))
        with servers.Server(servers.tunnelling, trusting.server()) as proxy:
            tunnel = connect_through(
                Proxy('https', 'localhost', proxy.port), 'localhost', (), inner.port, soon()
            )
            handshake = perform_handshake(tunnel.socket, 'localhost', soon())
            assert handshake.failure is None and handshake.certificate.issuer == 'Contoso CA'
            assert handshake.protocol.startswith('TLS')
            close(handshake)
            assert proxy.left.wait(3), 'the connection was left open'

    @pytest.mark.parametrize(
        'certificate, kind', [('expired', 'Expired'), ('unknown CA', 'Untrusted')]
    )
    def test_a_bad_certificate_inside(self, serve, trusting, certificate, kind):
        inner = serve(servers.silent, certificate)
        with servers.Server(servers.tunnelling, trusting.server()) as proxy:
            tunnel = connect_through(
                Proxy('https', 'localhost', proxy.port), 'localhost', (), inner.port, soon()
            )
            assert perform_handshake(tunnel.socket, 'localhost', soon()).failure.kind == kind
            assert proxy.left.wait(3), 'the connection was left open'

    @pytest.mark.parametrize(
        'talk, kinds',
        [
            (servers.silent, {'Timeout'}),
            (servers.closing, {'Cut'}),
            (servers.saying(b'HTTP/1.1 400 No\r\n\r\n'), {'NotTls'}),
        ],
    )
    def test_no_tls_inside(self, serve, trusting, monkeypatch, talk, kinds):
        if kinds == {'Timeout'}:
            monkeypatch.setattr(deadlines, 'HANDSHAKE', 0.5)
        inner = serve(talk, tls=None)
        with servers.Server(servers.tunnelling, trusting.server()) as proxy:
            tunnel = connect_through(
                Proxy('https', 'localhost', proxy.port), 'localhost', (), inner.port, soon()
            )
            with Watch() as watch:
                assert perform_handshake(tunnel.socket, 'localhost', soon()).failure.kind in kinds
            assert watch.took < PROMPT
