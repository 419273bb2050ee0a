# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of parsing certificates, from OpenSSL's fields and from their bytes."""

from __future__ import annotations

import datetime
import ssl

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.http.certificate import (
    NAMES,
    Certificate,
    is_known_authority,
    parse_der,
    parse_peer,
)

CA = trustme.CA(organization_name='Contoso CA')
BEGIN, END = (
    datetime.datetime(2026, month, 2, 3, 4, 5, tzinfo=datetime.timezone.utc) for month in (1, 12)
)


def der(*names, subject=(), san=True):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
    )
    if san:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_bytes_and_openssl_agree(tmp_path):
    leaf = CA.issue_cert(
        'localhost',
        '127.0.0.1',
        common_name='localhost',
        organization_name='Contoso',
        not_before=BEGIN,
        not_after=END,
    )
    file = tmp_path / 'leaf.pem'
    leaf.cert_chain_pems[0].write_to_path(str(file))
    fields = ssl._ssl._test_decode_cert(str(file))
    certificate = parse_der(ssl.PEM_cert_to_DER_cert(file.read_text()))
    assert certificate == parse_peer(fields)
    assert certificate == Certificate(
        'localhost, Contoso',
        ('localhost', '127.0.0.1'),
        'Contoso CA',
        '2026-01-02T03:04:05Z',
        '2026-12-02T03:04:05Z',
        'Contoso CA',
    )


def test_a_certificate_without_names():
    certificate = parse_der(der(san=False))
    assert (
        certificate.subject,
        certificate.names,
        certificate.issuer,
        certificate.organization,
    ) == (None, (), None, None)
    assert parse_peer({}) == Certificate()


@pytest.mark.parametrize(
    'given, shown',
    [
        ('Jun  1 12:00:00 2025 GMT', '2025-06-01T12:00:00Z'),
        ('Jan  1 00:00:00 1950 GMT', '1950-01-01T00:00:00Z'),
        ('Dec 31 23:59:59 9999 GMT', '9999-12-31T23:59:59Z'),
        # The zero of some programs' clocks.
        ('Jan  1 00:00:00 0001 GMT', '0001-01-01T00:00:00Z'),
    ],
)
def test_the_times_of_a_verified_certificate(given, shown):
    assert parse_peer({'notBefore': given, 'notAfter': given})[3:5] == (shown, shown)


def test_names_are_bounded():
    assert len(parse_der(der(*(f'{number}.example' for number in range(500)))).names) == NAMES


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate(data):
    assert parse_der(data) is None


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_certificate_with_a_byte_changed(position, value):
    content = bytearray(der('contoso.example', subject=[(x509.NameOID.COMMON_NAME, 'contoso')]))
    content[position % len(content)] = value
    assert parse_der(bytes(content)) is None or parse_der(bytes(content)).names is not None


@pytest.mark.parametrize(
    'names, host, covered',
    [
        (('contoso.azurecr.io',), 'contoso.azurecr.io', True),
        (('*.azurecr.io',), 'Contoso.azurecr.io', True),
        (('*.azurecr.io',), 'contoso.eastus.geo.azurecr.io', False),
        (('azurecr.io',), 'contoso.azurecr.io', False),
        (('*.AzureCR.io',), 'contoso.azurecr.io', True),
        (('*.io',), 'contoso.azurecr.io', False),
        ((), 'a.io', False),
    ],
)
def test_which_hosts_are_covered(names, host, covered):
    assert Certificate(names=names).covers(host) is covered


def test_known_authorities(tmp_path):
    bundle = tmp_path / 'bundle.pem'
    CA.cert_pem.write_to_path(str(bundle))
    for path in (bundle, tmp_path):
        assert is_known_authority('Contoso CA', str(path)) and is_known_authority(
            'contoso ca', str(path)
        )
        assert is_known_authority('Microsoft Corporation', str(path)), (
            'public authorities are known with any bundle'
        )
        assert (
            not is_known_authority('Scanner', str(path))
            and not is_known_authority(None, str(path))
            and not is_known_authority('', str(path))
        )
    assert not is_known_authority('Contoso CA', str(tmp_path / 'none.pem'))
