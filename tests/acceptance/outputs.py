# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the command as it is typed, and what its output must hold."""

from __future__ import annotations

from typing import Any

from tests.acceptance.rows import DISPLAY_ORDER, PASSING
from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import Finished, Sandbox

BASE = ('acrhealth', 'check', '-n', 'contoso', '--skip', 'environment')
# The rows of a run without the environment checks, and the checks that run although the challenge
# fails.
ROWS = len(DISPLAY_ORDER)
RAN = tuple(name for name in PASSING if name not in ('refresh-token', 'access-token'))
HEADLINE = (
    f'ERROR: 1 of {len(RAN)} checks failed: challenge (CONNECTIVITY_FORBIDDEN_ERROR, '
    'ClientIpNotAllowed).'
)
OVERVIEW, PROGRESS = 'run the command with `-o table`', 'checks completed'


def run_az(sandbox: Sandbox, *arguments: str, **options: Any) -> Finished:
    """Run the command as it is typed, and assert what holds for every output."""
    finished = sandbox.az(*BASE, *arguments, **options)
    assert_clean(sandbox, finished)
    return finished


def assert_verdict(finished: Finished, healthy: bool) -> None:
    """Assert the exit status, and that stderr holds the verdict only for an unhealthy registry."""
    assert finished.code == (0 if healthy else 1)
    if healthy:
        assert finished.stderr == ''
    else:
        lines = finished.stderr.splitlines()
        assert (
            lines[0] == HEADLINE
            and len(lines) == 3
            and 'az acr network-rule add --name contoso' in lines[1]
            and lines[2].endswith('see the output of `-o json`.')
        )
