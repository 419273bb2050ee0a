# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The hosts of registries: the route of each request, its authorization, the challenge without."""

from __future__ import annotations

import functools
import re
import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.faults.fault_matrix import UPLOAD
from tests.sandbox.services import catalog, errors, manifests, uploads
from tests.sandbox.services.blob_storage import BlobHost
from tests.sandbox.services.grants import Entry
from tests.sandbox.services.http_messages import JSON, Request, Response
from tests.sandbox.services.routes import Route, not_found
from tests.sandbox.services.token_service import TokenService

NAME = r'(?P<name>[a-z0-9]+(?:[._/-][a-z0-9._-]+)*)'
PATHS = (
    ('manifest', re.compile(f'/v2/{NAME}/manifests/(?P<reference>[^/]+)$')),
    ('upload', re.compile(f'/v2/{NAME}/blobs/uploads/(?P<session>[^/]*)$')),
    ('blob', re.compile(f'/v2/{NAME}/blobs/(?P<digest>[^/]+)$')),
    ('tags', re.compile(f'/v2/{NAME}/tags/list$')),
    ('tags', re.compile(f'/acr/v1/{NAME}/_(?P<listing>tags|manifests)(?:/(?P<item>[^/]+))?$')),
    ('catalog', re.compile(r'/(?:acr/v1|v2)/_catalog$')),
)


class Registry:
    """All registries, distinguished by the host."""

    def __init__(self, state: State, blobs: BlobHost) -> None:
        self._state, self._service, self._blobs = state, TokenService(state), blobs

    def route(self, request: Request) -> Route:
        """Return the route of a request to a registry's host."""
        registry = self._state.registry_of(request.host)
        if registry is None:
            return Route('challenge', not_found)
        path = request.path
        if path in ('/v2/', '/v2'):
            return Route('challenge', lambda asked: self._base(asked, registry))
        if path == '/oauth2/exchange':
            return Route('exchange', lambda asked: self._service.exchange(asked, registry))
        if path == '/oauth2/token':
            return Route('token', lambda asked: self._service.token(asked, registry))
        for stage, pattern in PATHS:
            match = pattern.match(path)
            if match:
                words = {
                    key: value for key, value in match.groupdict().items() if value is not None
                }
                return Route(
                    UPLOAD.get(request.method, 'upload-look') if stage == 'upload' else stage,
                    functools.partial(self._data, registry, stage, words),
                )
        return Route('challenge', lambda asked: errors.registry(404))

    def _base(self, request: Request, registry: dict[str, Any]) -> Response:
        if self._claims(request) is not None or self._service.by_basic(request, registry):
            return Response(
                200, b'{}', (('Server', 'openresty'), ('Content-Type', JSON), *common())
            )
        return challenge(request)

    def _data(
        self, registry: dict[str, Any], stage: str, words: dict[str, str], request: Request
    ) -> Response:
        """Check the permission that a request needs, then handle it."""
        kind, name, actions = _needed(request, stage, words)
        if not self._allowed(request, registry, kind, name, actions):
            return challenge(request, kind, name, actions)
        real, storage = (
            self._state.backends.get(registry['name']),
            self._state.storage(registry['name']),
        )
        if request.method == 'DELETE' and request.twist == 'kept':
            response = Response(204, b'', (('Docker-Upload-Uuid', words.get('session', '')),))
        elif real:
            response = self._state.backends.answer(
                real,
                registry,
                request,
                words,
                (kind, name, actions),
                lambda: self._blobs.redirect(registry, request, words['digest']),
            )
        elif stage == 'manifest':
            response = manifests.answer(
                storage.repository(name, request.method == 'PUT'), request, name, words['reference']
            )
        elif stage == 'upload':
            response = uploads.answer(storage, request, name, words['session'])
        elif stage == 'blob':
            response = self._blobs.answer_registry(
                storage, registry, request, name, words['digest']
            )
        else:
            response = catalog.answer(storage, request, registry, words)
        said = {header.lower() for header, _ in response.headers}
        more = tuple(pair for pair in common() if pair[0].lower() not in said)
        return response.but(headers=(('Server', 'openresty'), *response.headers, *more))

    def _allowed(
        self, request: Request, registry: dict[str, Any], kind: str, name: str, actions: list[str]
    ) -> bool:
        claims = self._claims(request)
        access: list[Entry] = (claims or {}).get('access') or []
        client = self._service.by_basic(request, registry) if claims is None else None
        if client:
            access = self._state.grants(registry, client).granted(
                [f'{kind}:{name}:{",".join(actions)}']
            )
        have = {
            action
            for entry in access
            if (entry.get('Type') or entry.get('type')) == kind
            and (entry.get('Name') or entry.get('name')) == name
            for action in entry.get('Actions') or entry.get('actions') or []
        }
        return set(actions) <= have

    def _claims(self, request: Request) -> Optional[dict[str, Any]]:
        scheme, token = request.credentials()
        claims = self._state.registry_signer.read(token) if scheme == 'bearer' else None
        if claims and claims['aud'] == request.host and claims['grant_type'] == 'access_token':
            return claims
        return None


def _needed(request: Request, stage: str, words: dict[str, str]) -> tuple[str, str, list[str]]:
    """Return kind, name and actions that a request needs."""
    if stage == 'catalog':
        return 'registry', 'catalog', ['*']
    if 'listing' in words:
        return (
            'repository',
            words['name'],
            ['metadata_write' if request.method == 'PATCH' else 'metadata_read'],
        )
    if request.method in ('GET', 'HEAD') and stage != 'upload':
        return 'repository', words['name'], ['pull']
    if request.method == 'DELETE':
        # The cancel of an upload wants the right to delete too (seen with distribution 2.8).
        return 'repository', words['name'], ['delete']
    return 'repository', words['name'], ['pull', 'push']


def common() -> tuple[tuple[str, str], ...]:
    """Return the header lines of every response of a registry, in their order."""
    exposed = ('Docker-Content-Digest', 'WWW-Authenticate', 'Link', 'X-Ms-Correlation-Request-Id')
    return (
        *(('Access-Control-Expose-Headers', name) for name in exposed),
        ('Docker-Distribution-Api-Version', 'registry/2.0'),
        ('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
        ('X-Content-Type-Options', 'nosniff'),
        ('X-Ms-Correlation-Request-Id', str(uuid.uuid4())),
    )


def challenge(
    request: Request, kind: str = '', name: str = '', actions: Optional[list[str]] = None
) -> Response:
    """Return the 401 of a registry (wire-formats 2.3 A).

    There is no space after the comma, and one header is sent twice.
    """
    value = f'Bearer realm="https://{request.host}/oauth2/token",service="{request.host}"'
    detail: Any = None
    if actions:
        value += f',scope="{kind}:{name}:{",".join(actions)}"'
        place = (
            {'Type': kind, 'Class': '', 'Name': name}
            if kind == 'repository'
            else {'Type': kind, 'Name': name}
        )
        detail = [{**place, 'Action': action} for action in actions]
    body = errors.registry(401, detail=detail).body
    before, after = common()[:6], common()[6:]
    headers = (
        ('Server', 'openresty'),
        ('Content-Type', JSON),
        *before,
        ('Www-Authenticate', value),
        *after[:1],
        before[-1],
        *after[1:],
    )
    return Response(401, body, headers)
