# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a client asks a registry for when it pulls (OCI distribution specification): manifests, tags, blobs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from azext_acrhealth.probes.answer import Answer
from azext_acrhealth.probes.connection import Connection
from azext_acrhealth.probes.manifest import IMAGES, INDEXES
from azext_acrhealth.probes.patience import patiently
from azext_acrhealth.probes.request import Request

# The specification lets a registry refuse manifests above 4 MiB.
MANIFEST = 4 * 1024 * 1024
# A blob up to this size is read whole and held against its digest; of a larger one the first bytes are read.
WHOLE, PART = 16 * 1024, 1024
_HOST = re.compile(r'(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}', re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a registry's redirect leads. `path` holds the signature that opens the blob, and is never shown."""

    host: str
    path: str = field(repr=False)


def manifest(connection: Connection, repository: str, reference: str, token: str) -> Answer:
    """Ask for a manifest by its tag or digest."""
    kinds = tuple(('Accept', kind) for kind in (*INDEXES, *IMAGES))
    return _ask(connection, f'/v2/{repository}/manifests/{reference}', token, kinds, MANIFEST)


def tags(connection: Connection, repository: str, token: str) -> Answer:
    """Ask which tags a repository has."""
    return _ask(connection, f'/v2/{repository}/tags/list', token)


def blob(connection: Connection, repository: str, digest: str, size: int, token: str) -> Answer:
    """Ask the registry for a blob: usually it answers with a redirect."""
    return _ask(connection, f'/v2/{repository}/blobs/{digest}', token, _range(size), WHOLE)


def stored(connection: Connection, place: Place, size: int) -> Answer:
    """Ask a storage host for a blob: without a token, which is none of its business (and which it refuses)."""
    connection.secrets = (*connection.secrets, *_signature(place.path))
    return _ask(connection, place.path, '', _range(size), WHOLE)


def place_of(location: str, host: str, path: str) -> Place | str:
    """Read a redirect that a host gave for a path; a string says what is wrong with it. Nothing in it is changed."""
    if not location.isascii() or not location.isprintable() or ' ' in location or '\\' in location:
        return 'it is no address'
    try:
        parts = urlsplit(location if '://' in location else urljoin(f'https://{host}{path}', location))
        port, name = parts.port, parts.hostname or ''
    except ValueError:
        return 'it is no address'
    if parts.scheme != 'https':
        return f'it leads to {parts.scheme[:10]}://, and what it opens would go over the network in clear'
    if parts.username is not None or port not in (None, 443) or not _HOST.fullmatch(name):
        return 'it names no host on port 443'
    # Paths of Azure storage hold a double slash, which belongs there.
    return Place(name.lower(), (parts.path or '/') + (f'?{parts.query}' if parts.query else ''))


def _ask(connection: Connection, path: str, token: str, headers: tuple[tuple[str, str], ...] = (),
         bound: int = MANIFEST) -> Answer:
    bearer = (('Authorization', f'Bearer {token}'),) if token else ()
    answer = patiently(lambda: connection.request(Request('GET', path, (*headers, *bearer), bound=bound)),
                       connection.deadline)
    if token and token not in connection.secrets:
        connection.secrets = (*connection.secrets, token)
    return answer.without(*connection.secrets)


def _range(size: int) -> tuple[tuple[str, str], ...]:
    return (('Range', f'bytes=0-{PART - 1}'),) if size > WHOLE else ()


def _signature(path: str) -> tuple[str, ...]:
    """Give what of a signed address must not be shown: the whole query, and each long value in it."""
    _, _, query = path.partition('?')
    values = (part.partition('=')[2] for part in query.split('&'))
    return (query, *(value for value in values if len(value) > 20)) if query else ()
