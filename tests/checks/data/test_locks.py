# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of what is read about locks and quarantine."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.data.locks import (
    NO_METADATA_PERMISSION,
    has_quarantine,
    read_locks,
)
from azext_acrhealth.options import Image
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.response import Response
from tests.checks.authentication.test_token_response import AT, error_of
from tests.checks.data.test_pull_response import DIGEST, NO_LOCK, attributes, with_quarantine
from tests.checks.fake_probes import UNAUTHORIZED, response

TAGGED, BY_DIGEST = Image('team/app', 'v1'), Image('team/app', None, DIGEST)
REPOSITORY, TAG, MANIFEST = attributes()


def reader(pages: dict[str, Response]) -> Any:
    return lambda repository, path: pages[f'attributes {repository} {path}'.strip()]


@pytest.mark.parametrize(
    'image, names',
    [
        (None, ['']),
        (TAGGED, ['', 'team/app:v1', f'team/app@{DIGEST}']),
        (BY_DIGEST, ['', f'team/app@{DIGEST}']),
    ],
)
def test_what_is_read(image: Image | None, names: list[str]) -> None:
    locks = read_locks(reader(attributes()), 'team/app', image, None)
    assert [item.image for item in locks.items] == names and not locks.unread
    assert locks.facts['locks'] == {name or 'repository': NO_LOCK for name in names}
    assert len(locks.requests) == len(names)
    assert locks.against('readEnabled') is None and locks.against('writeEnabled') is None


def test_the_repository_comes_before_images() -> None:
    off = {'writeEnabled': False}
    locks = read_locks(reader(attributes(off, off, off)), 'team/app', TAGGED, ('metadata_read',))
    found = locks.against('writeEnabled')
    assert found and not found.image and locks.against('readEnabled') is None


@pytest.mark.parametrize('value', [True, None, 'false', 0, []])
def test_only_false_is_a_lock(value: Any) -> None:
    locks = read_locks(reader(attributes({'writeEnabled': value})), 'team/app', None, None)
    assert locks.against('writeEnabled') is None


@pytest.mark.parametrize('actions', [(), ('pull', 'push')])
def test_without_permission_nothing_is_requested(actions: tuple[str, ...]) -> None:
    locks = read_locks(reader({}), 'team/app', TAGGED, actions)
    assert locks.unread == NO_METADATA_PERMISSION and not locks.requests


@pytest.mark.parametrize(
    'answer, unread',
    [
        (response(401, UNAUTHORIZED), NO_METADATA_PERMISSION),
        (response(403), NO_METADATA_PERMISSION),
        (response(500), 'the request for them returned 500'),
        (response(200, b'<html>'), 'the request for them returned 200'),
        (response(200, b'{"changeableAttributes":[]}'), 'the request for them returned 200'),
        (response(failure=Failure('Timeout', 'timed out')), 'timed out'),
    ],
)
def test_what_cannot_be_read(answer: Response, unread: str) -> None:
    for pages, count in (
        ({REPOSITORY: answer}, 0),
        ({**attributes(), TAG: answer}, 1),
        ({**attributes(), MANIFEST: answer}, 2),
    ):
        locks = read_locks(reader(pages), 'team/app', TAGGED, ('*',))
        assert locks.unread == unread == locks.facts['locksUnread']
        assert len(locks.items) == count


def test_what_does_not_exist_is_not_locked() -> None:
    missing = error_of(404, 'NAME_UNKNOWN', 'no such repository')
    for pages, count in (({REPOSITORY: missing}, 0), ({**attributes(), TAG: missing}, 1)):
        locks = read_locks(reader(pages), 'team/app', TAGGED, None)
        assert not locks.unread and len(locks.items) == count


@pytest.mark.parametrize(
    'state, quarantined',
    [('Passed', False), ('passed', False), ('Quarantined', True), (None, False), (1, False)],
)
def test_the_state_of_a_scan(state: Any, quarantined: bool) -> None:
    pages = attributes(manifest={'quarantineState': state})
    assert read_locks(reader(pages), 'team/app', TAGGED, None).quarantined is quarantined


def test_the_quarantine_policy() -> None:
    assert has_quarantine(with_quarantine('enabled')) is True
    assert has_quarantine(with_quarantine('disabled')) is False
    assert has_quarantine(AT) is None
