# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version that a tool prints, and how it ended when it printed none."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.environment.tool_version import VERSION, ended
from azext_acrhealth.probes.local.process import CompletedCommand


@pytest.mark.parametrize(
    'text, version',
    [
        ('v3.17.3+ge4da497', '3.17.3'),
        ('Client: v4.0.0-rc.1+gfeed123', '4.0.0-rc.1'),
        (' Version:    0.6.1', '0.6.1'),
        ('go1.22', None),
        ('unknown', None),
        ('', None),
    ],
)
def test_version(text: str, version: str | None) -> None:
    found = VERSION.search(text)
    assert (found[0].lstrip('v') if found else None) == version


def test_ended() -> None:
    assert ended(CompletedCommand(2, 'usage', 'first\nlast\n')) == 'ended with 2: last'
    assert ended(CompletedCommand(1)) == 'ended with 1: it said nothing'
