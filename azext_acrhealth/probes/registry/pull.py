# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The requests of a pull: manifests, tags and blobs (OCI distribution specification)."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from azext_acrhealth.grammar import is_host
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.http.exchange import Request
from azext_acrhealth.probes.http.response import BODY, Response
from azext_acrhealth.probes.http.retry import with_retry
from azext_acrhealth.probes.registry.manifest import IMAGES, INDEXES
from azext_acrhealth.protocols import HostConnection
from azext_acrhealth.redaction import REDACTED, query_secrets

# The specification lets a registry refuse manifests above 4 MiB.
_MANIFEST_SIZE = 4 * 1024 * 1024
# A blob up to this size is read whole and verified; of a larger one the first bytes are read. The
# configs of images have some KiB; with many labels, some hundred.
MAX_VERIFIED_SIZE, RANGE_SIZE = 1024 * 1024, 1024
# Of a response that should be smaller than that, enough for the message of an error.
_SMALLEST_BOUND = 16 * 1024
# As many deleted tags or manifests are listed.
_LISTED = 1000
# Values of a signed URL's query that are as long open it.
_SHORTEST_SIGNATURE = 21
_SCHEME = lazy_pattern(r'[a-z][a-z0-9+.-]*:', re.IGNORECASE | re.ASCII)


class RedirectTarget(NamedTuple):
    """Where a redirect leads. `path` holds the signature that opens the blob: it is never shown."""

    host: str
    path: str

    def __repr__(self) -> str:  # without the signature
        return f'RedirectTarget(host={self.host!r})'


def get_manifest(
    connection: HostConnection, repository: str, reference: str, token: str
) -> Response:
    """Request a manifest by its tag or digest."""
    accept = tuple(('Accept', media_type) for media_type in (*INDEXES, *IMAGES))
    path = f'/v2/{repository}/manifests/{reference}'
    return _get(connection, path, token, accept, _MANIFEST_SIZE)


def get_tags(connection: HostConnection, repository: str, token: str) -> Response:
    """Request the tags of a repository."""
    return _get(connection, f'/v2/{repository}/tags/list', token)


def get_attributes(connection: HostConnection, repository: str, path: str, token: str) -> Response:
    """Request the attributes of a repository, or of `_tags/TAG` or `_manifests/DIGEST` in it."""
    rest = f'/{path}' if path else ''
    return _get(connection, f'/acr/v1/{repository}{rest}', token, bound=BODY)


def get_deleted(
    connection: HostConnection, repository: str, part: Literal['tags', 'manifests'], token: str
) -> Response:
    """Request the tags or manifests that soft delete keeps (as `az acr manifest` does)."""
    return _get(connection, f'/acr/v1/_deleted/{repository}/_{part}?n={_LISTED}', token)


def get_blob(
    connection: HostConnection, repository: str, digest: str, size: int, token: str
) -> Response:
    """Request a blob from the registry, which usually redirects to storage."""
    return _get(
        connection, f'/v2/{repository}/blobs/{digest}', token, _range(size), _blob_bound(size)
    )


def get_stored_blob(connection: HostConnection, target: RedirectTarget, size: int) -> Response:
    """Request a blob from a storage host, without a token: the URL is signed."""
    secrets = query_secrets(target.path, _SHORTEST_SIGNATURE)
    connection.secrets = (*connection.secrets, *secrets)
    return _get(connection, target.path, '', _range(size), _blob_bound(size))


def parse_redirect(location: str, host: str, path: str) -> RedirectTarget | str:
    """Parse the Location that a host gave for a path; return what is wrong with it.

    Nothing in it is changed.
    """
    if not location.isascii() or not location.isprintable() or ' ' in location or '\\' in location:
        return "Location isn't a URL"
    if not location:
        return 'Location is empty'
    if REDACTED in location:  # our token or a signature, which must not go where this leads
        return 'Location repeats the secret that was sent'
    url = _resolve(location, host, path)
    try:
        parts = urlsplit(url)
        port, name = parts.port, parts.hostname or ''
    except ValueError:
        return "Location isn't a URL"
    if parts.scheme == 'http':
        return 'Location uses http, which is unencrypted'
    if parts.scheme != 'https':
        return f'Location uses the scheme {parts.scheme[:10]}'
    if parts.username is not None or port not in (None, 443) or not is_host(name):
        return 'Location names no host on port 443'
    # Split by hand, byte for byte: paths of Azure Storage hold a double slash, and a signature is
    # valid only for the exact path.
    rest = url.partition('://')[2].removeprefix(parts.netloc).partition('#')[0]
    return RedirectTarget(name.lower(), rest if rest.startswith('/') else f'/{rest}')


def _resolve(location: str, host: str, path: str) -> str:
    """Return the URL of a reference (RFC 3986, section 5.2), without normalizing it."""
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


def _get(
    connection: HostConnection,
    path: str,
    token: str,
    headers: tuple[tuple[str, str], ...] = (),
    bound: int = _MANIFEST_SIZE,
) -> Response:
    bearer = (('Authorization', f'Bearer {token}'),) if token else ()
    request = Request('GET', path, (*headers, *bearer), bound=bound)
    response = with_retry(lambda: connection.request(request), connection.deadline)
    if token and token not in connection.secrets:
        connection.secrets = (*connection.secrets, token)
    return response.without(*connection.secrets)


def _range(size: int) -> tuple[tuple[str, str], ...]:
    return (('Range', f'bytes=0-{RANGE_SIZE - 1}'),) if size > MAX_VERIFIED_SIZE else ()


def _blob_bound(size: int) -> int:
    """Return the number of bytes to read of a response with a blob of this size."""
    # A byte more shows that a body is too long.
    return max(size + 1, _SMALLEST_BOUND) if size <= MAX_VERIFIED_SIZE else _SMALLEST_BOUND
