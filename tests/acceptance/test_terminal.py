# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the command prints on a terminal besides the result."""

from __future__ import annotations

import os
import pathlib
import pty
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Optional

from tests.acceptance.outputs import BASE, OVERVIEW, PROGRESS, run_az
from tests.sandbox.control.sandbox import Sandbox, az_command


def run_on_terminal(
    sandbox: Sandbox,
    *arguments: str,
    output_too: bool = True,
    env: Optional[Mapping[str, str]] = None,
) -> str:
    """Run the command with a terminal as stderr (and stdout), and return its content."""
    with tempfile.TemporaryDirectory() as folder:
        config = sandbox.config_dir(pathlib.Path(folder) / 'config')
        parent_end, child_end = pty.openpty()
        variables = {
            **os.environ,
            **sandbox.environment,
            **(env or {}),
            **sandbox.cli_environment(config),
            'TERM': 'xterm',
            'COLUMNS': '200',
        }
        process = subprocess.Popen(
            [*sandbox.info['enter'], *az_command(*arguments)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=child_end if output_too else subprocess.DEVNULL,
            stderr=child_end,
            env=variables,
            start_new_session=True,
        )
        os.close(child_end)
        content = b''
        while True:
            try:
                piece = os.read(parent_end, 65536)
            except OSError:  # EIO: the other end is closed
                break
            if not piece:
                break
            content += piece
        os.close(parent_end)
        process.wait(60)
    text = content.decode('utf-8', 'replace')
    assert 'Traceback' not in text
    return text


class TestTerminal:
    """What the command prints on a terminal besides the result."""

    def test_overview_hint(self, sandbox: Sandbox) -> None:
        assert OVERVIEW in run_on_terminal(sandbox, *BASE)
        for arguments in (
            ('-o', 'table'),
            ('--query', 'healthy'),
            ('-o', 'yaml'),
            ('--only-show-errors',),
        ):
            assert OVERVIEW not in run_on_terminal(sandbox, *BASE, *arguments)
        assert OVERVIEW not in run_on_terminal(sandbox, *BASE, output_too=False)

    def test_progress(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'slow:0.5')
        assert PROGRESS in run_on_terminal(sandbox, *BASE, '-o', 'table')
        assert PROGRESS in run_on_terminal(sandbox, *BASE, '-o', 'json', output_too=False)
        assert PROGRESS not in run_on_terminal(sandbox, *BASE, '--only-show-errors')
        assert PROGRESS not in run_on_terminal(
            sandbox, *BASE, env={'AZURE_CORE_DISABLE_PROGRESS_BAR': 'true'}
        )
        finished = run_az(sandbox, '-o', 'json')
        assert PROGRESS not in finished.stdout + finished.stderr
