# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real clients push to and pull from a real registry behind the sandbox's login server."""

from __future__ import annotations

import json
import pathlib
import sys

from tests.acceptance.clients import client_credentials, skopeo
from tests.acceptance.components import need
from tests.acceptance.folders import file_hashes
from tests.probes.clock import eventually
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines

CONTOSO, BLOBS = 'contoso.azurecr.test', 'eusmanaged1.blob.sandbox.test'
# Begins an upload, sends three bytes, cancels it, and prints the status of that. The content must
# be octets.
UPLOAD = """
import os, requests, sys
host, credentials, actions = sys.argv[1:]
session = requests.Session()
session.verify = os.environ["SSL_CERT_FILE"]
token = session.get(f"https://{host}/oauth2/token", auth=tuple(credentials.split(":")), params={
    "service": host, "scope": f"repository:team/app:{actions}"}).json()["access_token"]
session.headers["Authorization"] = f"Bearer {token}"
location = session.post(f"https://{host}/v2/team/app/blobs/uploads/").headers["Location"]
assert location.startswith("/v2/"), location
headers = {"Content-Type": "application/octet-stream"}
sent = session.patch(f"https://{host}{location}", b"abc", headers=headers)
print(session.delete(f"https://{host}{sent.headers['Location']}").status_code)
"""


def test_skopeo_copies_in_and_out(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    # fabrikam is the sandbox's own storage: the image has three layers.
    stock.put_image('fabrikam', 'hello', 'v3', layers=3)
    skopeo(
        stock,
        'copy',
        *client_credentials(stock, '--src-creds'),
        *client_credentials(stock, '--dest-creds'),
        'docker://fabrikam.azurecr.test/hello:v3',
        f'docker://{CONTOSO}/team/app:v3',
    )
    blobs = list(storage.glob('docker/registry/v2/blobs/sha256/*/*/data'))
    assert len(blobs) == 5  # the manifest, the configuration, three layers
    stock.clear_requests()
    skopeo(
        stock,
        'copy',
        *client_credentials(stock, '--src-creds'),
        f'docker://{CONTOSO}/team/app:v3',
        f'oci:{tmp_path}/out:v3',
    )
    # The client can end before the sandbox has noted the end of its last response.
    assert eventually(lambda: all(request['status'] for request in stock.requests('data')))
    assert [request['status'] for request in stock.requests('blob')] == [307] * 4
    assert [
        (request['status'], request['host'], request['authorization'])
        for request in stock.requests('data')
    ] == [(200, BLOBS, None)] * 4
    assert all(
        '//docker/registry/v2/blobs/sha256/' in request['path']
        for request in stock.requests('data')
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
        *client_credentials(stock, '--src-creds'),
        *client_credentials(stock, '--dest-creds'),
        'docker://fabrikam.azurecr.test/many:v1',
        f'docker://{CONTOSO}/many:v1',
    )
    raw = skopeo(
        stock,
        'inspect',
        '--raw',
        *client_credentials(stock, '--creds'),
        f'docker://{CONTOSO}/many:v1',
    ).stdout
    assert len(json.loads(raw)['manifests']) == 6
    assert (
        len(
            list(storage.glob('docker/registry/v2/repositories/many/_manifests/revisions/sha256/*'))
        )
        == 7
    )
    listed = skopeo(
        stock, 'list-tags', *client_credentials(stock, '--creds'), f'docker://{CONTOSO}/many'
    )
    assert json.loads(listed.stdout)['Tags'] == ['v1']
    shown = json.loads(
        skopeo(
            stock, 'inspect', *client_credentials(stock, '--creds'), f'docker://{CONTOSO}/many:v1'
        ).stdout
    )
    assert shown['Os'] == 'linux'


def test_docker_pushes_and_pulls(
    stock: Sandbox, storage: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    need('dockerd')
    sample, image = 'mcr.microsoft.com/mcr/hello-world:latest', f'{CONTOSO}/team/app:v1'
    with engines.dockerd(stock) as variables:
        variables = {**variables, 'DOCKER_CONFIG': str(tmp_path)}
        login = ['login', '-u', stock.info['app'], '-p', stock.info['secret'], CONTOSO]
        for command in (
            login,
            ['pull', sample],
            ['tag', sample, image],
            ['push', image],
            ['rmi', sample, image],
            ['pull', image],
        ):
            finished = stock.run(['docker', *command], env=variables, timeout=60)
            assert finished.code == 0, finished.stderr
    assert (storage / 'docker/registry/v2/repositories/team/app/_manifests/tags/v1').is_dir()
    assert stock.requests('data') and stock.requests('upload-finish')


def test_the_clis_lists_show_what_it_holds(stock: Sandbox, storage: pathlib.Path) -> None:
    assert stock.az('acr', 'repository', 'list', '-n', 'contoso').json == []
    digest = stock.put_image('contoso', 'team/app', 'v1')
    assert stock.az('acr', 'repository', 'list', '-n', 'contoso').json == ['team/app']
    shown = stock.az('acr', 'manifest', 'list-metadata', '-r', 'contoso', '-n', 'team/app').json
    assert [(manifest['digest'], manifest['tags']) for manifest in shown] == [(digest, ['v1'])]
    assert f'{digest.partition(":")[2]}/data' in ' '.join(file_hashes(storage))


def test_an_upload_that_is_canceled_leaves_nothing_but_its_hash_states(
    stock: Sandbox, storage: pathlib.Path
) -> None:
    stock.put_image('contoso', 'team/app', 'v1')
    before = file_hashes(storage)
    credentials = f'{stock.info["app"]}:{stock.info["secret"]}'

    def cancel(actions: str = 'pull,push,delete') -> str:
        finished = stock.run([sys.executable, '-c', UPLOAD, CONTOSO, credentials, actions])
        assert finished.code == 0, finished.stderr
        return finished.stdout.strip()

    assert cancel() == '204' and stock.uploads('contoso') == []
    after = file_hashes(storage)
    assert set(after) - set(before) == {path for path in after if '/hashstates/' in path}
    assert {path: after[path] for path in before} == before
    assert cancel('pull,push') == '401'
    assert [(upload['repository'], upload['bytes']) for upload in stock.uploads('contoso')] == [
        ('team/app', 3)
    ]
    stock.set_fault('upload-cancel@contoso', 'kept')
    assert cancel() == '204' and len(stock.uploads('contoso')) == 2


def test_the_real_registry_goes_with_its_block(stock: Sandbox, storage: pathlib.Path) -> None:
    with stock.real_registry('contoso') as other:
        stock.put_image('contoso', 'hello', 'v2', docker=True)
        assert other.is_dir() and not storage.exists()
        skopeo(
            stock,
            'inspect',
            '--raw',
            *client_credentials(stock, '--creds'),
            f'docker://{CONTOSO}/hello:v2',
        )
    assert not other.exists()
    skopeo(
        stock,
        'inspect',
        '--raw',
        *client_credentials(stock, '--creds'),
        f'docker://{CONTOSO}/hello:v1',
    )
