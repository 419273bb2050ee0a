# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a certificate says of itself, and whose authorities a machine knows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth.probes.deadlines import format_utc

NAMES = 20  # a certificate may hold thousands


@dataclass(frozen=True)
class Certificate:
    """A host's certificate; times are UTC, `organisation` is its issuer's, `names` are the first that it covers."""

    subject: str | None = None
    names: tuple[str, ...] = ()
    issuer: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    organisation: str | None = None

    def covers(self, host: str) -> bool:
        """Return whether the certificate is for a host: by its name, or by a wildcard for one label."""
        host = host.lower()
        wild = f'*.{host.partition(".")[2]}'
        return any(name.lower() in (host, wild) for name in self.names)


def of_peer(fields: Mapping[str, Any]) -> Certificate:
    """Read what `SSLSocket.getpeercert()` gives of a verified certificate."""
    import ssl

    issuer = _parts(fields.get('issuer', ()))
    begin, end = (
        format_utc(datetime.fromtimestamp(ssl.cert_time_to_seconds(fields[key]), timezone.utc))
        if key in fields
        else None
        for key in ('notBefore', 'notAfter')
    )
    names = tuple(str(name) for _, name in fields.get('subjectAltName', ()))
    return Certificate(
        _shown(_parts(fields.get('subject', ()))),
        names[:NAMES],
        _shown(issuer),
        begin,
        end,
        issuer.get('organizationName'),
    )


def of_der(der: bytes) -> Certificate | None:
    """Read a certificate that nobody has verified; None for what is none."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    wanted = {NameOID.COMMON_NAME: 'commonName', NameOID.ORGANIZATION_NAME: 'organizationName'}

    def parts(name: x509.Name) -> dict[str, str]:
        return {wanted[one.oid]: str(one.value) for one in name if one.oid in wanted}

    # Odd certificates make the library warn, on the user's screen.
    warnings.filterwarnings(
        'ignore', message="Attribute's length|Parsed a (negative )?serial|.*serial number"
    )
    try:
        seen = x509.load_der_x509_certificate(der)
        issuer = parts(seen.issuer)
        names: Iterable[str] = ()
        with suppress(x509.ExtensionNotFound):
            alternatives = seen.extensions.get_extension_for_class(
                x509.SubjectAlternativeName
            ).value
            names = (
                *alternatives.get_values_for_type(x509.DNSName),
                *map(str, alternatives.get_values_for_type(x509.IPAddress)),
            )
        return Certificate(
            _shown(parts(seen.subject)),
            tuple(names)[:NAMES],
            _shown(issuer),
            format_utc(seen.not_valid_before_utc),
            format_utc(seen.not_valid_after_utc),
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


def is_known(organisation: str | None, bundle: str) -> bool:
    """Return whether an organisation has a root in the bundle in use, or among the public ones that the CLI brings."""
    from requests.certs import where  # type: ignore[attr-defined]

    known = {name.casefold() for place in (bundle, where()) for name in _organisations(place)}
    return bool(organisation) and str(organisation).casefold() in known


def _organisations(place: str) -> set[str]:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A folder's certificates are loaded when one is needed, and could not be listed.
    files = [place]
    if os.path.isdir(place):
        with suppress(OSError):
            files = [os.path.join(place, name) for name in os.listdir(place)]
    for file in filter(os.path.isfile, files):  # not a pipe, which would be waited for
        with suppress(OSError):
            context.load_verify_locations(cafile=file)
    return {
        _parts(root.get('subject', ())).get('organizationName', '')
        for root in context.get_ca_certs()
    } - {''}


def _parts(relative_names: Any) -> dict[str, str]:
    return {key: str(value) for group in relative_names for key, value in group}


def _shown(parts: Mapping[str, str]) -> str | None:
    """Return a name as `CN, O`, the parts that people know."""
    return (
        ', '.join(parts[key] for key in ('commonName', 'organizationName') if parts.get(key))
        or None
    )
