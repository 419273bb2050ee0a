# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version in a tool's output, and the error text of a tool that failed."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.environment.tool_version import VERSION, failure_text
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
    match = VERSION.search(text)
    assert (match[0].lstrip('v') if match else None) == version


def test_failure_text() -> None:
    assert (
        failure_text(CompletedCommand(2, 'usage', 'first\nlast\n')) == 'exited with status 2: last'
    )
    assert failure_text(CompletedCommand(1)) == 'exited with status 1: no error message'
