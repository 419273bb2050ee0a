# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry's token service: /oauth2/exchange and /oauth2/token (wire-formats 2.3 B and C)."""

from __future__ import annotations

import base64
import hmac
import uuid
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, errors, registry_tokens
from tests.sandbox.services.grants import PERMISSIONS
from tests.sandbox.services.http_messages import JSON, Request, Response, json_response
from tests.sandbox.services.tokens import access_claims, lower_case, refresh_claims

EXCHANGES = ('access_token', 'access_token_refresh_token', 'refresh_token')
# The user name with which a refresh token is the password.
NULL_GUID = '00000000-0000-0000-0000-000000000000'
UNKNOWN_APPLICATION = 'Application not registered with AAD.'
REGISTRY_AUDIENCE = 'https://containerregistry.azure.net'
ARM_AUDIENCES = (
    f'https://{cloud.ARM_HOST}',
    'https://management.core.windows.net',
    'https://management.azure.com',
)
Resource = dict[str, Any]


class TokenService:
    """Turns an Entra token into a refresh token, and that, or a password, into access tokens."""

    def __init__(self, state: State) -> None:
        self._state = state

    def exchange(self, request: Request, registry: Resource) -> Response:
        """Respond to POST /oauth2/exchange; no other method exists there (acr#166)."""
        if request.method != 'POST':
            return Response(
                404, b'404 page not found\n', (('Content-Type', 'text/plain; charset=utf-8'),)
            )
        form = _first_values(request.form)
        if (
            form.get('grant_type') not in EXCHANGES
            or form.get('service', '').lower() != request.host
        ):
            return errors.registry(400, 'BAD_REQUEST', 'grant_type or service is missing or wrong')
        claims = self._state.entra.read(form.get('access_token', ''))
        tenant = self._state.subscriptions[registry['id'].split('/')[2]][0]
        if (
            claims is None
            or claims['tid'] != tenant
            or form.get('tenant', tenant) != tenant
            or not _is_accepted(claims['aud'], registry)
            or not self._state.grants(registry, claims['appid']).login
        ):
            return errors.registry(401)
        permissions: Optional[list[str]] = self._state.grants(
            registry, claims['appid']
        ).registry_permissions()
        word, _, rest = (request.fault or '').partition(':')
        if word == 'grant':
            permissions = [permission for permission in rest.split(',') if permission]
        if word == 'noaccess':
            permissions = None
        return self._issue(
            'refresh_token',
            refresh_claims(request.host, tenant, claims['appid'], permissions),
            request.fault or '',
        )

    def token(self, request: Request, registry: Resource) -> Response:
        """Respond to /oauth2/token: by refresh token, by password, with Basic, or anonymously."""
        form = (
            _first_values(request.form)
            if request.method == 'POST'
            else _first_values(request.query)
        )
        scopes = (request.form if request.method == 'POST' else request.query).get('scope', [])
        if request.method not in ('GET', 'POST'):
            return errors.registry(405)
        if form.get('service', '').lower() != request.host:
            return errors.registry(400, 'BAD_REQUEST', 'service is missing or wrong')
        client = self._client(request, form, registry)
        word, _, rest = (request.fault or '').partition(':')
        grants = self._state.grants(registry, client or '')
        if client is None:
            scopes = _anonymous_scopes(scopes)
            if (
                not registry['properties'].get('anonymousPullEnabled')
                or not scopes
                or request.credentials()[0]
                or request.method == 'POST'
            ):
                return errors.registry(401, message=self._refusal(form, registry))
        elif grants.is_empty():
            return errors.registry(401)
        access: Optional[list[Resource]] = grants.access_claim(scopes)
        if word == 'grant':
            access = _narrowed(access or [], rest)
        if word == 'noaccess':
            access = None
        return self._issue(
            'access_token',
            access_claims(request.host, client or NULL_GUID, access),
            request.fault or '',
        )

    def _client(self, request: Request, form: dict[str, str], registry: Resource) -> Optional[str]:
        """Return the identity that a request authenticates; None for an anonymous one."""
        if request.method == 'POST' and form.get('grant_type') == 'refresh_token':
            return self._by_refresh_token(form.get('refresh_token', ''), request.host)
        if request.method == 'POST' and form.get('grant_type') == 'password':
            return self.by_password(
                form.get('username', ''), form.get('password', ''), request.host, registry
            )
        return self.by_basic(request, registry)

    def _refusal(self, form: dict[str, str], registry: Resource) -> str:
        """Return the message to a wrong user name or password; '' for the usual one.

        Recorded: a wrong user name gets the first (azure-cli#29659, acr#366), a wrong or expired
        secret of an application the second (Azure/docker-login#46, azure-pipelines-tasks#15548).
        Inferred: the status, and that a token's wrong password gets the usual message.
        """
        user = form.get('username', '')
        if form.get('grant_type') != 'password' or user in (NULL_GUID, registry['name']):
            return ''
        tenant = self._state.subscriptions[registry['id'].split('/')[2]][0]
        if user in self._state.principals.passwords(tenant):
            return 'Invalid clientid or client secret.'
        return '' if user in self._state.users(registry['name']) else UNKNOWN_APPLICATION

    def by_basic(self, request: Request, registry: Resource) -> Optional[str]:
        """Return the identity of a Basic Authorization header; None if it is wrong or absent."""
        scheme, rest = request.credentials()
        if scheme != 'basic':
            return None
        try:
            user, _, password = base64.b64decode(rest).decode('utf-8').partition(':')
        except ValueError:
            return None
        return self.by_password(user, password, request.host, registry)

    def by_password(self, user: str, password: str, host: str, registry: Resource) -> Optional[str]:
        """Return the identity of a user name and a password; None if they are wrong.

        The user is the admin user, a token, an application, or the null GUID with a refresh token.
        """
        if user == NULL_GUID:
            return self._by_refresh_token(password, host)
        token = registry_tokens.token_of(self._state.resources, registry, user)
        if token and not registry_tokens.is_usable(token):
            return None
        known = dict(self._state.users(registry['name']))
        if not registry['properties'].get('adminUserEnabled'):
            known.pop(registry['name'], None)
        known.update(
            self._state.principals.passwords(
                self._state.subscriptions[registry['id'].split('/')[2]][0]
            )
        )
        return user if user in known and hmac.compare_digest(known[user], password) else None

    def _by_refresh_token(self, token: str, host: str) -> Optional[str]:
        claims = self._state.registry_signer.read(token)
        if claims and claims['aud'] == host and claims['grant_type'] == 'refresh_token':
            return str(claims['appid'])
        return None

    def _issue(self, name: str, claims: Resource, fault: str) -> Response:
        word, _, rest = fault.partition(':')
        if word == 'opaque':
            token = self._state.recorder.add_secret('opaque.' + uuid.uuid4().hex + uuid.uuid4().hex)
        else:
            # The stock CLI of 2026 reads `actions` in an access token, recordings of 2023 show
            # `Actions`; refresh tokens were only recorded with capitals. Faults reverse either.
            if word == 'lowercase' or (name == 'access_token' and word != 'capitals'):
                claims = lower_case(claims)
            if word == 'audience':
                claims = {**claims, 'aud': rest}
            if word == 'expired':
                claims = {**claims, 'nbf': claims['nbf'] - 90000, 'exp': claims['exp'] - 90000}
            token = self._state.registry_signer.issue(claims)
        return json_response(200, {name: token}).replace(
            chunked=True,
            headers=(
                ('Server', 'openresty'),
                ('Content-Type', JSON),
                ('X-Ms-Correlation-Request-Id', str(uuid.uuid4())),
                ('x-ms-ratelimit-remaining-calls-per-second', '333.316667'),
                ('Strict-Transport-Security', 'max-age=31536000; includeSubDomains'),
            ),
        )


def _first_values(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: found[0] for name, found in values.items()}


def _is_accepted(audience: str, registry: Resource) -> bool:
    if audience.rstrip('/') == REGISTRY_AUDIENCE:
        return True
    policy = (registry['properties'].get('policies') or {}).get(
        'azureADAuthenticationAsArmPolicy'
    ) or {}
    return audience.rstrip('/') in ARM_AUDIENCES and policy.get('status') != 'disabled'


def _anonymous_scopes(scopes: list[str]) -> list[str]:
    """Return what of the scopes an anonymous client gets: pulls and lists of tags.

    The latter is what a maintainer says in Azure/acr#663.
    """
    narrowed = []
    for scope in scopes:
        place, _, actions = scope.rpartition(':')
        allowed = [action for action in actions.split(',') if action in ('pull', 'metadata_read')]
        if place.startswith('repository:') and allowed:
            narrowed.append(f'{place}:{",".join(allowed)}')
    return narrowed


def _narrowed(access: list[Resource], actions: str) -> list[Resource]:
    """Return the access that a fault leaves over; it names permissions or actions."""
    allowed = {PERMISSIONS.get(action, action) for action in actions.split(',')}
    entries = [
        {**entry, 'Actions': [action for action in entry['Actions'] if action in allowed]}
        for entry in access
    ]
    return [entry for entry in entries if entry['Actions']]
