# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handshake, and certificates that fail."""

from __future__ import annotations

from dataclasses import replace
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
UNSEEN = UnverifiedPeer(failure=Failure('NotInspected', 'it went away'))


def shake(
    title: str,
    status: str,
    problem: str = '',
    failure: str = '',
    look: UnverifiedPeer = UNSEEN,
    **more: Any,
) -> Row:
    """Return a row of tls."""
    parts = {
        key: more.pop(key) for key in ('protocol', 'certificate', 'trust', 'at') if key in more
    }
    told = Failure(failure, 'it said so', more.pop('said', ''))
    hands = Handshake(**parts, failure=told if failure else None, seconds=0.0312)
    return Row(
        title,
        tls,
        status,
        problem and f'CONNECTIVITY_SSL_ERROR {problem}',
        needs=(FakeConnection(hands=hands, looked=look),),
        **more,
    )


def seen(
    title: str,
    problem: str,
    failure: str,
    known: bool = False,
    date: str | None = None,
    **more: Any,
) -> Row:
    """Return a row of a certificate that failed and was then looked at."""
    certificate = replace(SHOWN, **more.pop('shown', {}))
    return shake(
        title,
        'Failed',
        problem,
        failure,
        UnverifiedPeer(certificate, 'TLSv1.3', known, date, NOW),
        **more,
    )


TABLE = (
    shake(
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
    shake(
        'an issuer without a name',
        'Passed',
        protocol='TLSv1.2',
        certificate=Certificate(),
        detail='an issuer without a name',
    ),
    shake(
        'not verified',
        'Warning',
        'VerificationDisabled',
        protocol='TLSv1.2',
        leaves=True,
        certificate=SHOWN,
        trust=Trust(False, '', 'AZURE_CLI_DISABLE_CONNECTION_VERIFICATION'),
        detail='was not verified, as AZURE_CLI_DISABLE_CONNECTION_VERIFICATION wants',
        facts={'verification': 'off', 'caBundle': None, **FACTS},
    ),
    seen(
        'expired',
        'CertificateExpired',
        'Expired',
        date='Sat, 02 Jan 2027 03:04:05 GMT',
        solution='row `clock`',
        trust=Trust(True, 'b', 'certifi'),
        detail=f"certificate expired: valid until {END}; this machine's clock says {NOW}, "
        "the server's Sat, 02 Jan 2027 03:04:05 GMT",
        facts={
            'verification': 'on',
            'caSource': 'certifi',
            'protocol': 'TLSv1.3',
            'seenAt': NOW,
            'serverDate': 'Sat, 02 Jan 2027 03:04:05 GMT',
            **FACTS,
        },
    ),
    shake(
        'expired, and asked for its time',
        'Failed',
        'CertificateExpired',
        'Expired',
        look=UnverifiedPeer(SHOWN, date='now', at=NOW, status=401, correlation_id='c0ffee'),
        facts={'status': 401, 'correlationId': 'c0ffee', 'serverDate': 'now'},
    ),
    shake(
        'expired, and not seen again',
        'Failed',
        'CertificateExpired',
        'Expired',
        detail='it said so',
        facts={'said': 'not among the facts'},
    ),
    seen(
        'of the future',
        'CertificateNotYetValid',
        'NotYetValid',
        detail=f'not valid before {BEGIN}; this machine',
    ),
    seen(
        'another name',
        'CertificateWrongName',
        'WrongName',
        shown={'names': ('a.test', 'b.test', 'c.test', 'd.test')},
        detail=f'certificate for a.test, b.test, c.test, …, not for {HOST}',
        solution='row `dns`',
    ),
    seen(
        'self-signed',
        'CertificateSelfSigned',
        'SelfSigned',
        solution='REQUESTS_CA_BUNDLE',
        detail='nobody but itself',
    ),
    seen(
        'intercepted',
        'TlsIntercepted',
        'Untrusted',
        trust=Trust(True, '/my certs/b.pem', 'certifi'),
        facts=FACTS,
        detail='certificate from Scanner CA, Contoso, no public authority',
        solution="`cat '/my certs/b.pem' ROOT.pem",
    ),
    seen(
        'a chain with a hole',
        'CertificateUntrusted',
        'Untrusted',
        known=True,
        detail='certificate from Scanner CA',
        solution=f'-connect {HOST}:443',
    ),
    seen(
        'an unknown authority, for another name',
        'CertificateUntrusted',
        'Untrusted',
        shown={'names': ('*.example.com', '*.io')},
    ),
    shake(
        'an unknown authority, not seen again',
        'Failed',
        'CertificateUntrusted',
        'Untrusted',
        detail='it said so',
    ),
    seen('invalid otherwise', 'CertificateInvalid', 'Unverified', detail='it said so'),
    shake(
        'no bundle',
        'Failed',
        'CaBundleUnreadable',
        'BundleUnreadable',
        solution='`unset CURL_CA_BUNDLE`',
        trust=Trust(True, '/my certs/b.pem', 'CURL_CA_BUNDLE'),
    ),
    shake(
        "the CLI's own bundle is gone",
        'Failed',
        'CaBundleUnreadable',
        'BundleUnreadable',
        solution='install that again',
        trust=Trust(True, 'b.pem', 'certifi'),
    ),
    shake(
        'a key log that cannot be written',
        'Failed',
        'KeyLogUnwritable',
        'KeyLogUnwritable',
        solution='SSLKEYLOGFILE',
    ),
    shake(
        'plain text',
        'Failed',
        'NotTls',
        'NotTls',
        said='WRONG_VERSION_NUMBER',
        facts={'said': 'WRONG_VERSION_NUMBER'},
    ),
    shake('old', 'Failed', 'ProtocolTooOld', 'ProtocolTooOld'),
    shake('reset', 'Failed', 'HandshakeReset', 'Reset', solution=HOST),
    shake('cut', 'Failed', 'HandshakeInterrupted', 'Cut', solution=HOST),
    shake('silent', 'Failed', 'HandshakeTimeout', 'Timeout', detail='it said so'),
    shake('anything else', 'Failed', 'HandshakeFailed', 'Failed'),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_the_same_connection_is_passed_on(row: Row) -> None:
    assert run(row).value in (row.needs[0], None)
