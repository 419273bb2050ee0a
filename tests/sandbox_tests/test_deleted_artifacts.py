# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What was deleted: its error, the tags that dangle, what soft delete keeps and restores."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from tests.sandbox.control.registry_topics import RegistryTopics
from tests.sandbox.control.state import State
from tests.sandbox.services import images
from tests.sandbox.services.http_messages import Response
from tests.sandbox_tests.registry_caller import Caller

V1, DELETED = '/v2/hello/manifests/v1', '/acr/v1/_deleted/hello'
DIGEST = images.digest(images.image().manifest)


@pytest.fixture
def caller(tmp_path: pathlib.Path) -> Caller:
    return Caller(State(tmp_path))


def send(caller: Caller, target: str, actions: str, method: str = 'GET', **more: Any) -> Response:
    """Return the response to a request with a token for some actions on the repository."""
    bearer = caller.bearer(f'repository:hello:{actions}')
    return caller.send(method, target, Authorization=bearer, **more)


def content(response: Response) -> dict[str, Any]:
    """Return the JSON of a successful response."""
    assert response.status == 200, response.body
    return dict(json.loads(response.body))


def keep_deleted(caller: Caller) -> None:
    """Enable the soft delete policy."""
    policy = {'status': 'enabled', 'retentionDays': 7}
    patch = {'properties': {'policies': {'softDeletePolicy': policy}}}
    RegistryTopics(caller.state).patch_registries('contoso', patch)


def delete(caller: Caller, reference: str, **more: Any) -> None:
    value = {'name': 'hello', 'reference': reference, **more}
    RegistryTopics(caller.state).put_deletions('contoso', value)


def error(response: Response) -> tuple[int, str]:
    """Return status and message of an error response."""
    return response.status, json.loads(response.body)['errors'][0]['message']


def test_the_error_of_a_dangling_tag_names_the_digest(caller: Caller) -> None:
    delete(caller, DIGEST, keepTags=True)
    for target in (V1, f'/v2/hello/manifests/{DIGEST}'):
        assert error(send(caller, target, 'pull')) == (404, f'manifest {DIGEST} is not found')
    assert content(send(caller, '/v2/hello/tags/list', 'metadata_read'))['tags'] == ['v1']
    tag = content(send(caller, '/acr/v1/hello/_tags/v1', 'metadata_read'))['tag']
    assert (tag['name'], tag['digest']) == ('v1', DIGEST)


def test_listing_tags_takes_more_than_a_pull(caller: Caller) -> None:
    refused = send(caller, '/v2/hello/tags/list', 'pull')
    assert refused.status == 401
    assert json.loads(refused.body)['errors'][0]['detail'][0]['Action'] == 'metadata_read'


def test_without_the_policy_nothing_is_kept(caller: Caller) -> None:
    delete(caller, DIGEST)
    assert content(send(caller, f'{DELETED}/_tags', 'deleted_read'))['tags'] == []
    assert content(send(caller, f'{DELETED}/_manifests', 'deleted_read'))['manifests'] == []
    with pytest.raises(KeyError):
        delete(caller, 'v1')


@pytest.mark.parametrize('reference', ['v1', DIGEST])
def test_what_is_deleted_is_listed_and_restored(caller: Caller, reference: str) -> None:
    keep_deleted(caller)
    assert send(caller, f'/v2/hello/manifests/{reference}', 'delete', 'DELETE').status == 202
    assert error(send(caller, V1, 'pull')) == (404, 'manifest tagged by "v1" is not found')
    (tag,) = content(send(caller, f'{DELETED}/_tags', 'deleted_read'))['tags']
    assert (tag['tag'], tag['digest']) == ('v1', DIGEST) and tag['deletedAt'] > tag['createdAt'][:4]
    listed = content(send(caller, f'{DELETED}/_manifests', 'deleted_read'))['manifests']
    assert [entry['digest'] for entry in listed] == ([DIGEST] if reference == DIGEST else [])
    restored = send(
        caller,
        f'{DELETED}/_manifests/{DIGEST}?force=False',
        'deleted_read,deleted_restore',
        'POST',
        body=b'{"tag":"v1"}',
    )
    assert content(restored) == {'digest': DIGEST, 'tag': 'v1'}
    assert send(caller, V1, 'pull').status == 200
    assert content(send(caller, f'{DELETED}/_tags', 'deleted_read'))['tags'] == []


def test_a_tag_that_exists_again_is_overwritten_by_force_only(caller: Caller) -> None:
    keep_deleted(caller)
    delete(caller, DIGEST)
    caller.state.storage('contoso').fill('hello', 'v1', images.image('other'))
    target, actions = f'{DELETED}/_manifests/{DIGEST}', 'deleted_read,deleted_restore'
    refused = send(caller, f'{target}?force=False', actions, 'POST', body=b'{"tag":"v1"}')
    assert refused.status == 409
    content(send(caller, f'{target}?force=True', actions, 'POST', body=b'{"tag":"v1"}'))
    assert caller.state.storage('contoso').repositories['hello'].tags == {'v1': DIGEST}


def test_a_manifest_is_restored_without_a_tag(caller: Caller) -> None:
    keep_deleted(caller)
    delete(caller, DIGEST)
    target, actions = f'{DELETED}/_manifests/{DIGEST}', 'deleted_read,deleted_restore'
    content(send(caller, target, actions, 'POST', body=b'{"tag":null}'))
    assert send(caller, f'/v2/hello/manifests/{DIGEST}', 'pull').status == 200
    assert send(caller, V1, 'pull').status == 404


def test_listing_what_is_deleted_takes_a_permission_of_its_own(caller: Caller) -> None:
    assert send(caller, f'{DELETED}/_tags', 'pull,metadata_read').status == 401
    assert send(caller, f'{DELETED}/_manifests', 'pull', 'POST').status == 401
