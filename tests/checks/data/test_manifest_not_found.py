# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why a manifest is missing; the rows stand in the table of the check."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.data.manifest_not_found import why_missing
from azext_acrhealth.options import Image
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import DENIED, REGISTRY_ID, UNAUTHORIZED, response

UNKNOWN = (
    b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \\"v9\\" is not found"}]}'
)
NO_NAME = b'{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}'
HIDING = replace(
    AT,
    resource={
        'id': REGISTRY_ID,
        'properties': {'policies': {'quarantinePolicy': {'status': 'enabled'}}},
    },
)
APP, BY_DIGEST = Image('app', 'v9'), Image('app', None, 'sha256:' + 'a' * 64)


def listing(*tags: Any) -> Response:
    return response(200, json.dumps({'name': 'app', 'tags': list(tags)}).encode())


@pytest.mark.parametrize(
    'listed, image, at, reason, words',
    [
        (listing('v1', 'v8', 'x'), APP, AT, 'NoSuchTag', 'has no tag v9; there is v'),
        (listing('main', 'dev'), APP, AT, 'NoSuchTag', 'there is main, dev'),
        (listing(), APP, AT, 'NoSuchTag', 'nor any other'),
        (listing('v1'), BY_DIGEST, AT, 'NoSuchManifest', 'holds no sha256:aaaaaaaaaaaa…'),
        (response(404, NO_NAME), APP, AT, 'NoSuchRepository', 'no repository app'),
        (
            response(401, UNAUTHORIZED),
            APP,
            AT,
            'ImageNotFound',
            'app:v9 is not there: manifest tagged by "v9"',
        ),
        (response(403, DENIED), APP, AT, 'ImageNotFound', 'is not there'),
        (response(404, b'<html>'), APP, AT, 'ImageNotFound', 'is not there'),
        (listing('v9'), APP, HIDING, 'Quarantined', 'keeps what is pushed in quarantine'),
        (listing('v9'), APP, AT, 'ManifestNotServed', 'lists the tag v9'),
        (listing('v1'), APP, HIDING, 'NoSuchTag', 'there is v1'),
        (listing('v1'), BY_DIGEST, HIDING, 'Quarantined', 'keeps what is pushed'),
        (listing(None, 7, ['x'], {}), APP, AT, 'NoSuchTag', 'nor any other'),
        (response(200, b'[]'), APP, AT, 'NoSuchTag', 'nor any other'),
    ],
)
def test_what_the_list_of_tags_tells(
    listed: Response, image: Image, at: Any, reason: str, words: str
) -> None:
    found = why_missing(response(404, UNKNOWN), listed, image, at, {}, {})
    assert found.problem and (found.problem.reason, words in found.detail) == (reason, True), (
        found.detail
    )


def test_a_404_that_no_registry_wrote() -> None:
    found = why_missing(response(404, b'not here', Server='nginx'), listing(), APP, AT, {}, {})
    assert (
        found.problem
        and found.problem.reason == 'UnexpectedStatus'
        and '404 from nginx' in found.detail
    )


@given(st.binary(max_size=200), st.sampled_from([200, 401, 404, 500]))
def test_any_list_makes_a_row(body: bytes, status: int) -> None:
    found = why_missing(response(404, UNKNOWN), response(status, body), APP, AT, {}, {})
    assert found.problem and found.status.value == 'Failed'
