# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is read of a repository after a pull has failed; the rows are in test_manifest_not_found."""

from __future__ import annotations

from azext_acrhealth.checks.authentication.scope import Access, Login
from azext_acrhealth.checks.data.repository_reader import RepositoryReader
from azext_acrhealth.model import Context
from azext_acrhealth.options import Options
from tests.checks.data.test_manifest_not_found import (
    DIGEST,
    ENDPOINT,
    tag_attributes,
    tag_list,
    unknown,
)
from tests.checks.fake_probes import UNAUTHORIZED, FakeProbes, response, token_response


def reader_of(probes: FakeProbes) -> RepositoryReader:
    context = Context(None, Options(), probes, 1e9)
    login = Login(ENDPOINT, 'refresh', None)
    return RepositoryReader(context, ENDPOINT, Access('pull-token', 'app'), login, 'app', [])


def test_each_request_leaves_its_facts_and_the_token_is_requested_once() -> None:
    pages = {
        'tags app': tag_list('v9'),
        'attributes app _tags/v9': tag_attributes(DIGEST),
        f'manifest app {DIGEST}': unknown(DIGEST),
        'deleted tags app': response(401, UNAUTHORIZED),
    }
    reader = reader_of(FakeProbes(pages=pages, access=token_response('metadata-token')))
    assert reader.tags().status == 200 and reader.digest_of('v9') == DIGEST
    assert reader.manifest(DIGEST).status == 404 and reader.deleted('tags').status == 401
    assert [(request['lookup'], request['status']) for request in reader.requests] == [
        ('token', 200),
        ('tags', 200),
        ('tag', 200),
        ('manifest', 404),
        ('deleted tags', 401),
    ]
    assert '-token' not in repr(reader.requests)


def test_without_a_digest_in_its_attributes_a_tag_names_none() -> None:
    for attributes in (response(401, UNAUTHORIZED), response(200, b'{}'), tag_attributes('x')):
        assert (
            reader_of(FakeProbes(pages={'attributes app _tags/v9': attributes})).digest_of('v9')
            is None
        )
