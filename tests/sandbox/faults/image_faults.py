# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults of pulls and pushes: other content, digests or locations, storage errors, quarantine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Optional

from tests.sandbox.services import errors, images, manifests
from tests.sandbox.services.http_messages import Request, Response

# Manifests that clients reject or accept by their JSON alone: what `manifest:WORD` makes of one.
REWRITES: Mapping[str, Callable[[bytes], bytes]] = {
    'bom': lambda body: b'\xef\xbb\xbf' + body,
    'utf16': lambda body: body.decode().encode('utf-16'),
    'nan': lambda body: body[:-1] + b',"x":NaN}',
    'infinity': lambda body: body[:-1] + b',"x":-Infinity}',
    'two': lambda body: body + b'{}',
    'badutf8': lambda body: body[:-1] + b',"x":"\xff"}',
    'capitals': lambda body: body.replace(b'"layers"', b'"LAYERS"'),
    'null': lambda body: body[:-1] + b',"layers":null,"mediaType":null}',
    'version': lambda body: body.replace(b'"schemaVersion":2', b'"schemaVersion":2.0'),
    'mediatype': lambda body: body[:-1] + b',"mediaType":7}',
    'nomediatype': lambda body: body[:-1] + b',"mediaType":""}',
    'layers': lambda body: body[:-1] + b',"layers":{}}',
    'sizes': lambda body: re.sub(rb'"size":(\d+)', rb'"size":\1.0', body),
    'urls': lambda body: body.replace(b'"size":', b'"urls":"x","size":'),
    'annotations': lambda body: body[:-1] + b',"annotations":{"a":7}}',
    'manifests': lambda body: body[:-1] + b',"manifests":[]}',
    'fslayers': lambda body: body[:-1] + b',"fsLayers":[]}',
}
DIGEST = re.compile(rb'sha256:[0-9a-f]{64}')
REFERENCE = re.compile(r'/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)$')
OTHER_DIGEST = images.digest(b'something else')


def apply_image_fault(
    word: str, rest: str, request: Request, handler: Callable[[Request], Response]
) -> Optional[Response]:
    """Return the response that a fault of pulls and pushes makes; None for another fault.

    `corrupt`: as many bytes, but others; a manifest stays JSON. `wrongdigest`: the header names
    another digest than the body has. `manifest:WORD`: see REWRITES; the header names the digest
    that the body then has. `withstatus:STATUS`: a success with another status. `zeroes`: as many
    bytes, all zero. `rangeonly`: requests for the whole are refused. `location:TEXT`: redirects
    there (relative, http:, another host, anything); `location:` has no target. `blanks`: spaces
    around the Location. `storage:STATUS:CODE`: an error of storage (XML). `quarantined`: see
    _quarantined(). At the stage `blob` the service itself handles `direct` (the bytes come at once,
    without a redirect) and `expired` (the URL's signature has expired; at `data`: storage says so),
    at `upload-cancel` it handles `kept` (204, but the session stays).
    """
    if word == 'corrupt':
        response = handler(request)
        return response.replace(body=other_bytes(response.body))
    if word == 'manifest':
        response = handler(request)
        body = REWRITES[rest](response.body)
        return _with_header(
            response.replace(body=body), 'Docker-Content-Digest', images.digest(body)
        )
    if word == 'withstatus':
        response = handler(request)
        return response.replace(status=int(rest)) if response.status < 400 else response
    if word == 'zeroes':
        response = handler(request)
        return response.replace(body=bytes(len(response.body)))
    if word == 'rangeonly':
        # A server that returns parts, and refuses the whole.
        if request.headers.get('Range'):
            return handler(request)
        return errors.storage(403, 'AuthorizationFailure')
    if word == 'wrongdigest':
        return _with_header(handler(request), 'Docker-Content-Digest', OTHER_DIGEST)
    if word == 'blanks':
        response = handler(request)
        location = next((value for name, value in response.headers if name == 'Location'), '')
        return _with_header(response, 'Location', f' {location} \t ')
    if word == 'location':
        return _with_header(handler(request), 'Location', rest)
    if word == 'storage':
        status, _, code = rest.partition(':')
        return errors.storage(int(status), code)
    if word == 'quarantined':
        return _quarantined(request, rest == 'always')
    return None


def other_bytes(body: bytes) -> bytes:
    """Return as many other bytes: the last digest in them is changed, else the last byte."""
    digests = list(DIGEST.finditer(body))
    place = digests[-1].end() - 1 if digests else len(body) - 1
    if not body:
        return body
    changed = (
        (b'1' if body[place : place + 1] == b'0' else b'0')
        if digests
        else bytes([body[place] ^ 0xFF])
    )
    return body[:place] + changed + body[place + 1 :]


def _with_header(response: Response, name: str, value: str) -> Response:
    """Return a successful response with another value of a header, or without it.

    An error response stays as it is.
    """
    if response.status >= 400:
        return response
    kept = tuple(pair for pair in response.headers if pair[0].lower() != name.lower())
    return response.replace(headers=kept + (((name, value),) if value else ()))


def _quarantined(request: Request, always: bool) -> Response:
    """Respond for a manifest in quarantine, to a caller who can't read it.

    The registry's own error is `IMAGE_QUARANTINED`, "The image is quarantined." (the issue
    Azure/acr#210, seen at /v2/<name>/manifests/<digest>; the status is not reported there, 403 is
    our guess). Its preview documentation (Azure/acr, docs/preview/quarantine) has docker say of a
    tag "manifest for … not found", so a tag is hidden as if it did not exist, and of a digest
    "unknown: The operation is disallowed."; `unknown` is docker's word for every code that it does
    not know. `quarantined:always` returns the same error for a tag as for a digest.
    """
    match = REFERENCE.match(request.path)
    if match and ':' not in match['reference'] and not always:
        return manifests.unknown_manifest(match['name'], match['reference'])
    return errors.registry(403, 'IMAGE_QUARANTINED', 'The image is quarantined.', {})
