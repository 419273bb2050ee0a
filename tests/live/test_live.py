# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The probes against a real subscription.

The responses are recorded and scrubbed.

Sign in with `az login`, then

ACRHEALTH_LIVE_REGISTRY=<name, login server or resource id> make test-live

Also read: ACRHEALTH_LIVE_GROUP, ACRHEALTH_LIVE_REPOSITORY. The recordings go to
tests/recordings/live/; look at them before they are committed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import vcr
from vcr.request import Request
from vcr.serialize import serialize
from vcr.serializers import yamlserializer

from azext_acrhealth.arguments import registry_names
from azext_acrhealth.options import Target
from azext_acrhealth.probes.http.www_authenticate import parse
from azext_acrhealth.probes.json_access import list_of, object_of
from azext_acrhealth.probes.probes import AzureProbes
from azext_acrhealth.probes.registry.tokens import (
    EXCHANGE,
    claims,
    grants,
    parse_realm,
    registry_actions,
)
from tests.live.scrubber import Scrubber

REGISTRY = os.environ.get('ACRHEALTH_LIVE_REGISTRY', '')
GROUP, REPOSITORY = (
    os.environ.get('ACRHEALTH_LIVE_GROUP', ''),
    os.environ.get('ACRHEALTH_LIVE_REPOSITORY', ''),
)
RECORDINGS = Path(__file__).parent.parent / 'recordings' / 'live'
NETWORK_API = '2022-01-01'

pytestmark = pytest.mark.skipif(
    not REGISTRY, reason='needs a registry: set ACRHEALTH_LIVE_REGISTRY after az login'
)


@pytest.fixture(scope='module')
def probes() -> AzureProbes:
    """Bind the probes to the current user's CLI."""
    from azure.cli.core import get_default_cli

    return AzureProbes(get_default_cli())


@pytest.fixture(scope='module')
def target(probes: AzureProbes) -> Target:
    result = registry_names.parse_registry(REGISTRY, probes.suffix, GROUP or None)
    assert not isinstance(result, str), result
    return result


@pytest.fixture
def scrubber(target: Target) -> Scrubber:
    return Scrubber(filter(None, (target.name, GROUP, REPOSITORY)))


@pytest.fixture
def recording(scrubber: Scrubber, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Record the CLI's HTTP traffic, and assert that the recording holds no secret."""
    file = RECORDINGS / f'{request.node.name.removeprefix("test_")}.yaml'
    recorder = vcr.VCR(
        record_mode='all',
        before_record_request=scrubber.request,
        decode_compressed_response=True,
        before_record_response=scrubber.response,
    )
    with recorder.use_cassette(str(file)) as cassette:
        yield cassette
    assert_publishable(file, scrubber)


def assert_publishable(file: Path, scrubber: Scrubber) -> None:
    """Delete a recording that holds a secret or a name, and fail."""
    leaks = scrubber.leaks(file.read_text(encoding='utf-8'))
    if leaks:
        file.unlink()
    assert not leaks, f'{len(leaks)} secrets or names in the recording, which was deleted'


def deadline() -> float:
    return time.monotonic() + 60


def test_sign_in(probes: AzureProbes, recording: Any) -> None:
    token = probes.sign_in(probes.audiences()[0], deadline())
    assert token.failure is None, token.failure
    assert claims(token.value), 'an Entra token for the registry is a JWT'


def test_registry(probes: AzureProbes, target: Target, recording: Any) -> None:
    result = probes.find_registry(target, deadline())
    assert result.failure is None, result.failure
    assert object_of(object_of(result.resource).get('properties'))['loginServer']


def test_private_endpoints(probes: AzureProbes, target: Target, recording: Any) -> None:
    result = probes.find_registry(target, deadline())
    connections = list_of(
        object_of(object_of(result.resource).get('properties')).get('privateEndpointConnections')
    )
    for connection in connections:
        endpoint = probes.read_resource(
            connection['properties']['privateEndpoint']['id'], NETWORK_API, deadline()
        )
        assert endpoint.failure is None, endpoint.failure
        for interface in endpoint.resource['properties']['networkInterfaces']:
            assert probes.read_resource(interface['id'], NETWORK_API, deadline()).failure is None
    if not connections:
        pytest.skip('the registry has no private endpoint')


def test_login(probes: AzureProbes, target: Target, scrubber: Scrubber) -> None:
    """Record the requests to the registry, which use a connection that vcrpy doesn't intercept."""
    host = target.host or f'{target.name}{probes.suffix}'
    connection, interactions = probes.host_connections().connect(host, deadline()), []
    first = connection.challenge()
    interactions.append(interaction(host, 'GET', '/v2/', None, first))
    assert first.status == 401, first
    challenge = next(
        candidate
        for candidate in parse(first.all('www-authenticate'))
        if candidate.scheme == 'bearer'
    )
    realm, service = parse_realm(challenge.parameters['realm']), challenge.parameters['service']
    assert realm is not None and realm.host == host.lower() and realm.scheme == 'https'

    entra = probes.sign_in(probes.audiences()[0], deadline())
    assert entra.failure is None, entra.failure
    refresh = probes.exchange(connection, service, entra)
    form = {
        'grant_type': 'access_token',
        'service': service,
        'tenant': entra.tenant or '',
        'access_token': entra.value,
    }
    interactions.append(interaction(host, 'POST', EXCHANGE, form, refresh.response))
    assert refresh.token, refresh.response
    assert registry_actions(refresh.token) is None or isinstance(
        registry_actions(refresh.token), tuple
    )

    scope = f'repository:{REPOSITORY}:pull' if REPOSITORY else 'registry:catalog:*'
    access = probes.access_token(connection, realm.path, service, (scope,), refresh.token)
    form = {
        'grant_type': 'refresh_token',
        'service': service,
        'scope': scope,
        'refresh_token': refresh.token,
    }
    interactions.append(interaction(host, 'POST', realm.path, form, access.response))
    connection.close()
    assert access.token is None or grants(access.token) is not None
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    file = RECORDINGS / 'login.yaml'
    file.write_text(
        serialize(
            {
                'requests': [scrubber.request(request) for request, _ in interactions],
                'responses': [scrubber.response(response) for _, response in interactions],
            },
            yamlserializer,
        ),
        encoding='utf-8',
    )
    assert_publishable(file, scrubber)


def interaction(
    host: str, method: str, path: str, form: dict[str, str] | None, response: Any
) -> tuple[Request, dict[str, Any]]:
    """Return a request and its response as vcrpy records them."""
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    return (
        Request(
            method, f'https://{host}{path}', urlencode(form) if form else None, {'Accept': '*/*'}
        ),
        {
            'status': {'code': response.status, 'message': ''},
            'headers': headers,
            'body': {'string': response.body},
        },
    )
