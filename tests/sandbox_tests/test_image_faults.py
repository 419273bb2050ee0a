# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults of pulls and pushes, unknown images and canceled uploads, without a network."""

from __future__ import annotations

import json
import pathlib
import urllib.parse
from email.message import Message
from typing import Optional

import pytest

from tests.sandbox.control.state import State
from tests.sandbox.faults.fault_matrix import Faults
from tests.sandbox.faults.image_faults import OTHER_DIGEST, other_bytes
from tests.sandbox.faults.response_faults import apply_response_fault
from tests.sandbox.services import cloud, images
from tests.sandbox.services.http_messages import Request, Response
from tests.sandbox_tests.registry_caller import HOST, Caller

V1 = '/v2/hello/manifests/v1'


@pytest.fixture
def caller(tmp_path: pathlib.Path) -> 'FaultyCaller':
    return FaultyCaller(State(tmp_path))


class FaultyCaller(Caller):
    """Applies the faults that are on, as the server does."""

    def get(
        self,
        target: str,
        spec: str = '',
        method: str = 'GET',
        scope: str = 'pull',
        host: str = HOST,
    ) -> Response:
        """Return the response to a request with a token for its scope, with a fault on."""
        message = Message()
        if host == HOST:
            name = target.split('/')[2]
            message['Authorization'] = self.bearer(f'repository:{name}:{scope}')
        request = Request(method, target, message, b'', host)
        route = (self.blobs if host == cloud.BLOB_HOST else self.registry).route(request)
        found: Optional[Response] = (
            apply_response_fault(spec, request, route.handler, route.family)
            if spec
            else route.handler(request)
        )
        assert found is not None
        return found

    def blob(self, spec: str = '', data_spec: str = '') -> Response:
        """Return the response for the image's layer, after a redirect the blob host's."""
        response = self.get(f'/v2/hello/blobs/{images.digest(images.image().blobs[1])}', spec)
        if response.status != 307:
            return response
        parts = urllib.parse.urlsplit(dict(response.headers)['Location'])
        return self.get(f'{parts.path}?{parts.query}', data_spec, host=cloud.BLOB_HOST)


def error(response: Response) -> dict[str, object]:
    """Return the first error of a registry's response."""
    return dict(json.loads(response.body)['errors'][0])


def test_a_corrupt_layer_has_the_same_length_and_other_bytes(caller: FaultyCaller) -> None:
    right, wrong = caller.blob(), caller.blob(data_spec='corrupt')
    assert right.status == wrong.status == 200
    assert (
        len(right.body) == len(wrong.body)
        and right.body != wrong.body
        and right.headers[0] == wrong.headers[0]
    )


def test_a_corrupt_manifest_is_still_json(caller: FaultyCaller) -> None:
    right, wrong = caller.get(V1), caller.get(V1, 'corrupt')
    assert json.loads(wrong.body) != json.loads(right.body) and len(wrong.body) == len(right.body)
    assert (
        dict(wrong.headers)['Docker-Content-Digest']
        == images.digest(right.body)
        != images.digest(wrong.body)
    )
    assert other_bytes(b'') == b''


def test_a_wrong_digest_is_in_the_header_only(caller: FaultyCaller) -> None:
    response = caller.get(V1, 'wrongdigest')
    assert (
        dict(response.headers)['Docker-Content-Digest']
        == OTHER_DIGEST
        != images.digest(response.body)
    )
    assert 'Docker-Content-Digest' not in dict(
        caller.get('/v2/hello/manifests/v9', 'wrongdigest').headers
    )


@pytest.mark.parametrize(
    'spec, code, detail',
    [
        ('storage:403:AuthorizationFailure', b'AuthorizationFailure', b'not authorized'),
        (
            'storage:409:PublicAccessNotPermitted',
            b'PublicAccessNotPermitted',
            b'Public access is not permitted',
        ),
        (
            'storage:403:KeyVaultEncryptionKeyNotFound',
            b'KeyVaultEncryptionKeyNotFound',
            b'key vault key',
        ),
        (
            'expired',
            b'AuthenticationFailed',
            b'Signature not valid in the specified time frame: Start [',
        ),
        ('policy', b'AuthorizationFailure', b'RequestId:'),
    ],
)
def test_errors_of_storage_are_xml(
    caller: FaultyCaller, spec: str, code: bytes, detail: bytes
) -> None:
    response = caller.blob(data_spec=spec)
    assert response.status == (409 if '409' in spec else 403)
    assert b'<Code>' + code + b'</Code>' in response.body and detail in response.body
    assert dict(response.headers)['x-ms-error-code'].encode() == code


@pytest.mark.parametrize(
    'location', ['http://eusmanaged1.blob.sandbox.test/x', 'https://evil.example.test/x', '/v2/x']
)
def test_a_redirect_to_any_location(caller: FaultyCaller, location: str) -> None:
    layer = f'/v2/hello/blobs/{images.digest(images.image().blobs[1])}'
    assert dict(caller.get(layer, f'location:{location}').headers)['Location'] == location
    assert 'Location' not in dict(caller.get(layer, 'location:').headers)


def test_a_blob_comes_directly_or_with_an_expired_signature(caller: FaultyCaller) -> None:
    assert caller.blob('direct').body == images.image().blobs[1]
    assert b'Signature not valid' in caller.blob('expired').body


def test_an_error_names_what_is_missing(caller: FaultyCaller) -> None:
    assert error(caller.get('/v2/hello/manifests/v9')) == {
        'code': 'MANIFEST_UNKNOWN',
        'message': 'manifest tagged by "v9" is not found',
        'detail': {'Tag': 'v9'},
    }
    assert error(caller.get('/v2/nope/manifests/v1'))['code'] == 'MANIFEST_UNKNOWN'
    missing = caller.get(f'/v2/hello/manifests/{OTHER_DIGEST}')
    assert error(missing)['message'] == f'manifest {OTHER_DIGEST} is not found'
    assert error(caller.get('/v2/nope/tags/list', scope='metadata_read')) == {
        'code': 'NAME_UNKNOWN',
        'message': 'repository "nope" is not found',
        'detail': {'name': 'nope'},
    }


def test_quarantine_hides_a_tag_and_refuses_a_digest(caller: FaultyCaller) -> None:
    digest = images.digest(images.image().manifest)
    assert error(caller.get(V1, 'quarantined'))['code'] == 'MANIFEST_UNKNOWN'
    for target, spec in (
        (f'/v2/hello/manifests/{digest}', 'quarantined'),
        (V1, 'quarantined:always'),
    ):
        assert caller.get(target, spec).status == 403
        assert error(caller.get(target, spec))['code'] == 'IMAGE_QUARANTINED'


def test_a_canceled_session_can_stay(caller: FaultyCaller) -> None:
    begun = caller.get('/v2/new/blobs/uploads/', method='POST', scope='pull,push,delete')
    location, storage = dict(begun.headers)['Location'], caller.state.storage('contoso')
    assert caller.get(location, 'status:405', 'DELETE').status == 405 and len(storage.uploads) == 1
    assert (
        caller.get(location, 'kept', 'DELETE', 'pull,push,delete').status == 204
        and len(storage.uploads) == 1
    )
    assert (
        caller.get(location, '', 'DELETE', 'pull,push,delete').status == 204 and not storage.uploads
    )
    assert (
        dict(
            caller.get(
                '/v2/new/blobs/uploads/',
                'location:https://evil.example.test/x',
                'POST',
                'pull,push',
            ).headers
        )['Location']
        == 'https://evil.example.test/x'
    )


def test_each_step_of_an_upload_is_a_stage(caller: FaultyCaller) -> None:
    requests = {
        method: Request(method, '/v2/new/blobs/uploads/1', Message(), b'', HOST)
        for method in ('POST', 'PATCH', 'PUT', 'GET', 'DELETE')
    }
    stages = {method: caller.registry.route(request).stage for method, request in requests.items()}
    assert stages == {
        'POST': 'upload-begin',
        'PATCH': 'upload-append',
        'PUT': 'upload-finish',
        'GET': 'upload-verify',
        'DELETE': 'upload-cancel',
    }
    faults = Faults()
    faults.put('upload', 'status:500')
    faults.put('upload-cancel', 'status:401')
    assert (
        faults.take('upload-begin') == 'status:500' and faults.take('upload-cancel') == 'status:401'
    )
    assert faults.take('blob') is None
