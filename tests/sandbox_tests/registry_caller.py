# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Requests to a registry's services without a network."""

from __future__ import annotations

import json
import urllib.parse
from email.message import Message
from typing import Any, Optional

import jwt

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, tokens
from tests.sandbox.services.blob_storage import BlobHost
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.registry import Registry

HOST = 'contoso.azurecr.test'


class Caller:
    """Sends requests to the services as the server would."""

    def __init__(self, state: State) -> None:
        self.state, self.blobs = state, BlobHost(state)
        self.registry = Registry(state, self.blobs)

    def send(
        self,
        method: str,
        target: str,
        form: Optional[dict[str, str]] = None,
        body: bytes = b'',
        host: str = HOST,
        fault: Optional[str] = None,
        **headers: str,
    ) -> Response:
        """Return the response of the service that serves a host."""
        message = Message()
        for name, value in headers.items():
            message[name.replace('_', '-')] = value
        request = Request(
            method,
            target,
            message,
            urllib.parse.urlencode(form).encode() if form else body,
            host,
            fault=fault,
        )
        service = self.blobs if host == cloud.BLOB_HOST else self.registry
        return service.route(request).handler(request)

    def refresh(self, **changes: Any) -> Response:
        """Return the response to the exchange of an Entra token."""
        audience = changes.pop('audience', 'https://containerregistry.azure.net')
        tenant = changes.pop('tid', cloud.TENANT)
        token = self.state.entra.issue(tokens.entra_claims(audience, tenant, cloud.APP, 'me'))
        return self.send(
            'POST',
            '/oauth2/exchange',
            {'grant_type': 'access_token', 'service': HOST, 'access_token': token},
            **changes,
        )

    def access(self, scope: str, **changes: Any) -> Response:
        """Return the response to a request for an access token."""
        refresh = json.loads(self.refresh().body)['refresh_token']
        return self.send(
            'POST',
            '/oauth2/token',
            {
                'grant_type': 'refresh_token',
                'service': HOST,
                'scope': scope,
                'refresh_token': refresh,
            },
            **changes,
        )

    def bearer(self, scope: str) -> str:
        """Return an Authorization header for a scope."""
        return f'Bearer {json.loads(self.access(scope).body)["access_token"]}'


def claims(response: Response) -> dict[str, Any]:
    """Return the claims of the token in a response."""
    assert response.status == 200, response.body
    token = next(iter(json.loads(response.body).values()))
    return dict(jwt.decode(token, options={'verify_signature': False}))
