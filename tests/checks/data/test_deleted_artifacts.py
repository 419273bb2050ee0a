# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Deleted tags and manifests; the rows of their outcomes are in test_manifest_not_found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.data.deleted_artifacts import deleted_outcome, find_deleted
from azext_acrhealth.probes.http.response import Response
from tests.checks.data.test_manifest_not_found import DIGEST, KEEPING, NEW, OLD, deleted, registry
from tests.checks.data.test_repository_reader import reader_of
from tests.checks.fake_probes import FakeProbes, response


def found(listed: Response) -> Any:
    return find_deleted(reader_of(FakeProbes(pages={'deleted tags app': listed})), tag='v9')


def test_the_last_deletion_counts() -> None:
    other = 'sha256:' + 'd' * 64
    for entries in ((('v9', other, OLD), ('v9', DIGEST, NEW)), (('v9', DIGEST, NEW),)):
        assert found(deleted('tags', *entries, ('v8', other, NEW))).digest == DIGEST
    assert found(deleted('tags', ('v9', DIGEST, 'soon'), ('v9', other, OLD))).digest == other


@pytest.mark.parametrize(
    'days, until',
    [(7, '2026-02-10T04:05:06Z'), (True, None), ('7', None), (0, None), (10**9, None)],
)
def test_until_when_it_can_be_restored(days: Any, until: str | None) -> None:
    login = registry(softDeletePolicy={'status': 'enabled', 'retentionDays': days})
    artifact = found(deleted('tags', ('v9', DIGEST, NEW)))
    outcome = deleted_outcome(artifact, 'it', 'app', login, {}, {})
    assert outcome.facts['deletedAt'] == '2026-02-03T04:05:06Z'
    assert outcome.facts['restorableUntil'] == until


@pytest.mark.parametrize('at', ['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z'])
def test_a_deletion_in_any_year(at: str) -> None:
    login = registry(softDeletePolicy={'status': 'enabled', 'retentionDays': 90})
    outcome = deleted_outcome(
        found(deleted('tags', ('v9', DIGEST, at))), 'it', 'app', login, {}, {}
    )
    assert outcome.facts['deletedAt'] and outcome.problem


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=6) | st.just(DIGEST),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(['tags', 'tag', 'digest', 'deletedAt']), inner)
        ),
    )
)
def test_any_list_is_read(content: Any) -> None:
    artifact = found(response(200, json.dumps(content).encode()))
    if artifact:
        assert deleted_outcome(artifact, 'it', 'app', KEEPING, {}, {}).problem
