# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options that name a registry."""

from __future__ import annotations

import pytest

from tests.our_cli import fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')


def test_names_add_up() -> None:
    expected = ['a', 'b', 'c', 'd', 'e']
    assert parsed(*CHECK, '--name', 'a', 'b', '-n', 'c', '--name', 'd', 'e').name == expected


def test_names_and_groups_are_completed() -> None:
    found = settings_of(*CHECK)
    assert found['name']['completer'] and found['resource_group']['completer']
