# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the command as it is typed, and what its output must hold."""

from __future__ import annotations

import re
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
PROGRESS = 'checks completed'
# Beginnings of the last line, and of what stands before the failed row's code, without color.
LAST_LINE, BLOCK = 'contoso: ', 'Failed: challenge (CONNECTIVITY_FORBIDDEN_ERROR'


def run_az(sandbox: Sandbox, *arguments: str, **options: Any) -> Finished:
    """Run the command as it is typed, and assert what holds for every output."""
    finished = sandbox.az(*BASE, *arguments, **options)
    assert_clean(sandbox, finished)
    return finished


def assert_verdict(finished: Finished, healthy: bool, solutions: int = 3) -> None:
    """Assert the exit status, and that stderr holds only the verdict on an unhealthy registry."""
    assert finished.code == (0 if healthy else 1)
    if healthy:
        assert finished.stderr == ''
    else:
        lines = finished.stderr.splitlines()
        assert (
            lines[0] == HEADLINE
            and len(lines) == 1 + solutions
            and 'az acr network-rule add --name contoso' in lines[1]
        )


def assert_outline(finished: Finished, healthy: bool) -> None:
    """Assert the exit status, and that stderr holds what follows a table."""
    assert finished.code == (0 if healthy else 1)
    lines = finished.stderr.splitlines()
    assert [line for line in lines if line.startswith('ERROR: ')] == ([] if healthy else [HEADLINE])
    assert [line for line in lines if re.match(r'\d+ skipped: ', line)]
    assert any(line.startswith(BLOCK) for line in lines) is not healthy
    assert ('az acr network-rule add --name contoso' in finished.stderr) is not healthy
    state = 'healthy' if healthy else 'not healthy'
    assert lines[-1].startswith(
        f'{LAST_LINE}{state}. {len(PASSING) if healthy else len(RAN) - 1} passed'
    )
