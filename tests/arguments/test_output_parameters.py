# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options that write the result to files."""

from __future__ import annotations

import pytest

from tests.our_cli import fixture_settings, parsed, settings_of  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
CHECK = ('acrhealth', 'check')


def test_report_files_add_up() -> None:
    given = ('--report', 'a.html', 'b.xml', '--report', 'c.md')
    assert parsed(*CHECK, *given).reports == ['a.html', 'b.xml', 'c.md']
    assert parsed(*CHECK).reports is None


def test_report_files_are_completed() -> None:
    assert settings_of(*CHECK)['reports']['completer']
