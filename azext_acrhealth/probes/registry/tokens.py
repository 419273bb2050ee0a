# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Request and parse the registry's own tokens: refresh tokens and access tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from azext_acrhealth.probes.http.exchange import Request, form
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.retry import with_retry
from azext_acrhealth.protocols import HostConnection

EXCHANGE = '/oauth2/exchange'
# The user name that goes with a refresh token of the registry.
NULL_GUID = '00000000-0000-0000-0000-000000000000'


class TokenResponse(NamedTuple):
    """A response of the token service, and the token in it if there is one."""

    response: Response
    token: str | None = None

    def __repr__(self) -> str:  # without the token
        return f'TokenResponse({self.response!r})'


class Grant(NamedTuple):
    """An entry of an access token: the actions allowed on a repository or the registry."""

    type: str
    name: str
    actions: tuple[str, ...]


class Realm(NamedTuple):
    """The URL that a challenge names for tokens. `host` has a port unless that is 443."""

    scheme: str
    host: str
    path: str


def parse_realm(realm: str) -> Realm | None:
    """Parse a challenge's realm; None for what is no URL."""
    try:
        parts = urlsplit(realm)
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or parts.username is not None:
        return None
    host = parts.hostname if port in (None, 443) else f'{parts.hostname}:{port}'
    path = (
        parts.path
        if parts.path.isascii() and parts.path.isprintable() and ' ' not in parts.path
        else ''
    )
    return Realm(parts.scheme.lower(), host.lower(), path or '/oauth2/token')


def exchange(
    connection: HostConnection,
    service: str,
    tenant: str | None,
    entra_token: str,
    retry_unauthorized: bool = True,
) -> TokenResponse:
    """Exchange an Entra token for a refresh token (wire formats, section B).

    With `retry_unauthorized` a 401 is retried like a transient error: pipelines have met one that
    was gone soon after.
    """
    fields = [('grant_type', 'access_token'), ('service', service), ('access_token', entra_token)]
    if tenant:
        fields.insert(2, ('tenant', tenant))
    return _request_token(
        connection,
        form(EXCHANGE, fields),
        entra_token,
        'refresh_token',
        (401,) if retry_unauthorized else (),
    )


def access_token(
    connection: HostConnection, path: str, service: str, scopes: Sequence[str], refresh_token: str
) -> TokenResponse:
    """Request an access token (wire formats, section C) at the realm's `path`."""
    fields = [
        ('grant_type', 'refresh_token'),
        ('service', service),
        *(('scope', scope) for scope in scopes),
        ('refresh_token', refresh_token),
    ]
    return _request_token(connection, form(path, fields), refresh_token)


def by_password(
    connection: HostConnection,
    path: str,
    service: str,
    scopes: Sequence[str],
    username: str,
    password: str,
) -> TokenResponse:
    """Request an access token with a user name and a password."""
    fields = [
        ('grant_type', 'password'),
        ('service', service),
        *(('scope', scope) for scope in scopes),
        ('username', username),
        ('password', password),
    ]
    return _request_token(connection, form(path, fields), password)


def anonymous(connection: HostConnection, path: str, service: str, scope: str) -> TokenResponse:
    """Request an access token without credentials (wire formats, section C)."""
    return _request_token(
        connection, Request('GET', f'{path}?{urlencode({"service": service, "scope": scope})}')
    )


def _request_token(
    connection: HostConnection,
    request: Request,
    secret: str = '',
    key: str = 'access_token',
    also_retried: Sequence[int] = (),
) -> TokenResponse:
    """Send a request that holds a secret, and read the token of the response."""
    response = with_retry(lambda: connection.request(request), connection.deadline, *also_retried)
    content = response.json()
    token = content.get(key) if isinstance(content, dict) else None
    token = token if isinstance(token, str) and token.isascii() and token.isprintable() else ''
    # A server may repeat, at any later time, what it was sent or what it issued.
    connection.secrets = (*connection.secrets, secret, token)
    return TokenResponse(
        response.without(*connection.secrets), token if token and response.status == 200 else None
    )


# A run reads each token several times. There are a few at a time for each registry that is checked.
@lru_cache(maxsize=128)
def claims(token: str) -> Mapping[str, Any] | None:
    """Return a token's claims, names in lower case; None for what is no JWT.

    The signature is not verified: the claims are only reported. The CLI's own function is used,
    since PyJWT loads all of `cryptography`, which takes a tenth of the CPU time of a run.
    """
    from azure.cli.core.auth.util import decode_access_token

    if token.count('.') != 2:
        return None
    try:
        content = decode_access_token(token)
    except (ValueError, RecursionError):
        return None
    return _lowered(content) if isinstance(content, dict) else None


def audiences_of(token: str) -> tuple[str, ...]:
    """Return the audiences of a token, in lower case; empty if unstated (RFC 7519, 4.1.3)."""
    audience = (claims(token) or {}).get('aud')
    names = audience if isinstance(audience, list) else [audience]
    return tuple(name.lower() for name in names if isinstance(name, str) and name)


def _lowered(content: Any) -> dict[str, Any]:
    # The documentation spells these names in lower case, recorded tokens of 2023 with capitals
    # (wire formats, B and C).
    return (
        {str(key).lower(): value for key, value in content.items()}
        if isinstance(content, dict)
        else {}
    )


def registry_actions(refresh_token: str) -> tuple[str, ...] | None:
    """Return the registry-wide permissions in a refresh token; None if it has no such claim."""
    content = claims(refresh_token)
    if content is None or not isinstance(content.get('permissions'), dict):
        return None
    return _texts(_lowered(content['permissions']).get('actions'))


def grants(token: str) -> tuple[Grant, ...] | None:
    """Return what an access token grants; None if it has no such claim."""
    content = claims(token)
    if content is None or not isinstance(content.get('access'), list):
        return None
    entries = [_lowered(entry) for entry in content['access'] if isinstance(entry, dict)]
    return tuple(
        Grant(
            str(entry.get('type', '')).lower(),
            str(entry.get('name', '')),
            _texts(entry.get('actions')),
        )
        for entry in entries
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
