# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where layers are downloaded from: the registry's redirect and its target (wire-formats 2.3 F)."""

from __future__ import annotations

import base64
import datetime
import email.utils
import hashlib
import hmac
import html
import re
import urllib.parse
import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, errors
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.registry_storage import Storage
from tests.sandbox.services.routes import Route

SIGNED_SECONDS = 20 * 60
STAMP = '%Y-%m-%dT%H:%M:%SZ'
RANGE = re.compile(r'bytes=(\d*)-(\d*)$')
BLOB_PATH = re.compile(
    r'/[0-9a-f]{32}-[a-z0-9]+//docker/registry/v2/blobs/sha256/[0-9a-f]{2}/(?P<hash>[0-9a-f]{64})/'
    r'data$'
)
SERVER = ('Server', 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0')


class BlobHost:
    """Signs URLs of blobs, and serves them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handle_registry(
        self, storage: Storage, registry: dict[str, Any], request: Request, name: str, digest: str
    ) -> Response:
        """Respond to /v2/<name>/blobs/<digest> at the registry: a redirect, never the bytes."""
        blob = storage.repository(name).blob(digest)
        if blob is None:
            return errors.registry(
                404, 'BLOB_UNKNOWN', 'blob unknown to registry', {'Digest': digest}
            )
        if request.method == 'HEAD':
            return Response(
                200,
                b'',
                (
                    ('Content-Type', 'application/octet-stream'),
                    ('Content-Length', str(len(blob))),
                    ('Docker-Content-Digest', digest),
                    ('ETag', f'"{digest}"'),
                ),
            )
        if request.method == 'DELETE':
            storage.repository(name).linked.discard(digest)
            return Response(202, b'', (('Docker-Content-Digest', digest),))
        if request.method != 'GET':
            return errors.registry(405)
        return (
            _content(request, blob)
            if request.fault == 'direct'
            else self.redirect(registry, request, digest)
        )

    def redirect(self, registry: dict[str, Any], request: Request, digest: str) -> Response:
        """Redirect a client to the host that serves a blob."""
        location = self.signed_url(
            registry, digest, expired=(request.fault or '').startswith('expired')
        )
        body = f'<a href="{html.escape(location)}">Temporary Redirect</a>.\n\n'.encode()
        return Response(
            307,
            body,
            (
                ('Content-Type', 'text/html; charset=utf-8'),
                ('Docker-Content-Digest', digest),
                ('Location', location),
            ),
        )

    def signed_url(self, registry: dict[str, Any], digest: str, expired: bool = False) -> str:
        """Return a signed URL of a blob; the double slash in it is intended."""
        properties = registry['properties']
        host = cloud.BLOB_HOST
        if properties.get('dataEndpointEnabled'):
            host = (
                properties.get('dataEndpointHostNames')
                or [f'{registry["name"]}.{registry["location"]}.data{cloud.SUFFIX}']
            )[0]
        number = uuid.uuid5(uuid.NAMESPACE_DNS, registry['name']).hex
        path = (
            f'/{number}-omvpctoui1//docker/registry/v2/blobs/sha256/{digest[7:9]}/{digest[7:]}/data'
        )
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            seconds=-60 if expired else SIGNED_SECONDS
        )
        stamp = end.strftime(STAMP)
        signature = self._state.recorder.add_secret(self._signature(path, stamp))
        query = urllib.parse.urlencode(
            {
                'se': stamp,
                'sig': signature,
                'sp': 'r',
                'spr': 'https',
                'sr': 'b',
                'sv': '2018-03-28',
                'regid': number,
            }
        )
        self._state.recorder.add_secret(urllib.parse.quote(signature, safe=''))
        return f'https://{host}{path}?{query}'

    def route(self, request: Request) -> Route:
        """Return the route of a request to a blob host or a data endpoint."""
        return Route('data', self._serve, self._owner(request), 'storage')

    def _owner(self, request: Request) -> tuple[str, ...]:
        number = request.query.get('regid', [''])[0]
        return tuple(
            name for name in self._state.known if uuid.uuid5(uuid.NAMESPACE_DNS, name).hex == number
        )

    def _serve(self, request: Request) -> Response:
        # Storage rejects any bearer token before it checks the signature (acr#217).
        if request.headers.get('Authorization'):
            return errors.storage(
                400,
                'InvalidAuthenticationInfo',
                'Authentication information is not given in the correct format. Check the '
                'value of Authorization header.',
            )
        match, query = (
            BLOB_PATH.match(request.path),
            {name: values[0] for name, values in request.query.items()},
        )
        if not match or not query.get('sig'):
            return errors.storage(404, 'ResourceNotFound', 'The specified resource does not exist.')
        stamp = query.get('se', '')
        if not hmac.compare_digest(self._signature(request.path, stamp), query['sig']):
            return errors.storage(403, 'AuthenticationFailed', detail='Signature did not match.')
        now = datetime.datetime.now(datetime.timezone.utc)
        if stamp < now.strftime(STAMP) or (request.fault or '').startswith('expired'):
            return errors.storage(403, 'AuthenticationFailed', detail=_expired_message(stamp, now))
        blob = self._blob('sha256:' + match.group('hash'), self._owner(request))
        if blob is None:
            return errors.storage(404, 'BlobNotFound')
        return _content(request, blob)

    def _blob(self, digest: str, owners: tuple[str, ...]) -> Optional[bytes]:
        for name in owners:
            backend = self._state.backends.get(name)
            blob = (
                backend.blob(digest)
                if backend
                else self._state.storage(self._state.known[name]['name']).blobs.get(digest)
            )
            if blob is not None:
                return blob
        return None

    def _signature(self, path: str, stamp: str) -> str:
        mac = hmac.new(self._state.signing_key, f'{path}\n{stamp}'.encode(), hashlib.sha256)
        return base64.b64encode(mac.digest()).decode()


def _expired_message(stamp: str, now: datetime.datetime) -> str:
    """Return storage's message on an expired signature, with times in its own format."""
    end = min(datetime.datetime.strptime(stamp, STAMP).replace(tzinfo=datetime.timezone.utc), now)
    begin = end - datetime.timedelta(seconds=SIGNED_SECONDS)
    times = [email.utils.format_datetime(time, usegmt=True) for time in (begin, end, now)]
    return (
        'Signature not valid in the specified time frame: Start [{}] - Expiry [{}] - Current [{}]'
    ).format(*times)


def _content(request: Request, blob: bytes) -> Response:
    """Return a blob, or the range of it that a Range requests (RFC 9110 section 14)."""
    headers = (
        ('Content-Type', 'application/octet-stream'),
        ('Accept-Ranges', 'bytes'),
        SERVER,
        ('ETag', f'"0x{hashlib.sha256(blob).hexdigest()[:15].upper()}"'),
        ('x-ms-request-id', str(uuid.uuid4())),
        ('x-ms-version', '2018-03-28'),
        ('x-ms-blob-type', 'AppendBlob'),
        ('x-ms-lease-status', 'unlocked'),
        ('x-ms-lease-state', 'available'),
    )
    match = RANGE.match(request.headers.get('Range') or '')
    if not match or match.group(0) == 'bytes=-':
        return Response(200, blob, headers)
    first, last = match.groups()
    begin = int(first) if first else max(len(blob) - int(last), 0)
    end = min(int(last), len(blob) - 1) if first and last else len(blob) - 1
    if begin >= len(blob) or end < begin:
        return errors.storage(
            416,
            'InvalidRange',
            'The range specified is invalid for the current size of the resource.',
        ).replace(headers=headers + (('Content-Range', f'bytes */{len(blob)}'),))
    return Response(
        206,
        blob[begin : end + 1],
        headers + (('Content-Range', f'bytes {begin}-{end}/{len(blob)}'),),
    )
