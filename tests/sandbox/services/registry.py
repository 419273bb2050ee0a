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
from tests.sandbox.services import catalog, deleted_artifacts, errors, manifests, uploads
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
    ('attributes', re.compile(f'/acr/v1/(?P<attributes>{NAME})$')),
    (
        'deleted',
        re.compile(f'/acr/v1/_deleted/{NAME}/_(?P<listing>tags|manifests)(?:/(?P<item>[^/]+))?$'),
    ),
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
            return Route('challenge', lambda request: self._base(request, registry))
        if path == '/oauth2/exchange':
            return Route('exchange', lambda request: self._service.exchange(request, registry))
        if path == '/oauth2/token':
            return Route('token', lambda request: self._service.token(request, registry))
        for stage, pattern in PATHS:
            match = pattern.match(path)
            if match:
                parts = {
                    key: value for key, value in match.groupdict().items() if value is not None
                }
                return Route(
                    UPLOAD.get(request.method, 'upload-verify') if stage == 'upload' else stage,
                    functools.partial(self._data, registry, stage, parts),
                )
        return Route('challenge', lambda request: errors.registry(404))

    def _base(self, request: Request, registry: dict[str, Any]) -> Response:
        if self._claims(request) is not None or self._service.by_basic(request, registry):
            return Response(
                200, b'{}', (('Server', 'openresty'), ('Content-Type', JSON), *common_headers())
            )
        return challenge(request)

    def _data(
        self, registry: dict[str, Any], stage: str, parts: dict[str, str], request: Request
    ) -> Response:
        """Check the permission that a request needs, then handle it."""
        kind, name, actions = _needed_access(request, stage, parts)
        if not self._is_allowed(request, registry, kind, name, actions):
            return challenge(request, kind, name, actions, self._claims(request) is not None)
        backend, storage = (
            self._state.backends.get(registry['name']),
            self._state.storage(registry['name']),
        )
        if request.method == 'DELETE' and request.fault == 'kept':
            response = Response(204, b'', (('Docker-Upload-Uuid', parts.get('session', '')),))
        elif backend:
            response = self._state.backends.handle(
                backend,
                registry,
                request,
                parts,
                (kind, name, actions),
                lambda: self._blobs.redirect(registry, request, parts['digest']),
            )
        elif stage == 'manifest':
            response = manifests.handle(
                storage.repository(name, request.method == 'PUT'),
                request,
                name,
                parts['reference'],
                deleted_artifacts.is_kept(registry),
            )
        elif stage == 'deleted':
            response = deleted_artifacts.handle(storage, request, registry, parts)
        elif stage == 'upload':
            response = uploads.handle(storage, request, name, parts['session'])
        elif stage == 'blob':
            response = self._blobs.handle_registry(
                storage, registry, request, name, parts['digest']
            )
        else:
            response = catalog.handle(storage, request, registry, parts)
        present = {header.lower() for header, _ in response.headers}
        added = tuple(pair for pair in common_headers() if pair[0].lower() not in present)
        return response.replace(headers=(('Server', 'openresty'), *response.headers, *added))

    def _is_allowed(
        self, request: Request, registry: dict[str, Any], kind: str, name: str, actions: list[str]
    ) -> bool:
        claims = self._claims(request)
        access: list[Entry] = (claims or {}).get('access') or []
        client = self._service.by_basic(request, registry) if claims is None else None
        if client:
            access = self._state.grants(registry, client).access_claim(
                [f'{kind}:{name}:{",".join(actions)}']
            )
        granted = {
            action
            for entry in access
            if (entry.get('Type') or entry.get('type')) == kind
            and (entry.get('Name') or entry.get('name')) == name
            for action in entry.get('Actions') or entry.get('actions') or []
        }
        return set(actions) <= granted

    def _claims(self, request: Request) -> Optional[dict[str, Any]]:
        scheme, token = request.credentials()
        claims = self._state.registry_signer.read(token) if scheme == 'bearer' else None
        if claims and claims['aud'] == request.host and claims['grant_type'] == 'access_token':
            return claims
        return None


def _needed_access(
    request: Request, stage: str, parts: dict[str, str]
) -> tuple[str, str, list[str]]:
    """Return kind, name and actions that a request needs."""
    if stage == 'catalog':
        return 'registry', 'catalog', ['*']
    if stage == 'deleted':
        # The scopes that the CLI requests (its command module acr, manifest.py).
        restored = ['deleted_restore'] if request.method == 'POST' else []
        return 'repository', parts['name'], ['deleted_read', *restored]
    if stage in ('tags', 'attributes'):
        # Also the list of /v2: Azure/acr#423 has the 401 whose detail names `metadata_read`, and
        # argocd-image-updater#1502 and renovate#14708 were about tokens with `pull` alone.
        action = {'PATCH': 'metadata_write', 'DELETE': 'delete'}.get(request.method)
        return 'repository', parts['name'], [action or 'metadata_read']
    if request.method in ('GET', 'HEAD') and stage != 'upload':
        return 'repository', parts['name'], ['pull']
    if request.method == 'DELETE':
        # Cancelling an upload needs the permission to delete, too (as in distribution 2.8).
        return 'repository', parts['name'], ['delete']
    return 'repository', parts['name'], ['pull', 'push']


def common_headers() -> tuple[tuple[str, str], ...]:
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
    request: Request,
    kind: str = '',
    name: str = '',
    actions: Optional[list[str]] = None,
    insufficient: bool = False,
) -> Response:
    """Return the 401 of a registry (wire-formats 2.3 A).

    There is no space after the comma, and one header is sent twice. A token without the actions is
    `insufficient`; that word is in what containerd reports of Azure's registries, and its place is
    inferred from distribution.
    """
    value = f'Bearer realm="https://{request.host}/oauth2/token",service="{request.host}"'
    detail: Any = None
    if actions:
        value += f',scope="{kind}:{name}:{",".join(actions)}"'
        value += ',error="insufficient_scope"' if insufficient else ''
        resource = (
            {'Type': kind, 'Class': '', 'Name': name}
            if kind == 'repository'
            else {'Type': kind, 'Name': name}
        )
        detail = [{**resource, 'Action': action} for action in actions]
    body = errors.registry(401, detail=detail).body
    before, after = common_headers()[:6], common_headers()[6:]
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
