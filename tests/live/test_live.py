# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The probes against a real subscription, for whoever has one.

What was seen is written down scrubbed.

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
from azext_acrhealth.probes.http.www_authenticate import parse
from azext_acrhealth.probes.json_access import list_of, object_of
from azext_acrhealth.probes.probes import AzureProbes
from azext_acrhealth.probes.registry.tokens import (
    EXCHANGE,
    claims,
    grants,
    read_realm,
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
def world() -> AzureProbes:
    """Bind the probes to the CLI of whoever runs this."""
    from azure.cli.core import get_default_cli

    return AzureProbes(get_default_cli())


@pytest.fixture(scope='module')
def target(world: AzureProbes) -> registry_names.Target:
    read = registry_names.parse(REGISTRY, world.suffix, GROUP or None)
    assert not isinstance(read, str), read
    return read


@pytest.fixture
def scrubber(target: registry_names.Target) -> Scrubber:
    return Scrubber(filter(None, (target.name, GROUP, REPOSITORY)))


@pytest.fixture
def recording(scrubber: Scrubber, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Record what goes through the CLI's own HTTP, and see that nothing secret was written."""
    file = RECORDINGS / f'{request.node.name.removeprefix("test_")}.yaml'
    recorder = vcr.VCR(
        record_mode='all',
        before_record_request=scrubber.request,
        decode_compressed_response=True,
        before_record_response=scrubber.response,
    )
    with recorder.use_cassette(str(file)) as cassette:
        yield cassette
    publishable(file, scrubber)


def publishable(file: Path, scrubber: Scrubber) -> None:
    """Take back a recording that holds what it must not."""
    leaks = scrubber.leaks(file.read_text(encoding='utf-8'))
    if leaks:
        file.unlink()
    assert not leaks, f'{len(leaks)} secrets or names in the recording, which was deleted'


def soon() -> float:
    return time.monotonic() + 60


def test_sign_in(world: AzureProbes, recording: Any) -> None:
    token = world.sign_in(soon())
    assert token.trouble is None, token.trouble
    assert claims(token.value), 'an Entra token for the registry is a JWT'


def test_registry(world: AzureProbes, target: registry_names.Target, recording: Any) -> None:
    read = world.find_registry(target, soon())
    assert read.trouble is None, read.trouble
    assert object_of(object_of(read.resource).get('properties'))['loginServer']


def test_private_endpoints(
    world: AzureProbes, target: registry_names.Target, recording: Any
) -> None:
    read = world.find_registry(target, soon())
    connections = list_of(
        object_of(object_of(read.resource).get('properties')).get('privateEndpointConnections')
    )
    for connection in connections:
        endpoint = world.read_resource(
            connection['properties']['privateEndpoint']['id'], NETWORK_API, soon()
        )
        assert endpoint.trouble is None, endpoint.trouble
        for interface in endpoint.resource['properties']['networkInterfaces']:
            assert world.read_resource(interface['id'], NETWORK_API, soon()).trouble is None
    if not connections:
        pytest.skip('the registry has no private endpoint')


def test_login(world: AzureProbes, target: registry_names.Target, scrubber: Scrubber) -> None:
    """The registry's own requests go over a connection of ours, which vcrpy does not see: they are written by hand."""
    host = target.host or f'{target.name}{world.suffix}'
    connection, seen = world.connect(host, soon()), []
    first = connection.challenge()
    seen.append(interaction(host, 'GET', '/v2/', None, first))
    assert first.status == 401, first
    challenge = next(one for one in parse(first.all('www-authenticate')) if one.scheme == 'bearer')
    realm, service = read_realm(challenge.parameters['realm']), challenge.parameters['service']
    assert realm is not None and realm.host == host.lower() and realm.scheme == 'https'

    entra = world.sign_in(soon())
    assert entra.trouble is None, entra.trouble
    refresh = world.exchange(connection, service, entra)
    form = {
        'grant_type': 'access_token',
        'service': service,
        'tenant': entra.tenant or '',
        'access_token': entra.value,
    }
    seen.append(interaction(host, 'POST', EXCHANGE, form, refresh.answer))
    assert refresh.token, refresh.answer
    assert registry_actions(refresh.token) is None or isinstance(
        registry_actions(refresh.token), tuple
    )

    scope = f'repository:{REPOSITORY}:pull' if REPOSITORY else 'registry:catalog:*'
    access = world.access_token(connection, realm.path, service, (scope,), refresh.token)
    form = {
        'grant_type': 'refresh_token',
        'service': service,
        'scope': scope,
        'refresh_token': refresh.token,
    }
    seen.append(interaction(host, 'POST', realm.path, form, access.answer))
    connection.close()
    assert access.token is None or grants(access.token) is not None
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    file = RECORDINGS / 'login.yaml'
    file.write_text(
        serialize(
            {
                'requests': [scrubber.request(request) for request, _ in seen],
                'responses': [scrubber.response(response) for _, response in seen],
            },
            yamlserializer,
        ),
        encoding='utf-8',
    )
    publishable(file, scrubber)


def interaction(
    host: str, method: str, path: str, form: dict[str, str] | None, answer: Any
) -> tuple[Request, dict[str, Any]]:
    """Write a request and its answer as vcrpy does."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name, []).append(value)
    return (
        Request(
            method, f'https://{host}{path}', urlencode(form) if form else None, {'Accept': '*/*'}
        ),
        {
            'status': {'code': answer.status, 'message': ''},
            'headers': headers,
            'body': {'string': answer.body},
        },
    )
