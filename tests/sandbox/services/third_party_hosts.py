# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Hosts outside the cloud: the sample image's registry, an attacker's, a foreign registry."""

from __future__ import annotations

import time
import uuid

import jwt

from tests.sandbox.services import cloud, errors, images, manifests
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.registry import PATHS, challenge
from tests.sandbox.services.registry_storage import Storage
from tests.sandbox.services.routes import Route, not_found


class ThirdPartyHosts:
    """Responds for hosts that, the sample image's apart, must receive no request."""

    def __init__(self) -> None:
        self._samples = Storage()
        self._samples.fill('mcr/hello-world', 'latest', images.index('Hello from the sandbox.'))

    def route(self, request: Request) -> Route:
        """Return the route of a request to a third party's host."""
        if request.host == cloud.SAMPLE_HOST:
            return Route('mcr', self._sample)
        if request.host == cloud.FOREIGN_REGISTRY and request.path in ('/v2', '/v2/'):
            return Route('challenge', challenge)
        return Route('foreign', self._collect)

    def _sample(self, request: Request) -> Response:
        """Serve the sample image to everyone, without a challenge."""
        if request.path in ('/v2', '/v2/'):
            return json_response(200, {}, ('Docker-Distribution-Api-Version', 'registry/2.0'))
        for stage, pattern in PATHS:
            match = pattern.match(request.path)
            if not match or request.method not in ('GET', 'HEAD'):
                continue
            repository = self._samples.repository(match.groupdict().get('name') or '')
            if stage == 'tags':
                return json_response(200, {'name': match['name'], 'tags': sorted(repository.tags)})
            if stage == 'manifest':
                return manifests.handle(repository, request, match['name'], match['reference'])
            blob = repository.blob(match['digest']) if stage == 'blob' else None
            if blob is not None:
                return Response(200, blob, (('Content-Type', 'application/octet-stream'),))
            return errors.registry(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
        return not_found(request)

    @staticmethod
    def _collect(request: Request) -> Response:
        """Accept any token and respond with success, as an attacker would."""
        if request.path in ('/v2', '/v2/'):
            return challenge(request)
        now = int(time.time())
        claims = {
            'aud': request.host,
            'nbf': now,
            'exp': now + 11700,
            'iat': now,
            'jti': str(uuid.uuid4()),
            'grant_type': 'refresh_token',
            'access': [],
        }
        token = jwt.encode(claims, 'a key that nobody knows, long enough', 'HS256')
        return json_response(200, {'refresh_token': token, 'access_token': token})
