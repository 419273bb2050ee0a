# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's own tokens: exchange an Entra token for a refresh token, that for an access token, and read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from azext_acrhealth.probes.http.connection import Connection
from azext_acrhealth.probes.http.exchange import Request, form
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.retry import with_retry

EXCHANGE = '/oauth2/exchange'


@dataclass(frozen=True)
class TokenResponse:
    """A token service's answer, and the token in it if there is one."""

    response: Response
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Grant:
    """One entry of an access token: what may be done with a repository, or with the registry."""

    type: str
    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Realm:
    """Where a challenge sends a client for tokens.

    `host` keeps only what a token may be judged by.
    """

    scheme: str
    host: str
    path: str


def read_realm(realm: str) -> Realm | None:
    """Read a challenge's realm; None when it is no URL."""
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
    connection: Connection, service: str, tenant: str | None, entra_token: str, again: bool = True
) -> TokenResponse:
    """Exchange an Entra token for a refresh token (wire formats, section B).

    It goes to the connection's host only.

    With `again` a 401 gets a second try, like what passes by itself: pipelines have met one that
    was gone soon after.
    """
    fields = [('grant_type', 'access_token'), ('service', service), ('access_token', entra_token)]
    if tenant:
        fields.insert(2, ('tenant', tenant))
    return _request_token(
        connection, form(EXCHANGE, fields), entra_token, 'refresh_token', (401,) if again else ()
    )


def access_token(
    connection: Connection, path: str, service: str, scopes: Sequence[str], refresh_token: str
) -> TokenResponse:
    """Ask for an access token (wire formats, section C) at the realm's `path`, on the connection's host only."""
    fields = [
        ('grant_type', 'refresh_token'),
        ('service', service),
        *(('scope', scope) for scope in scopes),
        ('refresh_token', refresh_token),
    ]
    return _request_token(connection, form(path, fields), refresh_token)


def by_password(
    connection: Connection,
    path: str,
    service: str,
    scopes: Sequence[str],
    username: str,
    password: str,
) -> TokenResponse:
    """Ask for an access token with a user name and a password, on the connection's host only."""
    fields = [
        ('grant_type', 'password'),
        ('service', service),
        *(('scope', scope) for scope in scopes),
        ('username', username),
        ('password', password),
    ]
    return _request_token(connection, form(path, fields), password)


def anonymously(connection: Connection, path: str, service: str, scope: str) -> TokenResponse:
    """Ask for an access token as nobody (wire formats, section C)."""
    return _request_token(
        connection, Request('GET', f'{path}?{urlencode({"service": service, "scope": scope})}')
    )


def _request_token(
    connection: Connection,
    request: Request,
    secret: str = '',
    key: str = 'access_token',
    again: Sequence[int] = (),
) -> TokenResponse:
    """Send a request, which holds a secret, and read the answer's token."""
    response = with_retry(lambda: connection.request(request), connection.deadline, *again)
    content = response.json()
    token = content.get(key) if isinstance(content, dict) else None
    token = token if isinstance(token, str) and token.isascii() and token.isprintable() else ''
    # A server may repeat, at any later time, what it was sent or what it gave.
    connection.secrets = (*connection.secrets, secret, token)
    return TokenResponse(
        response.without(*connection.secrets), token if token and response.status == 200 else None
    )


def claims(token: str) -> dict[str, Any] | None:
    """Read a token's claims, names in lower case; None when it is not a JWT.

    Nothing is verified: we only report.
    """
    import jwt

    try:
        content = jwt.decode(token, options={'verify_signature': False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return _lowered(content)


def _lowered(content: Any) -> dict[str, Any]:
    # The documentation spells these names in lower case, recorded tokens of 2023 with capitals
    # (wire formats, B and C).
    return (
        {str(key).lower(): value for key, value in content.items()}
        if isinstance(content, dict)
        else {}
    )


def registry_actions(refresh_token: str) -> tuple[str, ...] | None:
    """Return the registry-wide rights that a refresh token carries; None when it does not tell."""
    content = claims(refresh_token)
    if content is None or not isinstance(content.get('permissions'), dict):
        return None
    return _texts(_lowered(content['permissions']).get('actions'))


def grants(token: str) -> tuple[Grant, ...] | None:
    """Return what an access token grants; None when it does not tell."""
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
