# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A run that somebody interrupts as soon as something has come about."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Optional

from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import azure_cli


def heeds_interrupts() -> None:
    """Take the interrupt as a terminal's program does: a shell that starts tests in the background ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(
    sandbox: Sandbox,
    config: pathlib.Path,
    arguments: Sequence[str],
    ready: Callable[[], bool],
    path: Optional[pathlib.Path] = None,
) -> tuple[float, Optional[int], str, str]:
    """Run the checks, interrupt them once it is `ready`, and return when that was and what came of it."""
    az = [
        os.environ.get('ACRHEALTH_TEST_CLI_PYTHON') or sys.executable,
        '-m',
        'azure.cli',
        'acrhealth',
        'check',
        *arguments,
    ]
    env = {
        **azure_cli.without_unwanted(os.environ),
        **sandbox.environment,
        'AZURE_CONFIG_DIR': str(config),
        'AZURE_EXTENSION_DIR': str(sandbox.extension_dir),
    }
    with tempfile.TemporaryDirectory() as empty:
        process = subprocess.Popen(
            [
                *sandbox.info['enter'],
                'sh',
                '-c',
                'cd "$0" && PATH=$1 && shift && exec "$@"',
                empty,
                str(path or os.environ['PATH']),
                *az,
            ],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heeds_interrupts,
        )
        try:
            until = time.monotonic() + 30
            while not ready() and time.monotonic() < until:
                time.sleep(0.05)
            begun = time.monotonic()
            os.kill(process.pid, signal.SIGINT)
            stdout, stderr = process.communicate(timeout=20)
        finally:
            process.kill()
    return begun, process.returncode, stdout, stderr
