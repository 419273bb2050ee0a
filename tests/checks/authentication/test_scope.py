# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the scope that a run requests."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.authentication.scope import (
    CATALOG,
    Access,
    Login,
    required_actions,
    scope_of,
)
from azext_acrhealth.options import Image, Options
from tests.checks.authentication.test_refresh_token import CHALLENGED

IMAGE = Image('team/app')


@pytest.mark.parametrize(
    'options, actions',
    [
        (Options(repository='team/app', need=('pull', 'metadata-read')), 'pull,metadata_read'),
        (Options(repository='team/app', need=('pull',), image=IMAGE), 'pull,metadata_read'),
        (Options(repository='team/app', need=('push',), image=IMAGE), 'push,pull,metadata_read'),
        (
            Options(repository='team/app', need=('pull', 'push'), push=True),
            'pull,push,delete,metadata_read',
        ),
    ],
)
def test_one_scope_serves_all_checks(options: Options, actions: str) -> None:
    assert scope_of(options) == f'repository:team/app:{actions}'


def test_without_a_repository_the_scope_is_the_catalog() -> None:
    assert scope_of(Options()) == CATALOG


def test_required_actions_are_spelled_as_in_scopes() -> None:
    assert required_actions(Options(need=('pull', 'metadata-write'))) == ['pull', 'metadata_write']


def test_a_token_is_not_shown() -> None:
    assert 's3cret' not in repr(
        (Login(CHALLENGED, 's3cret', None), Access('s3cret'), Options(password='s3cret'))
    )
