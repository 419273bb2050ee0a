# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Microsoft Entra ID: the token endpoint for applications, and MSAL's discovery before it."""

from __future__ import annotations

import re
import urllib.parse
from typing import Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, entra_errors, entra_users, federated_credentials
from tests.sandbox.services.http_messages import Request, Response, json_response
from tests.sandbox.services.routes import Route, not_found
from tests.sandbox.services.tokens import ENTRA_SECONDS

PATH = re.compile(r'/([^/]+)/?(/v2\.0/\.well-known/openid-configuration|/oauth2/v2\.0/token)/?$')
# MSAL asks for this tenant when an application has no authority of its own, as in Cloud Shell.
# The tenants of sign-ins that name none.
ANY_TENANT = ('common', 'organizations', 'consumers')
INSTANCE_DISCOVERY = '/common/discovery/instance'
CLOUDS = (
    (cloud.WORLDWIDE_LOGIN_HOST, 'login.microsoft.com', 'sts.windows.net', 'login.windows.net'),
    (cloud.LOGIN_HOST,),
)
# The audiences that tokens can be requested for: ARM in each of its spellings, the registries,
# the clusters.
RESOURCES = (
    f'https://{cloud.ARM_HOST}',
    'https://management.core.windows.net',
    'https://management.azure.com',
    'https://containerregistry.azure.net',
    'https://graph.sandbox.test',
    cloud.CLUSTER_AUDIENCE,
)


class Entra:
    """The sign-in of the two tenants."""

    def __init__(self, state: State) -> None:
        self._state = state

    def route(self, request: Request) -> Route:
        """Return the route of a request to the sign-in host."""
        if request.path == INSTANCE_DISCOVERY:
            return Route('discovery', self._instance, (request.host,), 'entra')
        match = PATH.match(request.path)
        tenant = match.group(1).lower() if match else ''
        if not match or request.host != cloud.LOGIN_HOST and tenant not in ANY_TENANT:
            return Route('discovery', not_found, family='entra')
        if match.group(2).endswith('/token'):
            return Route('signin', lambda request: self._token(request, tenant), (tenant,), 'entra')
        return Route(
            'discovery',
            lambda request: self._configuration(request.host, tenant),
            (tenant,),
            'entra',
        )

    @staticmethod
    def _configuration(host: str, tenant: str) -> Response:
        if tenant not in (*cloud.TENANTS, *ANY_TENANT):
            return entra_errors.aadsts(90002, tenant=tenant)
        base = f'https://{host}/{tenant}'
        issuer = '{tenantid}' if tenant in ANY_TENANT else tenant
        return json_response(
            200,
            {
                'token_endpoint': f'{base}/oauth2/v2.0/token',
                # Without a tenant it stays a placeholder (OpenID configuration of the service).
                'issuer': f'https://{host}/{issuer}/v2.0',
                'token_endpoint_auth_methods_supported': [
                    'client_secret_post',
                    'private_key_jwt',
                    'client_secret_basic',
                ],
                'jwks_uri': f'{base}/discovery/v2.0/keys',
                'response_types_supported': ['code', 'id_token', 'token'],
                'response_modes_supported': ['query', 'fragment', 'form_post'],
                'subject_types_supported': ['pairwise'],
                'id_token_signing_alg_values_supported': ['RS256'],
                'scopes_supported': ['openid', 'profile', 'email', 'offline_access'],
                'authorization_endpoint': f'{base}/oauth2/v2.0/authorize',
                'device_authorization_endpoint': f'{base}/oauth2/v2.0/devicecode',
                'tenant_region_scope': 'NA',
            },
        )

    @staticmethod
    def _instance(request: Request) -> Response:
        """Respond whether a sign-in host is known, and which hosts belong to one cloud.

        MSAL sends this for its own host, too.
        """
        endpoint = urllib.parse.urlsplit(request.query.get('authorization_endpoint', [''])[0])
        if endpoint.hostname not in [name for names in CLOUDS for name in names]:
            return entra_errors.aadsts(50049)
        tenant = endpoint.path.strip('/').partition('/')[0]
        return json_response(
            200,
            {
                'tenant_discovery_endpoint': f'https://{endpoint.hostname}/{tenant}/v2.0/.well-known/'
                'openid-configuration',
                'api-version': '1.1',
                'metadata': [
                    {
                        'preferred_network': names[0],
                        'preferred_cache': names[-1],
                        'aliases': list(names),
                    }
                    for names in CLOUDS
                ],
            },
        )

    def _token(self, request: Request, tenant: str) -> Response:
        form = {name: values[0] for name, values in request.form.items()}
        client = form.get('client_id', '').lower()
        if tenant not in cloud.TENANTS:
            return entra_errors.aadsts(90002, tenant=tenant)
        if form.get('grant_type') in entra_users.GRANT_TYPES:
            audience = audience_of(entra_users.audience_scope(form.get('scope', '')) or '')
            return entra_users.respond(self._state, form, tenant, audience or RESOURCES[0])
        if form.get('grant_type') != 'client_credentials':
            return entra_errors.aadsts(90014)
        principal = self._state.principals.known.get(client)
        if principal is None or principal.tenant != tenant:
            return entra_errors.aadsts(700016, client=client, tenant=cloud.TENANTS[tenant])
        error = federated_credentials.authentication_error(self._state.principals, principal, form)
        if error:
            return error
        audience = audience_of(form.get('scope', ''))
        if audience is None:
            return entra_errors.aadsts(
                500011, resource=form.get('scope', ''), tenant=cloud.TENANTS[tenant]
            )
        token = self._state.entra.issue(
            {
                **principal.claims(audience),
                **({'appidacr': '2'} if 'client_assertion' in form else {}),
            }
        )
        return json_response(
            200,
            {
                'token_type': 'Bearer',
                'expires_in': ENTRA_SECONDS,
                'ext_expires_in': ENTRA_SECONDS,
                'access_token': token,
            },
            ('Cache-Control', 'no-store, no-cache'),
            ('Pragma', 'no-cache'),
        )


def audience_of(scope: str) -> Optional[str]:
    """Return the audience of a scope: all before `/.default`, a final slash included, or None."""
    audience = scope.split()[0] if scope else ''
    if not audience.endswith('/.default'):
        return None
    audience = audience[: -len('/.default')]
    return audience if audience.rstrip('/') in RESOURCES else None
