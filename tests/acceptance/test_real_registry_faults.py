# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults of the sandbox apply with a real registry behind its login server, too."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.clients import client_credentials, skopeo
from tests.acceptance.test_real_registry import BLOBS, CONTOSO
from tests.sandbox.control.sandbox import Sandbox

# The step of a pull that fails, and skopeo's message: the sandbox's faults apply with a real
# registry too.
BROKEN = [
    ('manifest@contoso', 'status:500', 'Internal Server Error'),
    ('manifest@contoso', 'corrupt', '404 (Not Found)'),
    ('manifest@contoso', 'quarantined', 'is not found'),
    ('blob@contoso', 'denied', '403 (Forbidden)'),
    ('blob@contoso', 'location:', '307 (Temporary Redirect)'),
    ('blob@contoso', 'location:https://nowhere.example.test/x', 'no such host'),
    ('blob@contoso', 'expired', '403'),
    ('data@contoso', 'corrupt', 'igest'),
    ('data@contoso', 'truncated', 'unexpected EOF'),
    ('data@contoso', 'expired', '403'),
    ('data@contoso', 'policy', '403'),
    ('data@contoso', 'storage:409:PublicAccessNotPermitted', '409'),
    ('data@contoso', 'redirect:https://nowhere.example.test/x', 'no such host'),
    (f'dns@{BLOBS}', 'nxdomain', 'no such host'),
    (f'dns@{BLOBS}', 'servfail', 'lookup'),
    (f'tcp@{BLOBS}', 'refuse', 'connection refused'),
    (f'tcp@{BLOBS}', 'reset', 'reset by peer'),
    (f'tls@{BLOBS}', 'cert:foreign', 'x509'),
    (f'tls@{BLOBS}', 'cert:wronghost', 'x509'),
]


@pytest.mark.parametrize('case', ['capitals', 'lowercase'])
def test_tokens_in_either_case_are_taken(stock: Sandbox, storage: pathlib.Path, case: str) -> None:
    stock.put_image('contoso', 'hello', 'v1')
    stock.set_fault('token@contoso', case)
    skopeo(
        stock,
        'copy',
        *client_credentials(stock, '--src-creds'),
        *client_credentials(stock, '--dest-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'docker://{CONTOSO}/other:v1',
    )
    assert (storage / 'docker/registry/v2/repositories/other/_manifests/tags/v1').is_dir()


@pytest.mark.parametrize(
    'place, spec, text',
    [
        ('dns@{}', 'nxdomain', 'no such host'),
        ('dns@{}', 'refused', 'lookup'),
        ('tcp@{}', 'refuse', 'refused'),
        ('tcp@{}', 'unreachable', 'unreachable'),
        ('tls@{}', 'cert:foreign', 'x509'),
        ('tls@{}', 'close', 'EOF'),
    ],
)
def test_a_data_endpoint_fails_alone(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path, place: str, spec: str, text: str
) -> None:
    endpoint = 'contoso.eastus.data.azurecr.test'
    stock.patch_registry(
        'contoso',
        {'properties': {'dataEndpointEnabled': True, 'dataEndpointHostNames': [endpoint]}},
    )
    stock.put_image('contoso', 'hello', 'v1')
    copy = [
        'copy',
        *client_credentials(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
    ]
    stock.set_fault(place.format(endpoint), spec)
    skopeo(
        stock,
        'inspect',
        '--raw',
        *client_credentials(stock, '--creds'),
        f'docker://{CONTOSO}/hello:v1',
    )
    assert text in skopeo(stock, *copy, code=1).stderr
    stock.clear_faults()
    skopeo(stock, *copy)
    assert {request['host'] for request in stock.requests('data') if request['status'] == 200} == {
        endpoint
    }
    assert storage.is_dir()


def test_inside_a_private_network(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    names = {CONTOSO: '10.9.0.4', 'contoso.eastus.data.azurecr.test': '10.9.0.5'}
    stock.patch_registry(
        'contoso',
        {
            'properties': {
                'dataEndpointEnabled': True,
                'publicNetworkAccess': 'Disabled',
                'dataEndpointHostNames': ['contoso.eastus.data.azurecr.test'],
            }
        },
    )
    stock.put_private_endpoint('contoso', 'pe', names, interfaces=2)
    stock.use_private_addresses(names)
    stock.put_image('contoso', 'hello', 'v1')
    skopeo(
        stock,
        'copy',
        *client_credentials(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
    )
    assert set(stock.connections()['addresses']) == {'10.9.0.4', '10.9.0.5'} and storage.is_dir()


@pytest.mark.parametrize('place, spec, text', BROKEN)
def test_faults_apply_on_top(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path, place: str, spec: str, text: str
) -> None:
    assert storage.is_dir()
    stock.put_image('contoso', 'hello', 'v1')
    stock.set_fault(place, spec)
    finished = skopeo(
        stock,
        'copy',
        '--retry-times=0',
        *client_credentials(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
        code=1,
    )
    assert text in finished.stderr
    stock.clear_faults()
    skopeo(
        stock,
        'copy',
        *client_credentials(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
    )
