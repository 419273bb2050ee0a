# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real registry stands behind the sandbox's login server: real clients push to it and pull from it."""

from __future__ import annotations

import hashlib
import json
import pathlib
import sys
from collections.abc import Iterator

import pytest

from tests.acceptance.clients import person, skopeo
from tests.acceptance.components import need
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines

CONTOSO, BLOBS = 'contoso.azurecr.test', 'eusmanaged1.blob.sandbox.test'
# The step of a pull that breaks, and what skopeo says then: the sandbox's faults apply with a real
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

# Begins an upload, sends three bytes, gives it up, and prints the status of that. What is sent must
# be octets.
UPLOAD = """
import os, requests, sys
host, person, actions = sys.argv[1:]
asked = requests.Session()
asked.verify = os.environ["SSL_CERT_FILE"]
token = asked.get(f"https://{host}/oauth2/token", auth=tuple(person.split(":")), params={
    "service": host, "scope": f"repository:team/app:{actions}"}).json()["access_token"]
asked.headers["Authorization"] = f"Bearer {token}"
place = asked.post(f"https://{host}/v2/team/app/blobs/uploads/").headers["Location"]
assert place.startswith("/v2/"), place
sent = asked.patch(f"https://{host}{place}", b"abc", headers={"Content-Type": "application/octet-stream"})
print(asked.delete(f"https://{host}{sent.headers['Location']}").status_code)
"""


@pytest.fixture
def storage(stock: Sandbox) -> Iterator[pathlib.Path]:
    """Put a real registry behind contoso and give the folder that it keeps everything in."""
    need('docker-registry')
    with stock.real_registry('contoso') as folder:
        yield folder


def files(folder: pathlib.Path) -> dict[str, str]:
    """Return what a folder holds, byte for byte."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob('*')
        if path.is_file()
    }


def test_skopeo_copies_in_and_out(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    # fabrikam is the sandbox's own storage: the image has three layers.
    stock.put_image('fabrikam', 'hello', 'v3', layers=3)
    skopeo(
        stock,
        'copy',
        *person(stock, '--src-creds'),
        *person(stock, '--dest-creds'),
        'docker://fabrikam.azurecr.test/hello:v3',
        f'docker://{CONTOSO}/team/app:v3',
    )
    blobs = list(storage.glob('docker/registry/v2/blobs/sha256/*/*/data'))
    assert len(blobs) == 5  # the manifest, the configuration, three layers
    stock.clear_requests()
    skopeo(
        stock,
        'copy',
        *person(stock, '--src-creds'),
        f'docker://{CONTOSO}/team/app:v3',
        f'oci:{tmp_path}/out:v3',
    )
    assert [one['status'] for one in stock.requests('blob')] == [307] * 4
    assert [
        (one['status'], one['host'], one['authorization']) for one in stock.requests('data')
    ] == [(200, BLOBS, None)] * 4
    assert all(
        '//docker/registry/v2/blobs/sha256/' in one['path'] for one in stock.requests('data')
    )


def test_skopeo_copies_an_index(stock: Sandbox, storage: pathlib.Path) -> None:
    stock.put_image(
        'fabrikam',
        'many',
        'v1',
        platforms=['linux/amd64', 'linux/arm64/v8', 'windows/amd64'],
        attestations=True,
    )
    skopeo(
        stock,
        'copy',
        '--all',
        *person(stock, '--src-creds'),
        *person(stock, '--dest-creds'),
        'docker://fabrikam.azurecr.test/many:v1',
        f'docker://{CONTOSO}/many:v1',
    )
    raw = skopeo(
        stock, 'inspect', '--raw', *person(stock, '--creds'), f'docker://{CONTOSO}/many:v1'
    ).stdout
    assert len(json.loads(raw)['manifests']) == 6
    assert (
        len(
            list(storage.glob('docker/registry/v2/repositories/many/_manifests/revisions/sha256/*'))
        )
        == 7
    )
    listed = skopeo(stock, 'list-tags', *person(stock, '--creds'), f'docker://{CONTOSO}/many')
    assert json.loads(listed.stdout)['Tags'] == ['v1']
    shown = json.loads(
        skopeo(stock, 'inspect', *person(stock, '--creds'), f'docker://{CONTOSO}/many:v1').stdout
    )
    assert shown['Os'] == 'linux'


def test_docker_pushes_and_pulls(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    need('dockerd')
    sample, ours = 'mcr.microsoft.com/mcr/hello-world:latest', f'{CONTOSO}/team/app:v1'
    with engines.dockerd(stock) as variables:
        variables = {**variables, 'DOCKER_CONFIG': str(tmp_path)}
        login = ['login', '-u', stock.info['app'], '-p', stock.info['secret'], CONTOSO]
        for command in (
            login,
            ['pull', sample],
            ['tag', sample, ours],
            ['push', ours],
            ['rmi', sample, ours],
            ['pull', ours],
        ):
            done = stock.run(['docker', *command], env=variables, timeout=60)
            assert done.code == 0, done.stderr
    assert (storage / 'docker/registry/v2/repositories/team/app/_manifests/tags/v1').is_dir()
    assert stock.requests('data') and stock.requests('upload-finish')


def test_the_clis_lists_show_what_it_holds(stock: Sandbox, storage: pathlib.Path) -> None:
    assert stock.az('acr', 'repository', 'list', '-n', 'contoso').json == []
    digest = stock.put_image('contoso', 'team/app', 'v1')
    assert stock.az('acr', 'repository', 'list', '-n', 'contoso').json == ['team/app']
    shown = stock.az('acr', 'manifest', 'list-metadata', '-r', 'contoso', '-n', 'team/app').json
    assert [(one['digest'], one['tags']) for one in shown] == [(digest, ['v1'])]
    assert f'{digest.partition(":")[2]}/data' in ' '.join(files(storage))


def test_an_upload_that_is_cancelled_leaves_nothing_but_its_hash_states(
    stock: Sandbox, storage: pathlib.Path
) -> None:
    stock.put_image('contoso', 'team/app', 'v1')
    before = files(storage)
    whoever = f'{stock.info["app"]}:{stock.info["secret"]}'

    def cancel(actions: str = 'pull,push,delete') -> str:
        done = stock.run([sys.executable, '-c', UPLOAD, CONTOSO, whoever, actions])
        assert done.code == 0, done.stderr
        return done.stdout.strip()

    assert cancel() == '204' and stock.uploads('contoso') == []
    after = files(storage)
    assert {path for path in set(after) - set(before)} == {
        path for path in after if '/hashstates/' in path
    }
    assert {path: after[path] for path in before} == before
    assert cancel('pull,push') == '401'
    assert [(one['repository'], one['bytes']) for one in stock.uploads('contoso')] == [
        ('team/app', 3)
    ]
    stock.set_fault('upload-cancel@contoso', 'kept')
    assert cancel() == '204' and len(stock.uploads('contoso')) == 2


def test_the_real_registry_goes_with_its_block(stock: Sandbox, storage: pathlib.Path) -> None:
    with stock.real_registry('contoso') as other:
        stock.put_image('contoso', 'hello', 'v2', docker=True)
        assert other.is_dir() and not storage.exists()
        skopeo(stock, 'inspect', '--raw', *person(stock, '--creds'), f'docker://{CONTOSO}/hello:v2')
    assert not other.exists()
    skopeo(stock, 'inspect', '--raw', *person(stock, '--creds'), f'docker://{CONTOSO}/hello:v1')


@pytest.mark.parametrize('case', ['capitals', 'lowercase'])
def test_tokens_in_either_case_are_taken(stock: Sandbox, storage: pathlib.Path, case: str) -> None:
    stock.put_image('contoso', 'hello', 'v1')
    stock.set_fault('token@contoso', case)
    skopeo(
        stock,
        'copy',
        *person(stock, '--src-creds'),
        *person(stock, '--dest-creds'),
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
        *person(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
    ]
    stock.set_fault(place.format(endpoint), spec)
    skopeo(stock, 'inspect', '--raw', *person(stock, '--creds'), f'docker://{CONTOSO}/hello:v1')
    assert text in skopeo(stock, *copy, code=1).stderr
    stock.clear_faults()
    skopeo(stock, *copy)
    assert {one['host'] for one in stock.requests('data') if one['status'] == 200} == {endpoint}
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
        *person(stock, '--src-creds'),
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
    done = skopeo(
        stock,
        'copy',
        '--retry-times=0',
        *person(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
        code=1,
    )
    assert text in done.stderr
    stock.clear_faults()
    skopeo(
        stock,
        'copy',
        *person(stock, '--src-creds'),
        f'docker://{CONTOSO}/hello:v1',
        f'oci:{tmp_path}/out:v1',
    )
