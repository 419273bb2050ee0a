# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults of an image's way: other contents, another digest, another place, storage that refuses, quarantine."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Optional

from tests.sandbox.services import errors, images, manifests
from tests.sandbox.services.http_messages import Request, Response

DIGEST = re.compile(rb'sha256:[0-9a-f]{64}')
REFERENCE = re.compile(r'/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)$')
OTHER_DIGEST = images.digest(b'something else')


def tampered(
    word: str, rest: str, request: Request, handler: Callable[[Request], Response]
) -> Optional[Response]:
    """Return what a fault makes of an answer on an image's way; None for another fault.

    `corrupt`: as many bytes, but others; a manifest stays JSON. `wrongdigest`: the header names
    another digest than the body has. `location:TEXT`: leads there (relative, http:, another host,
    anything); `location:` leads nowhere. `storage:STATUS:CODE`: storage refuses in XML.
    `quarantined`: see below. At the stage `blob` the service itself does `direct` (the bytes come
    at once, without a redirect) and `expired` (the address was signed for a time that is over; at
    `data`: storage says so), at `upload-cancel` it does `kept` (204, but the session stays).
    """
    if word == 'corrupt':
        response = handler(request)
        return response.but(body=other(response.body))
    if word == 'wrongdigest':
        return _with(handler(request), 'Docker-Content-Digest', OTHER_DIGEST)
    if word == 'location':
        return _with(handler(request), 'Location', rest)
    if word == 'storage':
        status, _, code = rest.partition(':')
        return errors.storage(int(status), code)
    if word == 'quarantined':
        return _quarantined(request, rest == 'always')
    return None


def other(body: bytes) -> bytes:
    """Return as many other bytes: the last digest that is named becomes another, else the last byte does."""
    named = list(DIGEST.finditer(body))
    at = named[-1].end() - 1 if named else len(body) - 1
    if not body:
        return body
    changed = (b'1' if body[at : at + 1] == b'0' else b'0') if named else bytes([body[at] ^ 0xFF])
    return body[:at] + changed + body[at + 1 :]


def _with(response: Response, name: str, value: str) -> Response:
    """Return a successful answer with another value of a header, or without it.

    A refusal stays as it is.
    """
    if response.status >= 400:
        return response
    kept = tuple(pair for pair in response.headers if pair[0].lower() != name.lower())
    return response.but(headers=kept + (((name, value),) if value else ()))


def _quarantined(request: Request, always: bool) -> Response:
    """Answer for a manifest in quarantine, to somebody who may not see it.

    The registry's own words for it: `IMAGE_QUARANTINED`, "The image is quarantined." (the issue
    Azure/acr#210, seen at /v2/<name>/manifests/<digest>; the status is not told there, 403 is our
    guess). Its preview documentation (Azure/acr, docs/preview/quarantine) has docker say of a tag
    "manifest for … not found", so a tag is hidden as if it were not there, and of a digest
    "unknown: The operation is disallowed."; `unknown` is docker's word for every code that it does
    not know. `quarantined:always` refuses a tag in the same words as a digest.
    """
    match = REFERENCE.match(request.path)
    if match and ':' not in match['reference'] and not always:
        return manifests.unknown(match['name'], match['reference'])
    return errors.registry(403, 'IMAGE_QUARANTINED', 'The image is quarantined.', {})
