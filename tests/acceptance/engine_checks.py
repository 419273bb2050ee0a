# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the checks of the container engine, and results that several tests expect."""

from __future__ import annotations

from typing import Any, Optional

from tests.acceptance.programs import (
    ANSWERING,
    printing,
    script_of,
)
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

End = tuple[str, Optional[str], Optional[str]]
PASSED, SKIPPED = ('Passed', None, None), ('Skipped', None, None)
CHECKS = ('engine-client', 'engine-version', 'engine-daemon', 'engine-pull')
COMMAND, VERSION = 'DOCKER_COMMAND_ERROR', 'DOCKER_VERSION_ERROR'
DAEMON, PULL = 'DOCKER_DAEMON_ERROR', 'DOCKER_PULL_ERROR'
IMAGE = 'mcr.microsoft.com/mcr/hello-world:latest'
NO_DAEMON = ('Failed', DAEMON, 'DaemonUnreachable')
NOT_EXECUTABLE = ('Failed', COMMAND, 'NotExecutable')


def check_engine(
    sandbox: Sandbox, *arguments: str, path: Optional[object] = None, **options: Any
) -> Run:
    """Run the engine's checks; with `path`, it is the only folder on PATH."""
    env = {**options.pop('env', {}), **({} if path is None else {'PATH': str(path)})}
    return check(sandbox, '--only', *CHECKS, *arguments, environment=True, env=env, **options)


def results_of(run: Run) -> tuple[End, ...]:
    """Return how the four checks ended."""
    return tuple((row['status'], row['code'], row['reason']) for row in map(run.row, CHECKS))


GOOD = script_of(version=printing(ANSWERING), info='exit 0', pull='exit 0')
VERSION_FAILED: End = ('Failed', VERSION, 'VersionCommandFailed')
