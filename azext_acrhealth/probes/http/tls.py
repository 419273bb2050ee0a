# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Perform a TLS handshake over an open connection, and inspect a certificate that failed."""

from __future__ import annotations

import time
from typing import Any, Literal, NamedTuple

from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import (
    Certificate,
    is_known_authority,
    parse_der,
    parse_peer,
)
from azext_acrhealth.probes.http.proxy_and_trust import Trust, context_for, trust
from azext_acrhealth.probes.http.tcp import TcpKind

CertificateKind = Literal[
    'Expired', 'NotYetValid', 'WrongName', 'SelfSigned', 'Untrusted', 'Unverified'
]
TrustKind = Literal['BundleUnreadable', 'KeyLogUnwritable']
TlsKind = Literal['NotTls', 'ProtocolTooOld', 'Reset', 'Cut', 'Timeout', 'Failed']
HandshakeKind = Literal[CertificateKind, TrustKind, TlsKind, TcpKind]
InspectionKind = Literal['NotInspected', TcpKind]

# OpenSSL's X509_V_ERR_… numbers, which are the same in every language and version.
_VERIFICATION: dict[int, CertificateKind] = {
    9: 'NotYetValid',
    10: 'Expired',
    18: 'SelfSigned',
    19: 'Untrusted',
    20: 'Untrusted',
    21: 'Untrusted',
    62: 'WrongName',
    64: 'WrongName',
}
# The kinds of failure after which the certificate is inspected.
REJECTED_CERTIFICATE = (*dict.fromkeys(_VERIFICATION.values()), 'Unverified')
_NOT_TLS_REASONS = (
    'WRONG_VERSION_NUMBER',
    'HTTP_REQUEST',
    'UNKNOWN_PROTOCOL',
    'PACKET_LENGTH_TOO_LONG',
    'RECORD_LAYER_FAILURE',
)
_CUT = 'the connection was closed during the TLS handshake'
_OLD_REASONS = (
    'UNSUPPORTED_PROTOCOL',
    'TLSV1_ALERT_PROTOCOL_VERSION',
    'NO_PROTOCOLS_AVAILABLE',
    'VERSION_TOO_LOW',
)


class Handshake(NamedTuple):
    """The result of a handshake; without a connection, its failure is the connection's."""

    socket: Any = None
    guard: deadlines.SocketGuard | None = None
    protocol: str | None = None
    certificate: Certificate | None = None
    trust: Trust | None = None
    failure: Failure[HandshakeKind] | None = None
    seconds: float = 0.0
    at: str = ''


class UnverifiedPeer(NamedTuple):
    """The result of a second handshake without validation, over which no credential is sent.

    `known`: the issuer's organization has a root in the bundle in use or in certifi's bundle. `at`
    is the local time (UTC). `status`, `date` (the server's time) and `correlation_id` are those of
    the request that is sent when the certificate is not valid now.
    """

    certificate: Certificate | None = None
    protocol: str | None = None
    known: bool = False
    date: str | None = None
    at: str = ''
    failure: Failure[InspectionKind] | None = None
    status: int | None = None
    correlation_id: str | None = None


def perform_handshake(sock: Any, host: str, deadline: float) -> Handshake:
    """Perform a handshake and validate the certificate as the CLI would; 5 s in all.

    Closes the socket on failure.
    """
    since, trusted = time.monotonic(), trust()
    try:
        context = context_for(trusted)
    except OSError as error:  # also ssl.SSLError: a file without a certificate
        sock.close()
        raise_limit(error)
        # Only errors of the key log name a file.
        kind: TrustKind = 'KeyLogUnwritable' if error.filename else 'BundleUnreadable'
        text = f'{error.filename or trusted.bundle}: {_message(error)}'
        return Handshake(trust=trusted, failure=Failure(kind, text))
    guard, seconds = None, deadlines.left(deadline, deadlines.HANDSHAKE)
    try:
        guard = deadlines.SocketGuard(sock)
        with guard.limit(seconds):
            sock.settimeout(seconds)
            secure = _wrap(sock, context, host)
    except (OSError, ValueError) as error:
        sock.close()
        cut = guard is not None and guard.aborted
        if guard:
            guard.close()
        raise_limit(error)
        failure = _to_failure(error)
        if cut:
            failure = Failure('Timeout', f'the TLS handshake timed out after {seconds:.2g} s')
        return Handshake(
            trust=trusted,
            failure=failure,
            seconds=time.monotonic() - since,
            at=deadlines.utc(since),
        )
    fields = secure.getpeercert()  # empty without validation
    certificate = parse_peer(fields) if fields else parse_der(secure.getpeercert(True) or b'')
    return Handshake(
        secure,
        guard,
        secure.version(),
        certificate,
        trusted,
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


def inspect_certificate(
    sock: Any, host: str, deadline: float, user_agent: str = '', ask: bool = False
) -> UnverifiedPeer:
    """Read a certificate that failed validation, and close the socket.

    With `ask`, a request reads the server's time as well.
    """
    from http.client import HTTPException

    certificate = protocol = status = date = correlation_id = guard = secure = None
    failure: Failure[InspectionKind] | None = None
    seconds = deadlines.left(deadline, deadlines.DIAGNOSIS)
    try:
        guard = deadlines.SocketGuard(sock)
        with guard.limit(seconds):
            sock.settimeout(seconds)
            secure = _wrap(sock, context_for(Trust(False, '', '')), host)
            certificate, protocol = parse_der(secure.getpeercert(True) or b''), secure.version()
            if ask:
                status, date, correlation_id = _request_date(secure, host, user_agent)
        if guard.aborted:  # truncated headers look complete
            status = date = correlation_id = None
            failure = Failure('NotInspected', f'the request timed out after {seconds:.2g} s')
    except (OSError, ValueError, HTTPException) as error:
        raise_limit(error)
        failure = Failure('NotInspected', _message(error))
    finally:
        for resource in (secure, guard, sock):
            if resource:
                resource.close()
    known = certificate is not None and is_known_authority(certificate.organization, trust().bundle)
    return UnverifiedPeer(
        certificate, protocol, known, date, deadlines.utc(), failure, status, correlation_id
    )


def _request_date(secure: Any, host: str, user_agent: str) -> tuple[int, str | None, str | None]:
    """Return the status, the Date header and the correlation ID of a response."""
    from http.client import HTTPResponse

    lines = (
        'GET /v2/ HTTP/1.1',
        f'Host: {host}',
        f'User-Agent: {user_agent}',
        'Connection: close',
        '',
        '',
    )
    secure.sendall('\r\n'.join(lines).encode('latin-1', 'replace'))
    http_response = HTTPResponse(secure)
    http_response.begin()
    date, correlation_id = (
        value[:64] if value else None
        for value in map(http_response.getheader, ('Date', 'x-ms-correlation-request-id'))
    )
    return http_response.status, date, correlation_id


def _wrap(sock: Any, context: Any, host: str) -> Any:
    import ssl

    if isinstance(
        sock, ssl.SSLSocket
    ):  # an https proxy: the registry's TLS runs inside the proxy's
        from urllib3.util.ssltransport import SSLTransport

        return SSLTransport(sock, context, host)
    return context.wrap_socket(sock, server_hostname=host)


def _to_failure(error: Exception) -> Failure[Literal[CertificateKind, TlsKind]]:
    import ssl

    message = _message(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(
            _VERIFICATION.get(error.verify_code, 'Unverified'), error.verify_message or message
        )
    if isinstance(error, TimeoutError):
        return Failure('Timeout', 'the TLS handshake timed out')
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError)):
        return Failure('Reset', 'the connection was reset during the TLS handshake', message)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return Failure('Cut', _CUT, message)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ''
        if any(known in reason for known in _NOT_TLS_REASONS):
            return Failure('NotTls', "the response isn't TLS", message)
        if any(known in reason for known in _OLD_REASONS):
            return Failure(
                'ProtocolTooOld', 'the server supports only outdated TLS versions', message
            )
        if 'EOF' in reason:
            return Failure('Cut', _CUT, message)
        return Failure('Failed', f'the TLS handshake failed: {message}')
    if isinstance(error, OSError):
        return Failure('Cut', _CUT, message)
    return Failure('Failed', message)


def _message(error: Exception) -> str:
    return str(
        getattr(error, 'reason', None)
        or getattr(error, 'strerror', None)
        or error
        or type(error).__name__
    )
