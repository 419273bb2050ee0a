# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""How Entra accepts secrets and service accounts' tokens, without a network."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from email.message import Message
from typing import Any

import pytest

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, tokens
from tests.sandbox.services.entra import Entra
from tests.sandbox.services.federated_credentials import JWT_BEARER
from tests.sandbox.services.http_messages import Request
from tests.sandbox.services.principals import CLUSTER_ISSUER, EXCHANGE_AUDIENCE, Principal

SUBJECT = 'system:serviceaccount:apps:builder'
TRUST = {'issuer': CLUSTER_ISSUER, 'subject': SUBJECT, 'audience': EXCHANGE_AUDIENCE}


class SignIn:
    """Requests tokens as a library would."""

    def __init__(self, state: State) -> None:
        self.state, self._entra = state, Entra(state)

    def send(self, principal: Principal, tenant: str = cloud.TENANT, **form: str) -> dict[str, Any]:
        """Return the body of the response."""
        form = {
            'grant_type': 'client_credentials',
            'client_id': principal.application,
            'scope': 'https://containerregistry.azure.net/.default',
            **form,
        }
        request = Request(
            'POST',
            f'/{tenant}/oauth2/v2.0/token',
            Message(),
            urllib.parse.urlencode(form).encode(),
            cloud.LOGIN_HOST,
        )
        return dict(json.loads(self._entra.route(request).handler(request).body))

    def error_of(self, principal: Principal, **form: str) -> tuple[str, int]:
        """Return the error's name and number."""
        body = self.send(principal, **form)
        assert body['error_description'].startswith(f'AADSTS{body["error_codes"][0]}: ')
        return body['error'], body['error_codes'][0]

    def assertion_fields(self, **token: Any) -> dict[str, str]:
        """Return the fields of a request with a service account's token."""
        return {
            'client_assertion_type': JWT_BEARER,
            'client_assertion': self.state.principals.service_account_token(
                **{'subject': SUBJECT, **token}
            ),
        }

    def discover(self, host: str) -> dict[str, Any]:
        """Return the response to the discovery of a host."""
        query = urllib.parse.urlencode(
            {'api-version': '1.1', 'authorization_endpoint': f'https://{host}/x/authorize'}
        )
        request = Request(
            'GET', f'/common/discovery/instance?{query}', Message(), b'', cloud.WORLDWIDE_LOGIN_HOST
        )
        return dict(json.loads(self._entra.route(request).handler(request).body))


@pytest.fixture
def signin(tmp_path: pathlib.Path) -> SignIn:
    return SignIn(State(tmp_path))


def test_secrets(signin: SignIn) -> None:
    builder = signin.state.principals.add('builder')
    claims = signin.state.entra.read(
        signin.send(builder, client_secret=str(builder.secret))['access_token']
    )
    assert (
        claims
        and (claims['appid'], claims['oid'], claims['appidacr'])
        == (builder.application, builder.principal, '1')
        and 'xms_mirid' not in claims
    )
    assert signin.error_of(builder, client_secret='wrong') == ('invalid_client', 7000215)
    assert signin.error_of(builder) == ('invalid_client', 7000218)
    assert signin.error_of(builder, tenant=cloud.OTHER_TENANT) == ('unauthorized_client', 700016)
    assert signin.error_of(builder, tenant=cloud.guid('nowhere')) == ('invalid_request', 90002)
    assert signin.error_of(Principal(cloud.guid('nobody'), '', cloud.TENANT)) == (
        'unauthorized_client',
        700016,
    )
    assert (
        signin.error_of(signin.state.principals.add('keyless', secret=False), client_secret='')[1]
        == 7000215
    )


def test_a_service_account_authenticates_an_application_and_a_managed_identity(
    signin: SignIn,
) -> None:
    principals = signin.state.principals
    for principal in (
        principals.add('builder', secret=False),
        principals.assign(False, ['kubelet'])[0],
    ):
        principals.trust(principal.application, [{**TRUST, 'subject': 'another'}, TRUST])
        claims = signin.state.entra.read(
            signin.send(principal, **signin.assertion_fields())['access_token']
        )
        assert claims and claims['appid'] == principal.application and claims['appidacr'] == '2'
        assert ('xms_mirid' in claims) is bool(principal.resource)


@pytest.mark.parametrize(
    'token, number',
    [
        ({'subject': SUBJECT.upper()}, 700213),
        ({'audience': 'api://other'}, 700212),
        ({'issuer': CLUSTER_ISSUER.rstrip('/')}, 700211),
        ({'seconds': -60}, 700024),
    ],
)
def test_every_claim_is_compared_exactly(
    signin: SignIn, token: dict[str, Any], number: int
) -> None:
    builder = signin.state.principals.add('builder', federated=[TRUST])
    assert signin.error_of(builder, **signin.assertion_fields(**token)) == (
        'invalid_client',
        number,
    )


def test_invalid_assertions(signin: SignIn) -> None:
    builder = signin.state.principals.add('builder')
    assert signin.error_of(builder, **signin.assertion_fields()) == ('invalid_client', 70025)
    signin.state.principals.trust(builder.application, [TRUST])
    for wrong in ('', 'no token', tokens.Signer(signin.state.recorder).issue({'sub': SUBJECT})):
        form = {**signin.assertion_fields(), 'client_assertion': wrong}
        assert signin.error_of(builder, **form) == ('invalid_client', 50027)


def test_the_host_of_the_sandbox_is_known(signin: SignIn) -> None:
    found = signin.discover(cloud.LOGIN_HOST)
    assert found['tenant_discovery_endpoint'].startswith(f'https://{cloud.LOGIN_HOST}/x/')
    assert [cloud.LOGIN_HOST] in [cloud_hosts['aliases'] for cloud_hosts in found['metadata']]
    assert signin.discover('login.evil.test')['error'] == 'invalid_instance'
