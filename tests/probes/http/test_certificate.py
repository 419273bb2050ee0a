# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What certificates say of themselves, as OpenSSL tells it and as their bytes do."""

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

from azext_acrhealth.probes.http.certificate import NAMES, Certificate, is_known, of_der, of_peer

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


def test_bytes_and_openssl_tell_the_same(tmp_path):
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
    known = ssl._ssl._test_decode_cert(str(file))
    of_bytes = of_der(ssl.PEM_cert_to_DER_cert(file.read_text()))
    assert of_bytes == of_peer(known)
    assert of_bytes == Certificate(
        'localhost, Contoso',
        ('localhost', '127.0.0.1'),
        'Contoso CA',
        '2026-01-02T03:04:05Z',
        '2026-12-02T03:04:05Z',
        'Contoso CA',
    )


def test_a_certificate_without_names():
    seen = of_der(der(san=False))
    assert (seen.subject, seen.names, seen.issuer, seen.organisation) == (None, (), None, None)
    assert of_peer({}) == Certificate()


def test_names_are_bounded():
    assert len(of_der(der(*(f'{number}.example' for number in range(500)))).names) == NAMES


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate(data):
    assert of_der(data) is None


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_certificate_with_a_byte_changed(place, value):
    whole = bytearray(der('contoso.example', subject=[(x509.NameOID.COMMON_NAME, 'contoso')]))
    whole[place % len(whole)] = value
    assert of_der(bytes(whole)) is None or of_der(bytes(whole)).names is not None


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


def test_known_organisations(tmp_path):
    bundle = tmp_path / 'bundle.pem'
    CA.cert_pem.write_to_path(str(bundle))
    for place in (bundle, tmp_path):
        assert is_known('Contoso CA', str(place)) and is_known('contoso ca', str(place))
        assert is_known('Microsoft Corporation', str(place)), (
            'the public ones count whatever the bundle'
        )
        assert (
            not is_known('Scanner', str(place))
            and not is_known(None, str(place))
            and not is_known('', str(place))
        )
    assert not is_known('Contoso CA', str(tmp_path / 'none.pem'))
