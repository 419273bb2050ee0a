# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options that select registries."""

from __future__ import annotations

import pytest

from tests.our_cli import fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')


def test_regions_and_tags_add_up() -> None:
    namespace = parsed(*CHECK, '-l', 'a', 'b', '--location', 'c', '--tag', 'd', '--tag', 'e=f')
    assert (namespace.locations, namespace.tags) == (['a', 'b', 'c'], ['d', 'e=f'])


def test_regions_are_completed() -> None:
    assert settings_of(*CHECK)['locations']['completer']
