# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A real docker-registry: it gets complete headers, takes all kinds of images, ends cleanly."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from email.message import Message

import pytest

from tests.acceptance.components import need
from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, images
from tests.sandbox.services.blob_storage import BlobHost
from tests.sandbox.services.distribution import Distribution
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox.services.images import build_image
from tests.sandbox.services.registry import Registry
from tests.sandbox_tests.registry_caller import HOST, Caller

KINDS = [
    {},
    {'layers': 3, 'size': 5000},
    {'docker': True},
    {'artifact': True},
    {'foreign': images.FOREIGN_URL},
    {'platform': 'windows/arm64'},
    {'configSize': 30_000},
    {'platforms': ['linux/amd64'], 'attestations': True},
    {'platforms': ['linux/arm64/v8', 'windows/amd64'], 'docker': True},
]


@pytest.fixture
def state(tmp_path: pathlib.Path) -> Iterator[State]:
    need('docker-registry')
    new_state = State(tmp_path)
    yield new_state
    new_state.reset()


@pytest.fixture
def real(state: State) -> Distribution:
    return state.backends.start(state.known['contoso'])


def get_response(
    state: State, target: str, method: str = 'GET', fault: str = '', *lines: tuple[str, str]
) -> Response:
    """Return the login server's response to a client with all permissions for a repository."""
    message = Message()
    message['Host'] = HOST
    message['Authorization'] = Caller(state).bearer(
        f'repository:{target.split("/")[2]}:pull,push,delete'
    )
    for name, value in lines:
        message[name] = value
    request = Request(method, target, message, b'', HOST, fault=fault or None)
    return Registry(state, BlobHost(state)).route(request).handler(request)


@pytest.mark.parametrize('kind', KINDS, ids=str)
def test_images_of_every_kind_are_taken(
    state: State, real: Distribution, kind: dict[str, object]
) -> None:
    image = build_image(dict(kind))
    digest = state.backends.push(real, state.known['contoso'], 'any', 'v1', image)
    response = get_response(
        state,
        '/v2/any/manifests/v1',
        'GET',
        '',
        ('Accept', 'text/plain'),
        ('Accept', image.media_type),
    )
    assert (response.status, response.body) == (200, image.manifest), (
        'of several Accept lines only one arrived'
    )
    assert dict(response.headers)['Docker-Content-Digest'] == digest
    assert all(real.blob(images.digest(blob)) == blob for blob in image.blobs)


def test_a_blob_is_announced_redirected_and_served(state: State, real: Distribution) -> None:
    state.backends.push(real, state.known['contoso'], 'any', 'v1', images.image())
    layer = images.image().blobs[1]
    target = f'/v2/any/blobs/{images.digest(layer)}'
    assert dict(get_response(state, target, 'HEAD').headers)['Content-Length'] == str(len(layer))
    moved = get_response(state, target)
    assert moved.status == 307 and f'https://{cloud.BLOB_HOST}/' in dict(moved.headers)['Location']
    assert get_response(state, target, fault='direct').body == layer
    missing = get_response(state, f'/v2/any/blobs/{images.digest(b"?")}')
    assert missing.status == 404 and json.loads(missing.body)['errors'][0]['code'] == 'BLOB_UNKNOWN'


def test_an_upload_is_the_real_ones(state: State, real: Distribution) -> None:
    location = dict(get_response(state, '/v2/any/blobs/uploads/', 'POST').headers)['Location']
    assert location.startswith('/v2/any/blobs/uploads/') and len(real.uploads()) == 1
    assert (
        get_response(state, location, 'DELETE', 'kept').status == 204 and len(real.uploads()) == 1
    )
    assert get_response(state, location, 'DELETE').status == 204 and real.uploads() == []
    assert get_response(state, location, 'GET').status == 404


def test_what_it_holds_is_listed(state: State, real: Distribution) -> None:
    state.backends.push(real, state.known['contoso'], 'team/app', 'v1', images.index())
    held = real.contents()
    assert list(held.repositories) == ['team/app'] and list(held.repositories['team/app'].tags) == [
        'v1'
    ]
    assert len(held.repositories['team/app'].manifests) == 3


def test_a_reset_ends_it_and_forgets_its_storage(state: State, real: Distribution) -> None:
    assert real.folder.is_dir()
    state.reset()
    assert state.backends.get('contoso') is None and not real.folder.exists()
    with pytest.raises(OSError):
        real.send('GET', '/v2/', [])


def test_it_says_why_it_does_not_start(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need('docker-registry')
    with pytest.raises(ValueError, match='does not run'):
        Distribution(tmp_path / 'a', HOST, b'no certificate')
    monkeypatch.setenv('PATH', '')
    with pytest.raises(ValueError, match='not installed'):
        Distribution(tmp_path / 'b', HOST, b'')
