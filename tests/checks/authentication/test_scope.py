# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the one token of a run is asked to carry."""

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
        (Options(repository='team/app', need=('pull',), image=IMAGE), 'pull'),
        (Options(repository='team/app', need=('push',), image=IMAGE), 'push,pull'),
    ],
)
def test_one_scope_serves_all_checks(options: Options, actions: str) -> None:
    assert scope_of(options) == f'repository:team/app:{actions}'


def test_without_a_repository_it_is_the_catalogue() -> None:
    assert scope_of(Options()) == CATALOG


def test_what_counts_is_spelt_as_scopes_are() -> None:
    assert required_actions(Options(need=('pull', 'metadata-write'))) == ['pull', 'metadata_write']


def test_a_token_is_not_shown() -> None:
    assert 's3cret' not in repr(
        (Login(CHALLENGED, 's3cret', None), Access('s3cret'), Options(password='s3cret'))
    )
