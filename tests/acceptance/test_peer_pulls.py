# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real clients accept the sandbox's registry as real: users, images, errors, quarantine."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from tests.acceptance.clients import client_credentials, skopeo
from tests.sandbox.control.sandbox import Sandbox

CONTOSO = 'contoso.azurecr.test'
HELLO, ANY = f'docker://{CONTOSO}/hello:v1', f'docker://{CONTOSO}/any:v1'


def test_the_registrys_own_users_may_pull(stock: Sandbox) -> None:
    stock.set_users('contoso', builder='p+w d&1')
    admin = ':'.join(stock.set_admin_user('contoso'))
    for credentials in ('builder:p+w d&1', admin):
        skopeo(stock, 'inspect', '--raw', '--creds', credentials, HELLO)
    stock.set_admin_user('contoso', False)
    assert 'unauthorized' in skopeo(stock, 'inspect', '--creds', admin, HELLO, code=1).stderr


def test_anonymous_pull_needs_no_login(stock: Sandbox) -> None:
    assert 'unauthorized' in skopeo(stock, 'inspect', '--no-creds', HELLO, code=1).stderr
    stock.set_anonymous_pull('contoso')
    skopeo(stock, 'inspect', '--no-creds', HELLO)


@pytest.mark.parametrize(
    'kind',
    [
        {'docker': True},
        {'layers': 3, 'size': 100_000},
        {'size': 50_000, 'configSize': 50_000},
        {'artifact': True},
        {'platforms': ['linux/amd64', 'linux/arm64/v8', 'windows/amd64'], 'attestations': True},
        {'platforms': ['linux/amd64', 'linux/arm64'], 'docker': True},
    ],
    ids=str,
)
def test_images_of_every_kind_are_copied(
    stock: Sandbox, tmp_path: pathlib.Path, kind: dict[str, Any]
) -> None:
    stock.put_image('contoso', 'any', 'v1', **kind)
    skopeo(
        stock,
        'copy',
        '--all',
        *client_credentials(stock, '--src-creds'),
        ANY,
        f'dir:{tmp_path}/out',
    )


def test_an_index_without_this_machines_platform_is_refused(
    stock: Sandbox, tmp_path: pathlib.Path
) -> None:
    stock.put_image(
        'contoso', 'any', 'v1', platforms=['windows/amd64', 'linux/s390x'], attestations=True
    )
    finished = skopeo(
        stock, 'copy', *client_credentials(stock, '--src-creds'), ANY, f'dir:{tmp_path}/out', code=1
    )
    assert 'no image found in' in finished.stderr


def test_a_foreign_layer_is_fetched_elsewhere(stock: Sandbox, tmp_path: pathlib.Path) -> None:
    stock.put_image('contoso', 'any', 'v1', foreign='https://evil.example.test/base', docker=True)
    skopeo(
        stock, 'copy', *client_credentials(stock, '--src-creds'), ANY, f'dir:{tmp_path}/out', code=1
    )
    assert [request['authorization'] for request in stock.requests(host='evil.example.test')] == [
        None
    ]


def test_what_is_not_there_is_named(stock: Sandbox) -> None:
    stock.put_image('contoso', 'any', 'v1')
    expected = {
        ':v9': 'manifest tagged by \\"v9\\" is not found',
        '@sha256:' + 64 * '0': 'is not found',
    }
    for reference, text in expected.items():
        finished = skopeo(
            stock, 'inspect', *client_credentials(stock), ANY[:-3] + reference, code=1
        )
        assert 'manifest unknown' in finished.stderr and text in finished.stderr


def test_a_client_meets_what_was_deleted(stock: Sandbox, tmp_path: pathlib.Path) -> None:
    credentials = client_credentials(stock, '--src-creds')
    digest = stock.put_image('contoso', 'any', 'v1')
    stock.delete_image('contoso', 'any', digest, keep_tags=True)
    finished = skopeo(stock, 'copy', *credentials, ANY, f'dir:{tmp_path}/tag', code=1)
    assert f'manifest {digest} is not found' in finished.stderr
    stock.put_image('contoso', 'any', 'v1', platforms=['linux/amd64', 'linux/arm64'])
    raw = skopeo(stock, 'inspect', '--raw', *client_credentials(stock), ANY).stdout
    amd, arm = (entry['digest'] for entry in json.loads(raw)['manifests'])
    stock.delete_image('contoso', 'any', arm)
    arguments = ('copy', *credentials, ANY)
    finished = skopeo(stock, '--override-arch', 'arm64', *arguments, f'dir:{tmp_path}/arm', code=1)
    assert f'manifest {arm} is not found' in finished.stderr
    skopeo(stock, '--override-arch', 'amd64', *arguments, f'dir:{tmp_path}/amd')
    assert amd != arm


def test_quarantine_hides_a_tag_and_refuses_a_digest(stock: Sandbox) -> None:
    digest = stock.put_image('contoso', 'any', 'v1')
    stock.set_fault('manifest@contoso', 'quarantined')
    assert (
        'manifest unknown'
        in skopeo(stock, 'inspect', *client_credentials(stock), ANY, code=1).stderr
    )
    assert (
        'image is quarantined'
        in skopeo(
            stock, 'inspect', *client_credentials(stock), f'{ANY[:-3]}@{digest}', code=1
        ).stderr
    )
