# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults that replace or change a response, as a broken service, a proxy or an attacker would."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from typing import Optional

from tests.sandbox.faults import image_faults
from tests.sandbox.services import entra_errors, errors, known_errors, resource_graph_quota
from tests.sandbox.services.http_messages import JSON, Request, Response, json_response

HTML = 'text/html; charset=utf-8'
MEBIBYTE = 1024 * 1024
FOREIGN_REALM = 'https://evil.example.test/oauth2/token'
# Colors, a title change, a cursor move: a terminal obeys them if they are printed as they are.
ESCAPES = '\x1b[31mred\x1b[0m\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\nforged: line'
HINTS = b'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
PROXY_PAGE = (
    b'<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1><p>Your '
    b'organization '
    b'blocks this site (category: Cloud Storage).</p><hr>proxy7.corp.example</body></html>'
)
HANDLED_BY_SERVICE = (
    'opaque',
    'grant',
    'lowercase',
    'capitals',
    'noaccess',
    'expired',
    'direct',
    'kept',
    'audience',
)
Handler = Callable[[Request], Response]


def apply_response_fault(
    spec: str, request: Request, handler: Handler, family: str
) -> Optional[Response]:
    """Return the response that a fault makes of a request; None for a fault of the connection."""
    word, _, rest = spec.partition(':')
    if word in HANDLED_BY_SERVICE:
        request.fault = spec
        return handler(request)
    if word in ('challenge', 'nochallenge', 'foreignrealm', 'httprealm'):
        return _challenge(word, rest, request, handler)
    if word == 'header':
        name, _, value = rest.partition(':')
        response = handler(request)
        kept = tuple(pair for pair in response.headers if pair[0].lower() != name.lower())
        return response.replace(headers=kept + ((name, value.strip()),))
    if word == 'noheader':
        response = handler(request)
        kept = tuple(pair for pair in response.headers if pair[0].lower() != rest.lower())
        return response.replace(headers=kept)
    if word == 'hints':
        return handler(request).replace(before=HINTS)
    if word == 'packed':
        # gzip, which clients in Go accept in every request without a range.
        response = handler(request)
        kept = tuple(pair for pair in response.headers if pair[0].lower() != 'content-encoding')
        return response.replace(
            body=gzip.compress(response.body), headers=(*kept, ('Content-Encoding', 'gzip'))
        )
    if word in ('headers', 'longheader'):
        # `headers`: so many lines; `longheader`: one line of so many bytes.
        count = int(rest or 65536)
        lines = (
            [(f'X-Padding-{number}', 'x') for number in range(count)]
            if word == 'headers'
            else [('X-Padding', 'x' * count)]
        )
        response = handler(request)
        return response.replace(headers=(*response.headers, *lines))
    if word == 'body':
        status, kind, text = (rest.split(':', 2) + ['', ''])[:3]
        return Response(int(status), text.encode(), (('Content-Type', kind),))
    if word == 'echo':
        # An error that repeats what the client sent, with its secrets: in its text and in a header.
        sent = ' '.join(
            [
                *request.credentials()[1:],
                *(value for values in request.form.values() for value in values),
            ]
        )
        response = errors.of_family(family, int(rest or 400), f'this was refused: {sent}')
        return response.replace(headers=response.headers + (('x-ms-correlation-request-id', sent),))
    if word == 'redirect':
        # redirect:URL or redirect:301:URL
        status, _, url = rest.partition(':')
        status, url = (
            (status, url)
            if status.isdigit()
            else ('307' if request.method == 'POST' else '302', rest)
        )
        return Response(int(status), b'', (('Location', url), ('Content-Type', HTML)))
    if word == 'toolarge':
        # toolarge:LIMIT or toolarge:LIMIT:SERVER: a server refuses bodies of more bytes.
        limit, _, server = rest.partition(':')
        if len(request.body) <= int(limit or 0):
            return handler(request)
        return known_errors.too_large(server or 'nginx')
    if word == 'error':
        # error:STATUS:CODE:MESSAGE, in the registry's format.
        status, code, text = (rest.split(':', 2) + ['', ''])[:3]
        return errors.registry(int(status), code, text, {})
    if word == 'known':
        return known_errors.known(rest)
    return image_faults.apply_image_fault(word, rest, request, handler) or _replacement(
        word, rest, family
    )


def _replacement(word: str, rest: str, family: str) -> Optional[Response]:
    plain: dict[str, Callable[[], Response]] = {
        'status': lambda: errors.of_family(family, int(rest)),
        'notjson': lambda: Response(
            200,
            b'<!DOCTYPE html><html><body>Welcome to the Wi-Fi of Hotel Contoso</body></html>',
            (('Content-Type', HTML), ('Server', 'nginx')),
        ),
        'empty': lambda: Response(200, b'', (('Content-Type', JSON),)),
        'null': lambda: Response(200, b'null', (('Content-Type', JSON),)),
        '{}': lambda: Response(200, b'{}', (('Content-Type', JSON),)),
        'list': lambda: Response(
            200, b'["a",1,null,{"access_token":[]}]', (('Content-Type', JSON),)
        ),
        'binary': lambda: Response(
            200,
            b'{"refresh_token":"\xff\xfe\x80","access_token":"\xc3\x28"}',
            (('Content-Type', JSON),),
        ),
        'deep': lambda: Response(200, b'{"a":[' * 20000 + b']}' * 20000, (('Content-Type', JSON),)),
        'huge': lambda: Response(
            200, b'{"padding":"' + b'x' * (64 * MEBIBYTE) + b'"}', (('Content-Type', JSON),)
        ),
        'gzip': _decompression_bomb,
        'denied': errors.denied,
        'forbidden': lambda: Response(
            403, PROXY_PAGE, (('Content-Type', HTML), ('Server', 'CorpProxy/2.1'))
        ),
        'throttled': lambda: _throttled(family, rest),
        'frontdoor': lambda: Response(
            429,
            f'Ref A: {uuid.uuid4().hex.upper()} Ref B: MNZ221060609011 Ref C: '
            f'2026-09-10T06:46:57Z'.encode(),
            (('Content-Type', 'text/plain'),),
        ),
        'escape': lambda: errors.of_family(family, int(rest or 403), ESCAPES),
        'aadsts': lambda: entra_errors.aadsts(int(rest)),
        'policy': lambda: errors.storage(403, 'AuthorizationFailure'),
    }
    return plain[word]() if word in plain else None


def _decompression_bomb() -> Response:
    """Return a few KiB that unpack to 64 MiB."""
    packed = gzip.compress(b'{"padding":"' + b'x' * (64 * MEBIBYTE) + b'"}', 9)
    return Response(200, packed, (('Content-Type', JSON), ('Content-Encoding', 'gzip')))


def _throttled(family: str, seconds: str) -> Response:
    """Return a 429, with Retry-After from ARM; no such header of the registry is known."""
    response = errors.of_family(family, 429)
    if family == 'graph':
        # Resource Graph has its own headers, which say when the user's quota is reset.
        kept = tuple(pair for pair in response.headers if pair[0] != 'x-ms-user-quota-resets-after')
        return response.replace(
            headers=(
                *kept,
                (
                    'x-ms-user-quota-resets-after',
                    resource_graph_quota.format_duration(float(seconds or 5)),
                ),
            )
        )
    seconds = seconds or ('7' if family == 'arm' else '')
    return response.replace(
        headers=response.headers + ((('Retry-After', seconds),) if seconds else ())
    )


def _challenge(word: str, rest: str, request: Request, handler: Handler) -> Response:
    """Change the challenge of a 401; a line feed in the text separates header lines."""
    response = handler(request)
    service = request.host
    values = {
        'challenge': rest.split('\n'),
        'nochallenge': [],
        'foreignrealm': [f'Bearer realm="{FOREIGN_REALM}",service="{service}"'],
        'httprealm': [f'Bearer realm="http://{service}/oauth2/token",service="{service}"'],
    }[word]
    if response.status != 401:
        response = json_response(
            401, {'errors': [{'code': 'UNAUTHORIZED', 'message': errors.AUTHENTICATION_REQUIRED}]}
        )
    headers = tuple(pair for pair in response.headers if pair[0].lower() != 'www-authenticate')
    return response.replace(
        headers=headers + tuple(('Www-Authenticate', value) for value in values)
    )
