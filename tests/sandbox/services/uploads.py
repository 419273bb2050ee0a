# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Upload sessions: begun, appended to, queried, finished, canceled (OCI distribution 1.1)."""

from __future__ import annotations

import re
import uuid

from tests.sandbox.services import errors, images, known_errors
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.registry_storage import Storage, Upload

RANGE = re.compile(r'(?:bytes )?(\d+)-(\d+)(?:/.*)?$')


def handle(storage: Storage, request: Request, name: str, session: str) -> Response:
    """Respond to a request to the uploads of a repository."""
    with storage.lock:
        if not session:
            return (
                _begin(storage, request, name) if request.method == 'POST' else errors.registry(405)
            )
        upload = storage.uploads.get(session)
        if upload is None or upload.repository != name:
            return errors.registry(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
        if request.method == 'GET':
            return _progress(204, upload, name, session)
        if request.query.get('_state', [''])[0] != upload.state:
            return errors.registry(404, 'BLOB_UPLOAD_INVALID', 'blob upload invalid')
        if request.method == 'DELETE':
            del storage.uploads[session]
            return Response(204, b'', (('Docker-Upload-Uuid', session),))
        if request.method == 'PATCH':
            return _append(upload, request, name, session)
        if request.method == 'PUT':
            return _finish(storage, upload, request, name, session)
    return errors.registry(405)


def _begin(storage: Storage, request: Request, name: str) -> Response:
    """Begin a session; a mount is not done but responded to with a session, as the registry may.

    A lock of the whole repository is enforced here, too (inferred: no report shows the request).
    """
    if storage.repository(name).forbids('writeEnabled'):
        return known_errors.known('disallowed')
    digest = request.query.get('digest', [''])[0]
    if digest:
        return _store(storage, name, request.body, digest)
    session = str(uuid.uuid4())
    storage.uploads[session] = Upload(name, uuid.uuid4().hex)
    return _progress(202, storage.uploads[session], name, session)


def _progress(status: int, upload: Upload, name: str, session: str) -> Response:
    location = f'/v2/{name}/blobs/uploads/{session}?_nouploadcache=false&_state={upload.state}'
    return Response(
        status,
        b'',
        (
            ('Location', location),
            ('Docker-Upload-Uuid', session),
            ('Range', f'0-{max(len(upload.data) - 1, 0)}'),
        ),
    )


def _append(upload: Upload, request: Request, name: str, session: str) -> Response:
    match = RANGE.match(request.headers.get('Content-Range') or '')
    if match and int(match.group(1)) != len(upload.data):
        return _progress(416, upload, name, session)
    upload.data += request.body
    upload.state = uuid.uuid4().hex
    return _progress(202, upload, name, session)


def _finish(
    storage: Storage, upload: Upload, request: Request, name: str, session: str
) -> Response:
    response = _store(
        storage, name, bytes(upload.data) + request.body, request.query.get('digest', [''])[0]
    )
    if response.status == 201:
        del storage.uploads[session]
    return response


def _store(storage: Storage, name: str, data: bytes, digest: str) -> Response:
    if images.digest(data) != digest:
        return errors.registry(
            400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'
        )
    storage.repository(name, True).add(data)
    return Response(
        201, b'', (('Location', f'/v2/{name}/blobs/{digest}'), ('Docker-Content-Digest', digest))
    )
