# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's certificate authority, and the certificates of its servers, valid and invalid."""

from __future__ import annotations

import datetime
import pathlib
import re
import ssl
import threading
from collections.abc import Sequence
from typing import Optional

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# The names on one certificate, as Azure's: a wildcard for all registries and the bare suffix.
SHARED = (
    (re.compile(r'[^.]+\.azurecr\.test'), ('*.azurecr.test', 'azurecr.test')),
    (
        re.compile(r'[^.]+\.(?P<region>[a-z0-9]+\.(?:geo|data))\.azurecr\.test'),
        ('*.{region}.azurecr.test',),
    ),
    (re.compile(r'[^.]+\.blob\.sandbox\.test'), ('*.blob.sandbox.test',)),
)
VARIANTS = ('right', 'expired', 'notyet', 'wronghost', 'selfsigned', 'foreign', 'nochain', 'old')
DAY = datetime.timedelta(days=1)


def names_for(host: str) -> tuple[str, ...]:
    """Return the subject alternative names of the certificate that serves a host."""
    for pattern, names in SHARED:
        match = pattern.fullmatch(host)
        if match:
            return tuple(name.format(**match.groupdict()) for name in names)
    return (host,)


class Authority:
    """A root, an issuing authority, and the TLS contexts of all hosts, made on first use."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._root = trustme.CA(
            organization_name='acrhealth sandbox', organization_unit_name='root'
        )
        self._issuer = trustme.CA(self._root, 8, 'acrhealth sandbox', 'issuing')
        self._foreign_issuer: Optional[trustme.CA] = None
        self._contexts: dict[tuple[tuple[str, ...], str], ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.root = directory / 'ca.pem'
        self.root.write_bytes(self._root.cert_pem.bytes())
        self.bundle = directory / 'bundle.pem'
        self.bundle.write_bytes(_public_roots() + self._root.cert_pem.bytes())

    def context(self, host: str, variant: str = 'right') -> ssl.SSLContext:
        """Return the server context of a host, with the certificate of a variant."""
        names = ('wrong.sandbox.test',) if variant == 'wronghost' else names_for(host)
        with self._lock:
            key = (names, variant)
            if key not in self._contexts:
                self._contexts[key] = self._make(names, variant)
            return self._contexts[key]

    def _make(self, names: tuple[str, ...], variant: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with trustme.Blob(self._key_and_chain(names, variant)).tempfile() as path:
            context.load_cert_chain(path)
        if variant == 'old':
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers('ALL:@SECLEVEL=0')
        return context

    def _key_and_chain(self, names: Sequence[str], variant: str) -> bytes:
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = {
            'expired': (now - 400 * DAY, now - 3 * DAY),
            'notyet': (now + 3 * DAY, now + 400 * DAY),
        }.get(variant, (now - DAY, now + 90 * DAY))
        if variant == 'selfsigned':
            return _self_signed(names, begin, end)
        issuer = self._issuer
        if variant == 'foreign':
            self._foreign_issuer = self._foreign_issuer or trustme.CA(
                None, 9, 'Contoso', 'TLS Inspection'
            )
            issuer = self._foreign_issuer
        leaf = issuer.issue_cert(
            *names,
            not_before=begin,
            not_after=end,
            common_name=names[0],
            organization_name='acrhealth sandbox',
        )
        pems = leaf.cert_chain_pems[:1] if variant == 'nochain' else leaf.cert_chain_pems
        return leaf.private_key_pem.bytes() + b''.join(pem.bytes() for pem in pems)


def _self_signed(names: Sequence[str], begin: datetime.datetime, end: datetime.datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


def _public_roots() -> bytes:
    try:
        import certifi
    except ImportError:
        return b''
    return pathlib.Path(certifi.where()).read_bytes() + b'\n'
