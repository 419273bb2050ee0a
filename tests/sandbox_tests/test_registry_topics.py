# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the control endpoint puts into a registry and into ARM: images, users, children."""

from __future__ import annotations

import base64
import json
import pathlib
from typing import Any

import pytest

from tests.sandbox.services import images
from tests.sandbox.services.images import build_image
from tests.sandbox_tests.local_control import LocalControlClient
from tests.sandbox_tests.registry_caller import HOST, Caller, claims


@pytest.fixture
def control(tmp_path: pathlib.Path) -> LocalControlClient:
    return LocalControlClient(tmp_path)


def manifest_of(image: images.Image) -> dict[str, Any]:
    """Return a manifest."""
    return dict(json.loads(image.manifest))


def test_an_index_lists_platforms_and_attestations(control: LocalControlClient) -> None:
    platforms = ['linux/amd64', 'linux/arm64/v8', 'windows/amd64']
    digest = control.put_image('contoso', 'many', 'v1', platforms=platforms, attestations=True)
    repository = control.state.storage('contoso').repository('many')
    entries = json.loads(repository.manifests[digest][1])['manifests']
    assert [
        tuple(entry['platform'].get(key) for key in ('os', 'architecture', 'variant'))
        for entry in entries
    ] == [
        ('linux', 'amd64', None),
        ('linux', 'arm64', 'v8'),
        ('windows', 'amd64', None),
        *[('unknown', 'unknown', None)] * 3,
    ]
    assert all(entry['digest'] in repository.manifests for entry in entries)
    assert entries[3]['annotations']['vnd.docker.reference.digest'] == entries[0]['digest']


def test_images_of_every_kind() -> None:
    large = build_image({'size': 100_000, 'configSize': 50_000})
    assert min(map(len, large.blobs)) > 49_000
    assert [
        descriptor['size']
        for descriptor in (manifest_of(large)['config'], *manifest_of(large)['layers'])
    ] == [*map(len, large.blobs)]
    assert len(build_image({'layers': 3}).blobs) == 4
    assert json.loads(build_image({'platform': 'linux/s390x'}).blobs[0])['architecture'] == 's390x'
    docker = build_image({'docker': True})
    assert (
        docker.media_type
        == manifest_of(docker)['mediaType']
        == 'application/vnd.docker.distribution.manifest.v2+json'
    )
    assert (
        manifest_of(docker)['layers'][0]['mediaType']
        == 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    )
    foreign = build_image({'foreign': images.FOREIGN_URL})
    assert (
        manifest_of(foreign)['layers'][0]['urls'] == [images.FOREIGN_URL]
        and len(foreign.blobs) == 2
    )
    chart = build_image({'artifact': True})
    assert (
        manifest_of(chart)['config']['mediaType'] == images.CHART_CONFIG and len(chart.blobs) == 2
    )
    with pytest.raises(ValueError, match='there are'):
        build_image({'colour': 'red'})


def test_open_uploads_are_listed(control: LocalControlClient) -> None:
    assert control.uploads('contoso') == []
    caller = Caller(control.state)
    token = caller.bearer('repository:new:pull,push')
    begun = caller.send('POST', '/v2/new/blobs/uploads/', Authorization=token)
    caller.send('PATCH', dict(begun.headers)['Location'], body=b'abc', Authorization=token)
    assert [(upload['repository'], upload['bytes']) for upload in control.uploads('contoso')] == [
        ('new', 3)
    ]


def test_replications_and_usages_are_listed(control: LocalControlClient) -> None:
    control.put_replication('contoso', 'westus', provisioningState='Failed')
    control.put_replication('contoso', 'eastus', regionEndpointEnabled=False)
    found = {
        replication['name']: replication['properties']
        for replication in control.list_children('replications')
    }
    assert (
        found['westus']['provisioningState'] == 'Failed'
        and found['eastus']['regionEndpointEnabled'] is False
    )
    assert found['westus']['regionEndpointEnabled'] and len(found) == 2
    control.set_usage('contoso', 'Webhooks', 400, 500)
    control.set_usage('contoso', 'ScopeMaps', 1, 0)
    control.call('PUT', 'usages', 'contoso', {'PrivateEndpoints': None})
    counts = {
        usage['name']: (usage['currentValue'], usage['limit'], usage['unit'])
        for usage in control.list_children('listusages')
    }
    assert counts['Webhooks'] == (400, 500, 'Count') and counts['ScopeMaps'] == (1, 0, 'Count')
    assert set(counts) == {'Size', 'Webhooks', 'ScopeMaps'}


def test_a_replication_adds_a_data_endpoint(control: LocalControlClient) -> None:
    control.put_replication('privreg', 'westus')
    assert control.state.known['privreg']['properties']['dataEndpointHostNames'] == [
        'privreg.eastus.data.azurecr.test',
        'privreg.westus.data.azurecr.test',
    ]


def test_a_private_endpoint_with_two_interfaces(control: LocalControlClient) -> None:
    names = {
        'contoso.azurecr.test': '10.9.0.4',
        'contoso.eastus.data.azurecr.test': '10.9.0.5',
        'contoso.westus.data.azurecr.test': '10.9.0.6',
    }
    control.put_private_endpoint('contoso', 'pe', names, 'Pending', interfaces=2)
    owner = control.state.known['contoso']['properties']['privateEndpointConnections'][0][
        'properties'
    ]
    assert owner['privateLinkServiceConnectionState']['status'] == 'Pending'
    endpoint = control.state.resources[owner['privateEndpoint']['id'].lower()]
    nics = [
        control.state.resources[interface['id'].lower()]
        for interface in endpoint['properties']['networkInterfaces']
    ]
    found = [
        [
            (
                configuration['properties']['privateLinkConnectionProperties'][
                    'requiredMemberName'
                ],
                configuration['properties']['privateIPAddress'],
            )
            for configuration in nic['properties']['ipConfigurations']
        ]
        for nic in nics
    ]
    assert found == [
        [('registry', '10.9.0.4'), ('registry_data_westus', '10.9.0.6')],
        [('registry_data_eastus', '10.9.0.5')],
    ]


def test_passwords_are_accepted_by_the_token_service(control: LocalControlClient) -> None:
    caller, scope = Caller(control.state), 'repository:hello:pull'
    control.set_users('contoso', builder='p+w d&1')
    user, password = control.set_admin_user('contoso')
    for name, secret in (('builder', 'p+w d&1'), (user, password)):
        form = {
            'service': HOST,
            'grant_type': 'password',
            'username': name,
            'password': secret,
            'scope': scope,
        }
        assert claims(caller.send('POST', '/oauth2/token', form))['access'][0]['name'] == 'hello'
        assert caller.send('POST', '/oauth2/token', {**form, 'password': 'wrong'}).status == 401
        basic = 'Basic ' + base64.b64encode(f'{name}:{secret}'.encode()).decode()
        query = f'/oauth2/token?service={HOST}&scope={scope}'
        assert claims(caller.send('GET', query, Authorization=basic))['access'][0]['actions'] == [
            'pull'
        ]
        assert caller.send('GET', '/v2/', Authorization=basic).status == 200
        assert caller.send('GET', '/v2/', Authorization=basic[:-6] + 'AAAA==').status == 401
    control.set_admin_user('contoso', False)
    assert caller.send('POST', '/oauth2/token', form).status == 401
    assert caller.send('GET', query).status == 401
    control.set_anonymous_pull('contoso')
    assert claims(caller.send('GET', query))['access'][0]['actions'] == ['pull']
