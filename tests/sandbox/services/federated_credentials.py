# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How an application authenticates to Entra: by a secret, or by a token of a trusted issuer."""

from __future__ import annotations

import datetime
import hmac
import time
from collections.abc import Mapping
from typing import Optional

from tests.sandbox.services import entra_errors
from tests.sandbox.services.http_messages import Response
from tests.sandbox.services.principals import EXCHANGE_AUDIENCE, Principal, Principals

JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'


def authentication_error(
    principals: Principals, principal: Principal, form: Mapping[str, str]
) -> Optional[Response]:
    """Return the error for a token request whose client isn't authenticated; None if it is."""
    client = principal.application
    if 'client_assertion' in form and form.get('client_assertion_type') == JWT_BEARER:
        return _assertion_error(principals, principal, form['client_assertion'].strip())
    if 'client_secret' not in form:
        return entra_errors.aadsts(7000218)
    if not principal.secret or not hmac.compare_digest(
        form['client_secret'].encode(), principal.secret.encode()
    ):
        return entra_errors.aadsts(7000215, client=client)
    return None


def _assertion_error(
    principals: Principals, principal: Principal, assertion: str
) -> Optional[Response]:
    """Compare an assertion with the federated credentials: issuer, audience, subject, exactly."""
    claims = principals.read_assertion(assertion)
    if claims is None:
        return entra_errors.aadsts(50027)
    if not principal.federated:
        return entra_errors.aadsts(70025, client=principal.application)
    if not claims['nbf'] <= time.time() < claims['exp']:
        return entra_errors.aadsts(
            700024, now=_stamp(time.time()), begin=_stamp(claims['nbf']), end=_stamp(claims['exp'])
        )
    matching = principal.federated
    for number, claim, name in (
        (700211, 'iss', 'issuer'),
        (700212, 'aud', 'audience'),
        (700213, 'sub', 'subject'),
    ):
        value = claims[claim][0] if claim == 'aud' else claims[claim]
        matching = [
            credential
            for credential in matching
            if credential.get(name, EXCHANGE_AUDIENCE) == value
        ]
        if not matching:
            return entra_errors.aadsts(number, value=value)
    return None


def _stamp(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        '%Y-%m-%dT%H:%M:%S.0000000Z'
    )
