# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A user of Microsoft Entra ID who signs in to the Azure CLI with a password.

Documented: the requests (Microsoft identity platform, resource owner password credentials; RFC
6749, sections 4.3 and 6), and the claims (access token claims reference, ID token claims
reference).
"""

from __future__ import annotations

import base64
import json
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, entra_errors
from tests.sandbox.services.http_messages import Response, json_response
from tests.sandbox.services.principals import CLI_APPLICATION
from tests.sandbox.services.tokens import ENTRA_SECONDS, entra_claims

GRANT_TYPES = ('password', 'refresh_token')
NAME = 'alice@contoso.test'


def respond(state: State, form: dict[str, str], tenant: str, audience: str) -> Response:
    """Respond to a password or to a refresh token of the user, with the tokens of a sign-in."""
    user = state.principals.user
    if user is None or user.tenant != tenant:
        return entra_errors.aadsts(50034, tenant=cloud.TENANTS[tenant])
    given = form.get('password') or form.get('refresh_token')
    if given != user.secret or form.get('client_id') != CLI_APPLICATION:
        return entra_errors.aadsts(50126)
    claims = entra_claims(audience, tenant, CLI_APPLICATION, user.principal)
    delegated = {
        'idtyp': 'user',
        'scp': 'user_impersonation',
        'sub': cloud.guid(f'{NAME} for the Azure CLI'),
        'upn': NAME,
        'appidacr': '0',
    }
    identity = {
        'aud': CLI_APPLICATION,
        'iss': f'https://{cloud.LOGIN_HOST}/{tenant}/v2.0',
        **{name: claims[name] for name in ('iat', 'nbf', 'exp', 'oid', 'tid', 'sub')},
        'preferred_username': NAME,
    }
    client_info = json.dumps({'uid': user.principal, 'utid': tenant}).encode()
    content: dict[str, Any] = {
        'token_type': 'Bearer',
        'scope': form.get('scope', ''),
        'expires_in': ENTRA_SECONDS,
        'ext_expires_in': ENTRA_SECONDS,
        'access_token': state.entra.issue({**claims, **delegated}),
        'refresh_token': user.secret,
        'id_token': state.entra.issue(identity),
        'client_info': base64.urlsafe_b64encode(client_info).decode().rstrip('='),
    }
    return json_response(200, content, ('Cache-Control', 'no-store, no-cache'))


def audience_scope(scope: str) -> Optional[str]:
    """Return the scope of a resource among the scopes of OpenID Connect."""
    return next((part for part in scope.split() if '/' in part), None)
