# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Shake hands with a host: TLS over a connection that is there already."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Mapping

from azext_acrhealth.probes import limits
from azext_acrhealth.probes.route import Trust, context_for, trust
from azext_acrhealth.probes.trouble import Trouble

# OpenSSL's X509_V_ERR_… numbers, which are the same in every language and version.
_VERIFICATION = {
    9: 'NotYetValid', 10: 'Expired', 18: 'SelfSigned', 19: 'Untrusted', 20: 'Untrusted', 21: 'Untrusted',
    62: 'WrongName', 64: 'WrongName',
}
_NOT_TLS = ('WRONG_VERSION_NUMBER', 'HTTP_REQUEST', 'UNKNOWN_PROTOCOL', 'PACKET_LENGTH_TOO_LONG',
            'RECORD_LAYER_FAILURE')
_OLD = ('UNSUPPORTED_PROTOCOL', 'TLSV1_ALERT_PROTOCOL_VERSION', 'NO_PROTOCOLS_AVAILABLE', 'VERSION_TOO_LOW')


@dataclass(frozen=True)
class Handshake:
    """The end of a handshake.

    `trouble.kind` is Expired, NotYetValid, WrongName, SelfSigned, Untrusted, Unverified, BundleUnreadable, NotTls, Old,
    Cut, Timeout or Failed, or the kind of the connection's trouble when there was none to shake hands over.
    """

    socket: Any = None
    cord: limits.Cord | None = None
    protocol: str | None = None
    issuer: str | None = None
    expires: str | None = None
    trust: Trust | None = None
    trouble: Trouble | None = None
    seconds: float = 0.0


def shake_hands(sock: Any, host: str, deadline: float) -> Handshake:
    """Verify the host's certificate as the CLI would; 5 s in all. Closes the socket when it fails."""
    import ssl
    since, trusted = time.monotonic(), trust()
    try:
        context = context_for(trusted)
    except OSError as error:       # ssl.SSLError too: a file that holds no certificate
        sock.close()
        return Handshake(trust=trusted, trouble=Trouble('BundleUnreadable', f'{trusted.bundle}: {_words(error)}'))
    cord, seconds = None, limits.left(deadline, limits.HANDSHAKE)
    try:
        cord = limits.Cord(sock)
        with cord.limit(seconds):
            sock.settimeout(seconds)
            if isinstance(sock, ssl.SSLSocket):      # a proxy spoken to over TLS: the registry's TLS runs inside
                from urllib3.util.ssltransport import SSLTransport
                secure: Any = SSLTransport(sock, context, host)
            else:
                secure = context.wrap_socket(sock, server_hostname=host)
    except (OSError, ValueError) as error:
        sock.close()
        cut = cord is not None and cord.cut
        if cord:
            cord.close()
        trouble = Trouble('Timeout', f'no end within {seconds:.0f} s') if cut else _trouble(error)
        return Handshake(trust=trusted, trouble=trouble, seconds=time.monotonic() - since)
    certificate: Mapping[str, Any] = secure.getpeercert() or {}
    return Handshake(secure, cord, secure.version(), _name(certificate.get('issuer', ())), certificate.get('notAfter'),
                     trusted, seconds=time.monotonic() - since)


def _trouble(error: Exception) -> Trouble:
    import ssl
    words = _words(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(_VERIFICATION.get(error.verify_code, 'Unverified'), error.verify_message or words)
    if isinstance(error, TimeoutError):
        return Trouble('Timeout', 'no end in time')
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)):
        return Trouble('Cut', words)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ''
        for kind, reasons in (('NotTls', _NOT_TLS), ('Old', _OLD)):
            if any(known in reason for known in reasons):
                return Trouble(kind, words)
        return Trouble('Cut' if 'EOF' in reason else 'Failed', words)
    return Trouble('Cut' if isinstance(error, OSError) else 'Failed', words)


def _words(error: Exception) -> str:
    return str(getattr(error, 'reason', None) or getattr(error, 'strerror', None) or error or type(error).__name__)


def _name(relative_names: Any) -> str | None:
    """Give a certificate's name as `CN, O`, the parts that people know."""
    parts = {key: value for group in relative_names for key, value in group}
    shown = [parts[key] for key in ('commonName', 'organizationName') if key in parts]
    return ', '.join(shown) or None
