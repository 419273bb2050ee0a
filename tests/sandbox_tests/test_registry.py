# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A registry without a network: challenge, tokens, permissions, uploads, signed URLs."""

from __future__ import annotations

import json
import pathlib
import urllib.parse

import pytest

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, images
from tests.sandbox.services.grants import Grants
from tests.sandbox_tests.registry_caller import HOST, Caller, claims


@pytest.fixture
def caller(tmp_path: pathlib.Path) -> Caller:
    return Caller(State(tmp_path))


def test_challenges_have_the_recorded_sizes(caller: Caller) -> None:
    assert len(caller.send('GET', '/v2/').body) == 149
    assert len(caller.send('GET', '/acr/v1/_catalog').body) == 196


def test_exchange_needs_a_token_of_the_tenant_for_an_audience(caller: Caller) -> None:
    assert claims(caller.refresh())['permissions']['Actions'][0] == 'read'
    assert caller.refresh(audience='https://management.sandbox.test/').status == 200
    assert caller.refresh(audience='https://graph.sandbox.test').status == 401
    assert caller.refresh(tid=cloud.OTHER_TENANT).status == 401
    assert caller.send('GET', '/oauth2/exchange').status == 404
    caller.state.known['contoso']['properties']['policies']['azureADAuthenticationAsArmPolicy'][
        'status'
    ] = 'disabled'
    assert caller.refresh(audience='https://management.sandbox.test/').status == 401


def test_permissions_in_the_legacy_mode(caller: Caller) -> None:
    caller.state.grants(caller.state.known['contoso']).permissions = None
    assert claims(caller.access('repository:any:pull,push'))['access'] == [
        {'type': 'repository', 'name': 'any', 'actions': ['pull', 'push']}
    ]
    assert claims(caller.access('registry:None:*'))['access'] == []
    assert 'Actions' in claims(caller.access('repository:any:pull', fault='capitals'))['access'][0]
    assert claims(caller.access('repository:any:pull,push', fault='grant:pull'))['access'][0][
        'actions'
    ] == ['pull']
    assert 'access' not in claims(caller.access('repository:any:pull', fault='noaccess'))


def test_permissions_in_the_abac_mode(caller: Caller) -> None:
    caller.state.known['contoso']['properties']['roleAssignmentMode'] = 'AbacRepositoryPermissions'
    caller.state.set_grants(
        'contoso', Grants(repositories={'team/*': ['pull'], 'mine': ['pull', 'push']})
    )
    assert claims(caller.refresh())['permissions']['Actions'] == []
    assert claims(caller.access('repository:team/app:pull,push'))['access'][0]['actions'] == [
        'pull'
    ]
    assert claims(caller.access('registry:catalog:*'))['access'] == []
    caller.state.set_grants('contoso', Grants(repositories={}))
    assert caller.access('repository:team/app:pull').status == 401


def test_anonymous_pull(caller: Caller) -> None:
    target = f'/oauth2/token?service={HOST}&scope=repository:hello:pull'
    assert caller.send('GET', target).status == 401
    caller.state.known['contoso']['properties']['anonymousPullEnabled'] = True
    assert claims(caller.send('GET', target))['access'][0]['name'] == 'hello'


def test_an_upload_follows_its_locations(caller: Caller) -> None:
    token = caller.bearer('repository:new:pull,push')
    begun = caller.send(
        'POST', '/v2/new/blobs/uploads/?mount=sha256:0&from=hello', Authorization=token
    )
    assert begun.status == 202
    first = dict(begun.headers)['Location']
    sent = caller.send('PATCH', first, body=b'abc', Authorization=token)
    assert dict(sent.headers)['Range'] == '0-2'
    assert caller.send('PATCH', first, body=b'abc', Authorization=token).status == 404
    last = dict(sent.headers)['Location']
    assert caller.send('PUT', f'{last}&digest=sha256:{0:064}', Authorization=token).status == 400
    done = caller.send('PUT', f'{last}&digest={images.digest(b"abc")}', Authorization=token)
    assert done.status == 201
    assert caller.send('DELETE', last, Authorization=token).status == 401


def test_a_signed_url_serves_ranges_and_accepts_no_token(caller: Caller) -> None:
    layer = images.image().blobs[1]
    token = caller.bearer('repository:hello:pull')
    moved = caller.send('GET', f'/v2/hello/blobs/{images.digest(layer)}', Authorization=token)
    parts = urllib.parse.urlsplit(dict(moved.headers)['Location'])
    target = f'{parts.path}?{parts.query}'
    assert moved.status == 307 and parts.hostname == cloud.BLOB_HOST and '//' in parts.path
    assert caller.send('GET', target, host=cloud.BLOB_HOST).body == layer
    part = caller.send('GET', target, host=cloud.BLOB_HOST, Range='bytes=1-3')
    assert (part.status, part.body) == (206, layer[1:4])
    assert caller.send('GET', target, host=cloud.BLOB_HOST, Range='bytes=9999-').status == 416
    assert caller.send('GET', target, host=cloud.BLOB_HOST, Authorization=token).status == 400
    assert caller.send('GET', target.replace('sig=', 'sig=x'), host=cloud.BLOB_HOST).status == 403
    late = caller.send(
        'GET', f'/v2/hello/blobs/{images.digest(layer)}', Authorization=token, fault='expired'
    )
    parts = urllib.parse.urlsplit(dict(late.headers)['Location'])
    assert caller.send('GET', f'{parts.path}?{parts.query}', host=cloud.BLOB_HOST).status == 403


def test_every_secret_is_recorded(caller: Caller) -> None:
    refresh = json.loads(caller.refresh().body)['refresh_token']
    assert refresh in caller.state.recorder.secrets()
    assert caller.state.app_secret in caller.state.recorder.secrets()
