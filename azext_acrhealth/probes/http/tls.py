# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Shake hands with a host, TLS over a connection that is there already, and look at a certificate that failed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate, is_known, of_der, of_peer
from azext_acrhealth.probes.http.proxy_and_trust import Trust, context_for, trust

# OpenSSL's X509_V_ERR_… numbers, which are the same in every language and version.
_VERIFICATION = {
    9: 'NotYetValid',
    10: 'Expired',
    18: 'SelfSigned',
    19: 'Untrusted',
    20: 'Untrusted',
    21: 'Untrusted',
    62: 'WrongName',
    64: 'WrongName',
}
# After these the certificate is worth a look.
DOUBTED = (*dict.fromkeys(_VERIFICATION.values()), 'Unverified')
_NOT_TLS = (
    'WRONG_VERSION_NUMBER',
    'HTTP_REQUEST',
    'UNKNOWN_PROTOCOL',
    'PACKET_LENGTH_TOO_LONG',
    'RECORD_LAYER_FAILURE',
)
_CUT = 'the connection was cut during the handshake'
_OLD = (
    'UNSUPPORTED_PROTOCOL',
    'TLSV1_ALERT_PROTOCOL_VERSION',
    'NO_PROTOCOLS_AVAILABLE',
    'VERSION_TOO_LOW',
)


@dataclass(frozen=True)
class Handshake:
    """The end of a handshake.

    `failure.kind` is Expired, NotYetValid, WrongName, SelfSigned, Untrusted, Unverified,
    BundleUnreadable, KeyLogUnwritable, NotTls, Old, Reset, Cut, Timeout or Failed, or the kind of
    the connection's trouble when there was none to shake hands over.
    """

    socket: Any = None
    guard: deadlines.SocketGuard | None = None
    protocol: str | None = None
    certificate: Certificate | None = None
    trust: Trust | None = None
    failure: Failure | None = None
    seconds: float = 0.0
    at: str = ''


@dataclass(frozen=True)
class UnverifiedPeer:
    """What a second, unverified handshake showed, over which no credential goes.

    `known`: the issuer's organisation has a root in the bundle in use or among the public ones.
    `at` is the local time (UTC) of the look. `status`, `date` (the server's own time) and
    `correlation_id` are of the request that is made when the certificate is not valid now.
    """

    certificate: Certificate | None = None
    protocol: str | None = None
    known: bool = False
    date: str | None = None
    at: str = ''
    failure: Failure | None = None
    status: int | None = None
    correlation_id: str | None = None


def perform_handshake(sock: Any, host: str, deadline: float) -> Handshake:
    """Verify the host's certificate as the CLI would; 5 s in all.

    Closes the socket when it fails.
    """
    since, trusted = time.monotonic(), trust()
    try:
        context = context_for(trusted)
    except OSError as error:  # ssl.SSLError too: a file that holds no certificate
        sock.close()
        if error.filename:  # the bundle's own errors name no file
            return Handshake(
                trust=trusted,
                failure=Failure('KeyLogUnwritable', f'{error.filename}: {_words(error)}'),
            )
        return Handshake(
            trust=trusted, failure=Failure('BundleUnreadable', f'{trusted.bundle}: {_words(error)}')
        )
    guard, seconds = None, deadlines.left(deadline, deadlines.HANDSHAKE)
    try:
        guard = deadlines.SocketGuard(sock)
        with guard.limit(seconds):
            sock.settimeout(seconds)
            secure = _wrap(sock, context, host)
    except (OSError, ValueError) as error:
        sock.close()
        cut = guard is not None and guard.cut
        if guard:
            guard.close()
        failure = (
            Failure('Timeout', f'the handshake did not finish within {seconds:.2g} s')
            if cut
            else _failure(error)
        )
        return Handshake(
            trust=trusted,
            failure=failure,
            seconds=time.monotonic() - since,
            at=deadlines.utc(since),
        )
    fields = secure.getpeercert()  # empty without verification
    certificate = of_peer(fields) if fields else of_der(secure.getpeercert(True) or b'')
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
    """See a certificate that did not stand up to verification.

    With `ask` also what time the server has. Closes.
    """
    from http.client import HTTPException

    certificate = protocol = status = date = number = guard = secure = failure = None
    seconds = deadlines.left(deadline, deadlines.DIAGNOSIS)
    try:
        guard = deadlines.SocketGuard(sock)
        with guard.limit(seconds):
            sock.settimeout(seconds)
            secure = _wrap(sock, context_for(Trust(False, '', '')), host)
            certificate, protocol = of_der(secure.getpeercert(True) or b''), secure.version()
            if ask:
                status, date, number = _asked(secure, host, user_agent)
        if guard.cut:  # cut short, a head looks like a whole one
            status = date = number = None
            failure = Failure('Unseen', f'no whole answer within {seconds:.2g} s')
    except (OSError, ValueError, HTTPException) as error:
        failure = Failure('Unseen', _words(error))
    finally:
        for one in (secure, guard, sock):
            if one:
                one.close()
    known = certificate is not None and is_known(certificate.organisation, trust().bundle)
    return UnverifiedPeer(
        certificate, protocol, known, date, deadlines.utc(), failure, status, number
    )


def _asked(secure: Any, host: str, user_agent: str) -> tuple[int, str | None, str | None]:
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
    date, number = (
        http_response.getheader('Date'),
        http_response.getheader('x-ms-correlation-request-id'),
    )
    return http_response.status, date[:64] if date else None, number[:64] if number else None


def _wrap(sock: Any, context: Any, host: str) -> Any:
    import ssl

    if isinstance(
        sock, ssl.SSLSocket
    ):  # a proxy spoken to over TLS: the registry's TLS runs inside
        from urllib3.util.ssltransport import SSLTransport

        return SSLTransport(sock, context, host)
    return context.wrap_socket(sock, server_hostname=host)


def _failure(error: Exception) -> Failure:
    import ssl

    words = _words(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(
            _VERIFICATION.get(error.verify_code, 'Unverified'), error.verify_message or words
        )
    if isinstance(error, TimeoutError):
        return Failure('Timeout', 'the handshake did not finish in time')
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError)):
        return Failure('Reset', 'the connection was reset during the handshake', words)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return Failure('Cut', _CUT, words)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ''
        for kind, reasons, text in (
            ('NotTls', _NOT_TLS, 'what answers does not speak TLS'),
            ('Old', _OLD, 'what answers offers only an old TLS'),
        ):
            if any(known in reason for known in reasons):
                return Failure(kind, text, words)
        return (
            Failure('Cut', _CUT, words)
            if 'EOF' in reason
            else Failure('Failed', f'the handshake failed: {words}')
        )
    return Failure('Cut', _CUT, words) if isinstance(error, OSError) else Failure('Failed', words)


def _words(error: Exception) -> str:
    return str(
        getattr(error, 'reason', None)
        or getattr(error, 'strerror', None)
        or error
        or type(error).__name__
    )
