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
        (
            tag_list('v1', 'v8', 'x'),
            APP,
            AT,
            'NoSuchTag',
            'has no tag v9; existing tags: v1, v8, x',
        ),
        (tag_list('main', 'v9.0'), APP, AT, 'NoSuchTag', 'has no tag v9; similar tags: v9.0'),
        (tag_list('main', 'dev'), APP, AT, 'NoSuchTag', 'existing tags: main, dev'),
        (tag_list(), APP, AT, 'NoSuchTag', 'it has no tags'),
        (tag_list('v1'), BY_DIGEST, AT, 'NoSuchManifest', 'has no manifest sha256:aaaaaaaaaaaa…'),
        (response(404, NAME_UNKNOWN), APP, AT, 'NoSuchRepository', 'repository app not found'),
        (
            response(401, UNAUTHORIZED),
            APP,
            AT,
            'ImageNotFound',
            'app:v9 not found: manifest tagged by "v9"',
        ),
        (response(403, DENIED), APP, AT, 'ImageNotFound', 'app:v9 not found'),
        (response(404, b'<html>'), APP, AT, 'ImageNotFound', 'app:v9 not found'),
        (
            tag_list('v9'),
            APP,
            WITH_QUARANTINE,
            'Quarantined',
            "app:v9 exists, but the registry's quarantine policy hides it",
        ),
        (
            tag_list('v9'),
            APP,
            AT,
            'ManifestNotServed',
            'app lists tag v9, but returns no manifest for it',
        ),
        (tag_list('v1'), APP, WITH_QUARANTINE, 'NoSuchTag', 'existing tags: v1'),
        (
            tag_list('v1'),
            BY_DIGEST,
            WITH_QUARANTINE,
            'Quarantined',
            'app@sha256:' + 'a' * 64 + ' exists, but',
        ),
        (tag_list(None, 7, ['x'], {}), APP, AT, 'NoSuchTag', 'it has no tags'),
        (response(200, b'[]'), APP, AT, 'NoSuchTag', 'it has no tags'),
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
