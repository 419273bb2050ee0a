# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `tls` check."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.connectivity.tls import tls
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.certificate import Certificate
from azext_acrhealth.probes.http.proxy_and_trust import Trust
from azext_acrhealth.probes.http.tls import Handshake, UnverifiedPeer
from tests.checks.fake_probes import HOST, FakeConnection
from tests.checks.table import Row, run, verify

BEGIN, END, NOW = '2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z', '2027-01-02T03:04:05Z'
SHOWN = Certificate(
    HOST, ('*.azurecr.io', 'azurecr.io'), 'Scanner CA, Contoso', BEGIN, END, 'Contoso'
)
FACTS = {
    'subject': HOST,
    'names': ['*.azurecr.io', 'azurecr.io'],
    'issuer': 'Scanner CA, Contoso',
    'notBefore': BEGIN,
    'notAfter': END,
}
NO_CERTIFICATE = UnverifiedPeer(failure=Failure('NotInspected', 'it went away'))


def handshake_row(
    title: str,
    status: str,
    problem: str = '',
    failure: str = '',
    peer: UnverifiedPeer = NO_CERTIFICATE,
    **more: Any,
) -> Row:
    """Return a row of the `tls` check."""
    fields = {
        key: more.pop(key) for key in ('protocol', 'certificate', 'trust', 'at') if key in more
    }
    cause = Failure(failure, 'it said so', more.pop('library_message', ''))
    handshake = Handshake(**fields, failure=cause if failure else None, seconds=0.0312)
    return Row(
        title,
        tls,
        status,
        problem and f'CONNECTIVITY_SSL_ERROR {problem}',
        needs=(FakeConnection(handshake_result=handshake, peer_result=peer),),
        **more,
    )


def rejected_row(
    title: str,
    problem: str,
    failure: str,
    known: bool = False,
    date: str | None = None,
    **more: Any,
) -> Row:
    """Return a row for a rejected certificate that was then inspected."""
    certificate = SHOWN._replace(**more.pop('shown', {}))
    return handshake_row(
        title,
        'Failed',
        problem,
        failure,
        UnverifiedPeer(certificate, 'TLSv1.3', known, date, NOW),
        **more,
    )


TABLE = (
    handshake_row(
        'trusted',
        'Passed',
        protocol='TLSv1.3',
        certificate=SHOWN,
        trust=Trust(True, 'b.pem', 'REQUESTS_CA_BUNDLE'),
        detail='TLSv1.3, certificate from Scanner CA, Contoso',
        at=NOW,
        facts={
            'verification': 'on',
            'caBundle': 'b.pem',
            'caSource': 'REQUESTS_CA_BUNDLE',
            'protocol': 'TLSv1.3',
            'elapsedMs': 31,
            'at': NOW,
            **FACTS,
        },
    ),
    handshake_row(
        'an issuer without a name',
        'Passed',
        protocol='TLSv1.2',
        certificate=Certificate(),
        detail='an unnamed issuer',
    ),
    handshake_row(
        'not verified',
        'Warning',
        'VerificationDisabled',
        protocol='TLSv1.2',
        has_value=True,
        certificate=SHOWN,
        trust=Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'),
        detail="wasn't verified because of AZURE_CLI_DISABLE_CONNECTION_VERIFICATION",
        facts={'verification': 'off', 'caBundle': None, **FACTS},
    ),
    rejected_row(
        'expired',
        'CertificateExpired',
        'Expired',
        date='Sat, 02 Jan 2027 03:04:05 GMT',
        solution="Check this machine's clock",
        trust=Trust(True, 'b', 'certifi'),
        detail=f"certificate expired at {END}; this machine's clock is at {NOW}, "
        "the server's at Sat, 02 Jan 2027 03:04:05 GMT",
        facts={
            'verification': 'on',
            'caSource': 'certifi',
            'protocol': 'TLSv1.3',
            'seenAt': NOW,
            'serverDate': 'Sat, 02 Jan 2027 03:04:05 GMT',
            **FACTS,
        },
    ),
    handshake_row(
        'expired, and the server was asked for its time',
        'Failed',
        'CertificateExpired',
        'Expired',
        peer=UnverifiedPeer(SHOWN, date='now', at=NOW, status=401, correlation_id='c0ffee'),
        facts={'status': 401, 'correlationId': 'c0ffee', 'serverDate': 'now'},
    ),
    handshake_row(
        'expired, and not inspected',
        'Failed',
        'CertificateExpired',
        'Expired',
        detail='it said so',
        facts={'said': 'not among the facts'},
    ),
    rejected_row(
        'not valid yet',
        'CertificateNotYetValid',
        'NotYetValid',
        detail=f'not valid before {BEGIN}; this machine',
    ),
    rejected_row(
        'another name',
        'CertificateNameMismatch',
        'WrongName',
        shown={'names': ('a.test', 'b.test', 'c.test', 'd.test')},
        detail=f'certificate for a.test, b.test, c.test, …, not for {HOST}',
        solution='hosts file or DNS servers',
    ),
    rejected_row(
        'self-signed',
        'CertificateSelfSigned',
        'SelfSigned',
        solution='REQUESTS_CA_BUNDLE',
        detail=f'self-signed certificate ({HOST})',
    ),
    rejected_row(
        'intercepted',
        'TlsIntercepted',
        'Untrusted',
        trust=Trust(True, '/my certs/b.pem', 'certifi'),
        facts=FACTS,
        detail='certificate from Scanner CA, Contoso, not a public authority',
        solution="`cat '/my certs/b.pem' ROOT.pem",
    ),
    rejected_row(
        'an incomplete chain',
        'CertificateUntrusted',
        'Untrusted',
        known=True,
        detail='certificate from Scanner CA',
        solution=f'-connect {HOST}:443',
    ),
    rejected_row(
        'an unknown authority, for another name',
        'CertificateUntrusted',
        'Untrusted',
        shown={'names': ('*.example.com', '*.io')},
    ),
    handshake_row(
        'an unknown authority, not inspected',
        'Failed',
        'CertificateUntrusted',
        'Untrusted',
        detail='it said so',
    ),
    rejected_row('invalid otherwise', 'InvalidCertificate', 'Unverified', detail='it said so'),
    handshake_row(
        'no bundle',
        'Failed',
        'CaBundleUnreadable',
        'BundleUnreadable',
        solution='`unset CURL_CA_BUNDLE`',
        trust=Trust(True, '/my certs/b.pem', 'CURL_CA_BUNDLE'),
    ),
    handshake_row(
        "the CLI's own bundle is gone",
        'Failed',
        'CaBundleUnreadable',
        'BundleUnreadable',
        solution='Reinstall the Azure CLI',
        trust=Trust(True, 'b.pem', 'certifi'),
    ),
    handshake_row(
        'a key log that cannot be written',
        'Failed',
        'KeyLogUnwritable',
        'KeyLogUnwritable',
        solution='SSLKEYLOGFILE',
    ),
    handshake_row(
        'plain text',
        'Failed',
        'NotTls',
        'NotTls',
        library_message='WRONG_VERSION_NUMBER',
        facts={'said': 'WRONG_VERSION_NUMBER'},
    ),
    handshake_row('old', 'Failed', 'ProtocolTooOld', 'ProtocolTooOld'),
    handshake_row('reset', 'Failed', 'HandshakeReset', 'Reset', solution=HOST),
    handshake_row('cut', 'Failed', 'HandshakeInterrupted', 'Cut', solution=HOST),
    handshake_row('a timeout', 'Failed', 'HandshakeTimeout', 'Timeout', detail='it said so'),
    handshake_row('another error', 'Failed', 'HandshakeFailed', 'Failed'),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_connection_is_passed_on(row: Row) -> None:
    assert run(row).value in (row.needs[0], None)
