# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""TLS that fails, in the words of Go, OpenSSL, .NET, Java, and Node.js."""

from __future__ import annotations

from azext_acrhealth.catalogue.authentication import clock, sign_in
from azext_acrhealth.catalogue.connectivity import connection, tls
from azext_acrhealth.catalogue.data import data_endpoints
from azext_acrhealth.catalogue.registry import login_server
from azext_acrhealth.explain.rule import Confidence, Rule
from azext_acrhealth.model import Problem

_NOISE = ('anonymous', 'unauthorized', 'login', 'unclear', 'connection')


def _tls(
    name: str,
    words: tuple[str, ...],
    pattern: str,
    problem: Problem,
    *candidates: Problem,
    confidence: Confidence = 'certain',
    outranks: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        name,
        words,
        pattern,
        'tls',
        problem,
        confidence,
        candidates,
        (*_NOISE, *outranks),
        {
            'data': data_endpoints.BY_REASON[problem.reason],
            'entra': sign_in.SIGN_IN_UNAVAILABLE,
            'arm': login_server.ARM_UNAVAILABLE,
        },
        '',
        r'proxyconnect|docker_cert_path|tcp://[^\n]{1,80}:2376|localhost:8080',
        specific=False,
    )


RULES = (
    # Go: crypto/x509/verify.go says `has expired or is not yet valid` for both, and which of the
    # two by `is after` or `is before`. Between equal dates lies the machine's clock.
    _tls(
        'expired',
        ('has expired', 'expired'),
        r'has expired or is not yet valid:…is after|certificate has expired(?! or is not)'
        r'|certificate_expired|certexpired|cert_has_expired|certificate expired',
        tls.EXPIRED,
        clock.CLOCK_FAST,
        outranks=('untrusted',),
    ),
    _tls(
        'not-yet-valid',
        ('not yet valid', 'certnotyetvalid', 'notbefore'),
        r'has expired or is not yet valid:…is before|certificate is not yet valid'
        r'|certificatenotyetvalid|notbefore:',
        tls.NOT_YET_VALID,
        clock.CLOCK_SLOW,
        outranks=('untrusted',),
    ),
    _tls(
        'wrong-name',
        (
            'certificate is valid for',
            "doesn't match",
            'hostname mismatch',
            'remotecertificatenamemismatch',
            'no alternative certificate',
            'err_tls_cert_altname_invalid',
            'certificate is not valid for any names',
            'no subject alternative',
            'ip sans',
            'cannot validate certificate for',
        ),
        r'cannot validate certificate for [\d.:a-f]{2,45} because'
        r'|certificate is valid for [^\n]{1,400}?, not|hostname [^\n]{1,160} doesn\'t match'
        r'|hostname mismatch|remotecertificatenamemismatch|no alternative certificate subject name'
        r'|cert_altname_invalid|not valid for any names|no subject alternative (?:dns )?names?',
        tls.WRONG_NAME,
        outranks=('untrusted',),
    ),
    _tls(
        'self-signed',
        ('self-signed', 'self signed', 'depth_zero_self_signed'),
        r'self[- ]signed certificate|depth_zero_self_signed_cert',
        tls.INTERCEPTED,
        tls.SELF_SIGNED,
        tls.UNTRUSTED,
        confidence='likely',
        outranks=('untrusted',),
    ),
    _tls(
        'untrusted',
        (
            'unknown authority',
            'certificate verify failed',
            'unable to get local issuer',
            'pkix path building failed',
            'remotecertificatechainerrors',
            'untrustedroot',
            'remote certificate is invalid',
            'certificate is not trusted',
            'unable_to_verify_leaf',
            'unable_to_get_issuer',
            'certificate signed by unknown',
            'certificate relies on legacy',
            'partialchain',
            'remote certificate was rejected',
            'unknown ca',
            'connectivity_ssl_error',
            'failed to verify the server',
        ),
        r'certificate signed by unknown authority|certificate_verify_failed'
        r'|certificate verify failed|unable to get (?:local )?issuer certificate'
        r'|pkix path building failed|untrustedroot|remotecertificatechainerrors'
        r'|remote certificate (?:is invalid|was rejected)|partialchain|certificate is not trusted'
        r'|unable_to_verify_leaf_signature|unable_to_get_issuer_cert|unknown ca\b'
        # jib: jib-core/registry/InsecureRegistryException.java.
        r'|connectivity_ssl_error|failed to verify the server at https',
        tls.INTERCEPTED,
        tls.UNTRUSTED,
        tls.BUNDLE_UNREADABLE,
        confidence='likely',
    ),
    _tls(
        'not-tls',
        ('http response to https client', 'wrong version number', 'does not look like a tls'),
        r'server gave http response to https client|wrong version number'
        r'|first record does not look like a tls handshake|unrecognized ssl message',
        tls.NOT_TLS,
    ),
    _tls(
        'old-protocol',
        ('protocol version', 'unsupported protocol', 'protocol_version', 'unsupported versions'),
        r'tls: (?:protocol version not supported|server selected unsupported protocol)'
        r'|tlsv1 alert protocol version|unsupported protocol|alert_protocol_version'
        r'|offered only unsupported',
        tls.OLD_PROTOCOL,
    ),
    _tls(
        'bundle',
        ('ca bundle', 'ca certificate bundle', 'could not find a suitable tls'),
        r'could not find a suitable tls ca certificate bundle'
        r'|invalid path: [^\n]{1,200}\.(?:pem|crt)|error setting certificate verify locations'
        r'|error reading ca bundle',
        tls.BUNDLE_UNREADABLE,
    ),
    # Tokens and certificates that look valid only later: the machine's clock is slow.
    Rule(
        'clock-slow',
        ('token used before issued', 'not valid yet', 'not yet valid', 'issued in the future'),
        r'token (?:is )?(?:used before issued|not (?:yet )?valid(?: yet)?)|issued in the future'
        r'|\bnbf\b[^\n]{0,60}not (?:yet )?valid',
        'tls',
        clock.CLOCK_SLOW,
        'likely',
        outranks=('unauthorized', 'unclear'),
        specific=False,
    ),
    _tls(
        'handshake-eof',
        ('eof occurred in violation', 'unexpected_eof_while_reading', 'ssl_error_syscall'),
        r'eof occurred in violation of protocol|unexpected_eof_while_reading|ssl_error_syscall',
        tls.HANDSHAKE_INTERRUPTED,
        tls.HANDSHAKE_RESET,
    ),
    _tls(
        'handshake',
        ('tls: ', 'ssl', 'handshake', 'x509'),
        r'remote error: tls: [^\n]{1,80}|\btls: handshake failure|sslhandshakeexception|sslerror\('
        r'|ssl connection could not be established|handshake_failure|\bx509: [^\n]{1,80}',
        tls.HANDSHAKE_FAILED,
        tls.UNVERIFIED,
        connection.CONNECT_FAILED,
        confidence='possible',
    ),
)
