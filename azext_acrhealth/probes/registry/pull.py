# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a client asks a registry for when it pulls (OCI distribution specification): manifests, tags, blobs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus, urlsplit

from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.retry import with_retry
from azext_acrhealth.probes.registry.manifest import IMAGES, INDEXES

# The specification lets a registry refuse manifests above 4 MiB.
MANIFEST = 4 * 1024 * 1024
# A blob up to this size is read whole and held against its digest; of a larger one the first bytes
# are read.
WHOLE, PART = 16 * 1024, 1024
_HOST = re.compile(
    r'(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])',
    re.IGNORECASE | re.ASCII,
)
_SCHEME = re.compile(r'[a-z][a-z0-9+.-]*:', re.IGNORECASE | re.ASCII)
_BLOTTED = '[redacted]'


@dataclass(frozen=True)
class RedirectTarget:
    """Where a registry's redirect leads.

    `path` holds the signature that opens the blob, and is never shown.
    """

    host: str
    path: str = field(repr=False)


def manifest(connection: Connection, repository: str, reference: str, token: str) -> Response:
    """Ask for a manifest by its tag or digest."""
    kinds = tuple(('Accept', kind) for kind in (*INDEXES, *IMAGES))
    return _ask(connection, f'/v2/{repository}/manifests/{reference}', token, kinds, MANIFEST)


def tags(connection: Connection, repository: str, token: str) -> Response:
    """Ask which tags a repository has."""
    return _ask(connection, f'/v2/{repository}/tags/list', token)


def blob(connection: Connection, repository: str, digest: str, size: int, token: str) -> Response:
    """Ask the registry for a blob: usually it answers with a redirect."""
    return _ask(connection, f'/v2/{repository}/blobs/{digest}', token, _range(size), WHOLE)


def stored(connection: Connection, place: RedirectTarget, size: int) -> Response:
    """Ask a storage host for a blob: without a token, which is none of its business (and which it refuses)."""
    connection.secrets = (*connection.secrets, *_signature(place.path))
    return _ask(connection, place.path, '', _range(size), WHOLE)


def parse_redirect(location: str, host: str, path: str) -> RedirectTarget | str:
    """Read a redirect that a host gave for a path; a string says what is wrong with it.

    Nothing in it is changed.
    """
    if not location.isascii() or not location.isprintable() or ' ' in location or '\\' in location:
        return 'it is no address'
    if not location:
        return 'it does not tell where to'
    if _BLOTTED in location:  # our token or a signature, which must not go to where this leads
        return 'it repeats the secret that it was sent'
    address = _whole(location, host, path)
    try:
        parts = urlsplit(address)
        port, name = parts.port, parts.hostname or ''
    except ValueError:
        return 'it is no address'
    if parts.scheme == 'http':
        return 'it leads to http://, and what it opens would go over the network in clear'
    if parts.scheme != 'https':
        return f'it leads to {parts.scheme[:10]}:, where clients do not go'
    if parts.username is not None or port not in (None, 443) or not _HOST.fullmatch(name):
        return 'it names no host on port 443'
    # Cut by hand, byte for byte: paths of Azure storage hold a double slash, and a signature holds
    # for what it is of.
    rest = address.partition('://')[2].removeprefix(parts.netloc).partition('#')[0]
    return RedirectTarget(name.lower(), rest if rest.startswith('/') else f'/{rest}')


def _whole(location: str, host: str, path: str) -> str:
    """Return the address that a reference means where it was given (RFC 3986, section 5.2), without tidying it up."""
    if _SCHEME.match(location):
        return location
    if location.startswith('//'):
        return f'https:{location}'
    if location.startswith('/'):
        return f'https://{host}{location}'
    base = path.partition('?')[0]
    if location[0] in '?#':
        return f'https://{host}{base}{location}'
    return f'https://{host}{base.rpartition("/")[0]}/{location}'


def _ask(
    connection: Connection,
    path: str,
    token: str,
    headers: tuple[tuple[str, str], ...] = (),
    bound: int = MANIFEST,
) -> Response:
    bearer = (('Authorization', f'Bearer {token}'),) if token else ()
    response = with_retry(
        lambda: connection.request(Request('GET', path, (*headers, *bearer), bound=bound)),
        connection.deadline,
    )
    if token and token not in connection.secrets:
        connection.secrets = (*connection.secrets, token)
    return response.without(*connection.secrets)


def _range(size: int) -> tuple[tuple[str, str], ...]:
    return (('Range', f'bytes=0-{PART - 1}'),) if size > WHOLE else ()


def _signature(path: str) -> tuple[str, ...]:
    """Return what of a signed address must not be shown: the query, and each long value in it, as it is and decoded."""
    _, _, query = path.partition('?')
    values = (part.partition('=')[2] for part in query.split('&'))
    told = (query, *(value for value in values if len(value) > 20))
    return tuple(
        dict.fromkeys(
            form for text in told if text for form in (text, unquote(text), unquote_plus(text))
        )
    )
