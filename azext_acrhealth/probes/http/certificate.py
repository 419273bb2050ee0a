# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read a certificate's fields, and find out which certificate authorities this machine trusts."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, NamedTuple

from azext_acrhealth.probes.deadlines import format_utc

NAMES = 20  # a certificate may contain thousands


class Certificate(NamedTuple):
    """A host's certificate; times are UTC, `organization` is its issuer's.

    `names` are the first 20 subject alternative names.
    """

    subject: str | None = None
    names: tuple[str, ...] = ()
    issuer: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    organization: str | None = None

    def covers(self, host: str) -> bool:
        """Return whether a name, or a wildcard for the first label, matches a host."""
        host = host.lower()
        wildcard = f'*.{host.partition(".")[2]}'
        return any(name.lower() in (host, wildcard) for name in self.names)


def parse_peer(fields: Mapping[str, Any]) -> Certificate:
    """Parse the fields of a verified certificate, as `SSLSocket.getpeercert()` returns them."""
    import ssl

    issuer = _parts(fields.get('issuer', ()))
    not_before, not_after = (
        format_utc(datetime.fromtimestamp(ssl.cert_time_to_seconds(fields[key]), timezone.utc))
        if key in fields
        else None
        for key in ('notBefore', 'notAfter')
    )
    names = tuple(str(name) for _, name in fields.get('subjectAltName', ()))
    return Certificate(
        _display_name(_parts(fields.get('subject', ()))),
        names[:NAMES],
        _display_name(issuer),
        not_before,
        not_after,
        issuer.get('organizationName'),
    )


def parse_der(der: bytes) -> Certificate | None:
    """Parse an unverified certificate (DER); None when the bytes are no certificate."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    keys = {NameOID.COMMON_NAME: 'commonName', NameOID.ORGANIZATION_NAME: 'organizationName'}

    def parts(name: x509.Name) -> dict[str, str]:
        return {keys[entry.oid]: str(entry.value) for entry in name if entry.oid in keys}

    # The library would print warnings about unusual certificates to the user's terminal.
    warnings.filterwarnings(
        'ignore', message="Attribute's length|Parsed a (negative )?serial|.*serial number"
    )
    try:
        certificate = x509.load_der_x509_certificate(der)
        issuer = parts(certificate.issuer)
        names: Iterable[str] = ()
        with suppress(x509.ExtensionNotFound):
            alternatives = certificate.extensions.get_extension_for_class(
                x509.SubjectAlternativeName
            ).value
            names = (
                *alternatives.get_values_for_type(x509.DNSName),
                *map(str, alternatives.get_values_for_type(x509.IPAddress)),
            )
        return Certificate(
            _display_name(parts(certificate.subject)),
            tuple(names)[:NAMES],
            _display_name(issuer),
            format_utc(certificate.not_valid_before_utc),
            format_utc(certificate.not_valid_after_utc),
            issuer.get('organizationName'),
        )
    except (
        ValueError,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return None


def is_known_authority(organization: str | None, bundle: str) -> bool:
    """Return whether an organization has a root in the bundle in use or in certifi's bundle."""
    import requests

    paths = (bundle, requests.certs.where())  # type: ignore[attr-defined]
    known = {name.casefold() for path in paths for name in _organizations(path)}
    return bool(organization) and str(organization).casefold() in known


def _organizations(path: str) -> set[str]:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # OpenSSL loads a directory's certificates on demand, so get_ca_certs() would not list them.
    files = [path]
    if os.path.isdir(path):
        with suppress(OSError):
            files = [os.path.join(path, name) for name in os.listdir(path)]
    for file in filter(os.path.isfile, files):  # reading a pipe would block
        with suppress(OSError):
            context.load_verify_locations(cafile=file)
    return {
        _parts(root.get('subject', ())).get('organizationName', '')
        for root in context.get_ca_certs()
    } - {''}


def _parts(relative_names: Any) -> dict[str, str]:
    return {key: str(value) for group in relative_names for key, value in group}


def _display_name(parts: Mapping[str, str]) -> str | None:
    """Return a distinguished name as `CN, O`; None when it has neither."""
    return (
        ', '.join(parts[key] for key in ('commonName', 'organizationName') if parts.get(key))
        or None
    )
