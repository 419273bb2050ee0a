# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why a manifest is missing; the rows are in the table of the `manifest` check."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.data.manifest_not_found import not_found_outcome
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import DENIED, REGISTRY_ID, UNAUTHORIZED, response

MANIFEST_UNKNOWN = (
    b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \\"v9\\" is not found"}]}'
)
NAME_UNKNOWN = b'{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}'
WITH_QUARANTINE = replace(
    AT,
    resource={
        'id': REGISTRY_ID,
        'properties': {'policies': {'quarantinePolicy': {'status': 'enabled'}}},
    },
)
APP, BY_DIGEST = Image('app', 'v9'), Image('app', None, 'sha256:' + 'a' * 64)


def tag_list(*tags: Any) -> Response:
    return response(200, json.dumps({'name': 'app', 'tags': list(tags)}).encode())


@pytest.mark.parametrize(
    'tags, image, at, reason, text',
    [
        (tag_list('v1', 'v8', 'x'), APP, AT, 'NoSuchTag', 'has no tag v9; there is v'),
        (tag_list('main', 'dev'), APP, AT, 'NoSuchTag', 'there is main, dev'),
        (tag_list(), APP, AT, 'NoSuchTag', 'nor any other'),
        (tag_list('v1'), BY_DIGEST, AT, 'NoSuchManifest', 'holds no sha256:aaaaaaaaaaaa…'),
        (response(404, NAME_UNKNOWN), APP, AT, 'NoSuchRepository', 'no repository app'),
        (
            response(401, UNAUTHORIZED),
            APP,
            AT,
            'ImageNotFound',
            'app:v9 is not there: manifest tagged by "v9"',
        ),
        (response(403, DENIED), APP, AT, 'ImageNotFound', 'is not there'),
        (response(404, b'<html>'), APP, AT, 'ImageNotFound', 'is not there'),
        (tag_list('v9'), APP, WITH_QUARANTINE, 'Quarantined', 'keeps what is pushed in quarantine'),
        (tag_list('v9'), APP, AT, 'ManifestNotServed', 'lists the tag v9'),
        (tag_list('v1'), APP, WITH_QUARANTINE, 'NoSuchTag', 'there is v1'),
        (tag_list('v1'), BY_DIGEST, WITH_QUARANTINE, 'Quarantined', 'keeps what is pushed'),
        (tag_list(None, 7, ['x'], {}), APP, AT, 'NoSuchTag', 'nor any other'),
        (response(200, b'[]'), APP, AT, 'NoSuchTag', 'nor any other'),
    ],
)
def test_the_list_of_tags_decides(
    tags: Response, image: Image, at: Any, reason: str, text: str
) -> None:
    outcome = not_found_outcome(response(404, MANIFEST_UNKNOWN), tags, image, at, {}, {})
    assert outcome.problem and outcome.problem.reason == reason
    assert text in outcome.detail, outcome.detail


def test_a_404_that_another_server_wrote() -> None:
    outcome = not_found_outcome(
        response(404, b'not here', Server='nginx'), tag_list(), APP, AT, {}, {}
    )
    assert outcome.problem and outcome.problem.reason == 'UnexpectedStatus'
    assert '404 from nginx' in outcome.detail


@given(st.binary(max_size=200), st.sampled_from([200, 401, 404, 500]))
def test_any_tag_list_makes_a_row(body: bytes, status: int) -> None:
    outcome = not_found_outcome(
        response(404, MANIFEST_UNKNOWN), response(status, body), APP, AT, {}, {}
    )
    assert outcome.problem and outcome.status.value == 'Failed'
