# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the checks and interrupt them once a condition holds."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Optional

from tests.sandbox.control.sandbox import Sandbox, az_command


def restore_sigint() -> None:
    """Restore the default SIGINT handler, which a shell in the background disables."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_and_interrupt(
    sandbox: Sandbox,
    config: pathlib.Path,
    arguments: Sequence[str],
    ready: Callable[[], bool],
    path: Optional[pathlib.Path] = None,
    number: int = signal.SIGINT,
    enter: Sequence[str] = (),
    ready_again: Optional[Callable[[], bool]] = None,
    second: Optional[int] = None,
    stdin: int = subprocess.DEVNULL,
) -> tuple[float, Optional[int], str, str]:
    """Run the checks, send a signal once `ready()` is true, and return the result.

    The result is the monotonic time of the signal, the exit status, stdout and stderr. `enter` is
    put before the command of `az`. With `ready_again`, the signal is sent a second time, or
    `second` in its place.
    """
    az = az_command('acrhealth', 'check', *arguments)
    env = sandbox.variables(sandbox.cli_environment(config))
    with tempfile.TemporaryDirectory() as empty:
        process = subprocess.Popen(
            [
                *sandbox.info['enter'],
                'sh',
                '-c',
                'cd "$0" && PATH=$1 && shift && exec "$@"',
                empty,
                str(path or os.environ['PATH']),
                *enter,
                *az,
            ],
            env=env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=restore_sigint,
        )
        try:
            for condition, sent in ((ready, number), (ready_again, second or number)):
                if condition is None:
                    continue
                until = time.monotonic() + 60
                while not condition() and time.monotonic() < until:
                    time.sleep(0.05)
                interrupted_at = time.monotonic()
                os.kill(process.pid, sent)
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    return interrupted_at, process.returncode, stdout, stderr
