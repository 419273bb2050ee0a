# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the control endpoint can put into a registry and beside it in ARM: images, users, what ARM lists."""

from __future__ import annotations

import base64
import json
import pathlib
from typing import Any

import pytest

from tests.sandbox.control.endpoint import Control
from tests.sandbox.control.holdings import Holdings
from tests.sandbox.control.registry_topics import described
from tests.sandbox.control.state import State
from tests.sandbox.services import images
from tests.sandbox.services.arm_registry_children import child
from tests.sandbox.services.http_messages import Request
from tests.sandbox_tests.test_registry import HOST, Caller, claims


class Steered(Holdings):
    """The steering without a socket."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.state = State(folder)
        self._control = Control(self.state, {}, lambda *_: None, lambda: None)

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control endpoint as its socket would."""
        body = json.dumps(value).encode() if value is not None else b''
        request = Request(method, path, {}, body)  # type: ignore[arg-type]
        answer = self._control.route(request).handler(request)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def listed(self, *path: str) -> Any:
        """Return what ARM lists under contoso."""
        answer = child(self.state, self.state.known['contoso'], list(path), 'GET')
        assert answer is not None
        return json.loads(answer.body)['value']


@pytest.fixture
def steered(tmp_path: pathlib.Path) -> Steered:
    return Steered(tmp_path)


def parts(one: images.Image) -> dict[str, Any]:
    """Return a manifest."""
    return dict(json.loads(one.manifest))


def test_an_index_lists_platforms_and_attestations(steered: Steered) -> None:
    platforms = ['linux/amd64', 'linux/arm64/v8', 'windows/amd64']
    digest = steered.image('contoso', 'many', 'v1', platforms=platforms, attestations=True)
    repository = steered.state.storage('contoso').repository('many')
    entries = json.loads(repository.manifests[digest][1])['manifests']
    assert [
        tuple(one['platform'].get(key) for key in ('os', 'architecture', 'variant'))
        for one in entries
    ] == [
        ('linux', 'amd64', None),
        ('linux', 'arm64', 'v8'),
        ('windows', 'amd64', None),
        *[('unknown', 'unknown', None)] * 3,
    ]
    assert all(one['digest'] in repository.manifests for one in entries)
    assert entries[3]['annotations']['vnd.docker.reference.digest'] == entries[0]['digest']


def test_images_of_every_kind() -> None:
    large = described({'size': 100_000, 'configSize': 50_000})
    assert min(map(len, large.blobs)) > 49_000
    assert [one['size'] for one in (parts(large)['config'], *parts(large)['layers'])] == [
        *map(len, large.blobs)
    ]
    assert len(described({'layers': 3}).blobs) == 4
    assert json.loads(described({'platform': 'linux/s390x'}).blobs[0])['architecture'] == 's390x'
    docker = described({'docker': True})
    assert (
        docker.media_type
        == parts(docker)['mediaType']
        == 'application/vnd.docker.distribution.manifest.v2+json'
    )
    assert (
        parts(docker)['layers'][0]['mediaType']
        == 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    )
    foreign = described({'foreign': images.FOREIGN_PLACE})
    assert parts(foreign)['layers'][0]['urls'] == [images.FOREIGN_PLACE] and len(foreign.blobs) == 2
    chart = described({'artifact': True})
    assert parts(chart)['config']['mediaType'] == images.CHART_CONFIG and len(chart.blobs) == 2
    with pytest.raises(ValueError, match='there are'):
        described({'colour': 'red'})


def test_uploads_that_are_open_are_listed(steered: Steered) -> None:
    assert steered.uploads('contoso') == []
    caller = Caller(steered.state)
    token = caller.bearer('repository:new:pull,push')
    begun = caller.ask('POST', '/v2/new/blobs/uploads/', Authorization=token)
    caller.ask('PATCH', dict(begun.headers)['Location'], body=b'abc', Authorization=token)
    assert [(one['repository'], one['bytes']) for one in steered.uploads('contoso')] == [('new', 3)]


def test_replicas_and_usages_are_listed(steered: Steered) -> None:
    steered.replica('contoso', 'westus', provisioningState='Failed')
    steered.replica('contoso', 'eastus', regionEndpointEnabled=False)
    found = {one['name']: one['properties'] for one in steered.listed('replications')}
    assert (
        found['westus']['provisioningState'] == 'Failed'
        and found['eastus']['regionEndpointEnabled'] is False
    )
    assert found['westus']['regionEndpointEnabled'] and len(found) == 2
    steered.usage('contoso', 'Webhooks', 400, 500)
    steered.usage('contoso', 'ScopeMaps', 1, 0)
    steered.control('PUT', '/usages/contoso', {'PrivateEndpoints': None})
    counts = {
        one['name']: (one['currentValue'], one['limit'], one['unit'])
        for one in steered.listed('listusages')
    }
    assert counts['Webhooks'] == (400, 500, 'Count') and counts['ScopeMaps'] == (1, 0, 'Count')
    assert set(counts) == {'Size', 'Webhooks', 'ScopeMaps'}


def test_a_replica_has_a_data_endpoint_where_there_are_any(steered: Steered) -> None:
    steered.replica('privreg', 'westus')
    assert steered.state.known['privreg']['properties']['dataEndpointHostNames'] == [
        'privreg.eastus.data.azurecr.test',
        'privreg.westus.data.azurecr.test',
    ]


def test_a_private_endpoint_with_two_interfaces(steered: Steered) -> None:
    names = {
        'contoso.azurecr.test': '10.9.0.4',
        'contoso.eastus.data.azurecr.test': '10.9.0.5',
        'contoso.westus.data.azurecr.test': '10.9.0.6',
    }
    steered.private_endpoint('contoso', 'pe', names, 'Pending', interfaces=2)
    owner = steered.state.known['contoso']['properties']['privateEndpointConnections'][0][
        'properties'
    ]
    assert owner['privateLinkServiceConnectionState']['status'] == 'Pending'
    endpoint = steered.state.resources[owner['privateEndpoint']['id'].lower()]
    nics = [
        steered.state.resources[one['id'].lower()]
        for one in endpoint['properties']['networkInterfaces']
    ]
    found = [
        [
            (
                one['properties']['privateLinkConnectionProperties']['requiredMemberName'],
                one['properties']['privateIPAddress'],
            )
            for one in nic['properties']['ipConfigurations']
        ]
        for nic in nics
    ]
    assert found == [
        [('registry', '10.9.0.4'), ('registry_data_westus', '10.9.0.6')],
        [('registry_data_eastus', '10.9.0.5')],
    ]


def test_passwords_open_the_token_service(steered: Steered) -> None:
    caller, scope = Caller(steered.state), 'repository:hello:pull'
    steered.control('PUT', '/users/contoso', {'builder': 'p+w d&1'})
    user, password = steered.admin('contoso')
    for name, secret in (('builder', 'p+w d&1'), (user, password)):
        form = {
            'service': HOST,
            'grant_type': 'password',
            'username': name,
            'password': secret,
            'scope': scope,
        }
        assert claims(caller.ask('POST', '/oauth2/token', form))['access'][0]['name'] == 'hello'
        assert caller.ask('POST', '/oauth2/token', {**form, 'password': 'wrong'}).status == 401
        basic = 'Basic ' + base64.b64encode(f'{name}:{secret}'.encode()).decode()
        query = f'/oauth2/token?service={HOST}&scope={scope}'
        assert claims(caller.ask('GET', query, Authorization=basic))['access'][0]['actions'] == [
            'pull'
        ]
        assert caller.ask('GET', '/v2/', Authorization=basic).status == 200
        assert caller.ask('GET', '/v2/', Authorization=basic[:-6] + 'AAAA==').status == 401
    steered.admin('contoso', False)
    assert caller.ask('POST', '/oauth2/token', form).status == 401
    assert caller.ask('GET', query).status == 401
    steered.anonymous('contoso')
    assert claims(caller.ask('GET', query))['access'][0]['actions'] == ['pull']
