# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the command prints on a terminal besides the result."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import tempfile
import termios
from collections.abc import Mapping
from typing import Optional

import pytest

from tests.acceptance.outputs import BASE, BLOCK, HEADLINE, LAST_LINE, PROGRESS, run_az
from tests.sandbox.control.sandbox import Sandbox, az_command


def run_on_terminal(
    sandbox: Sandbox,
    *arguments: str,
    output_too: bool = True,
    columns: int = 0,
    env: Optional[Mapping[str, str]] = None,
) -> str:
    """Run the command with a terminal as stderr (and stdout), and return its content."""
    with tempfile.TemporaryDirectory() as folder:
        config = sandbox.config_dir(pathlib.Path(folder) / 'config')
        parent_end, child_end = pty.openpty()
        if columns:
            size = struct.pack('HHHH', 40, columns, 0, 0)
            fcntl.ioctl(child_end, termios.TIOCSWINSZ, size)
        variables = {
            **sandbox.cli_environment(config),
            'TERM': 'xterm',
            'COLUMNS': '200',
            **(env or {}),
        }
        process = subprocess.Popen(
            [*sandbox.info['enter'], *az_command(*arguments)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=child_end if output_too else subprocess.DEVNULL,
            stderr=child_end,
            env=sandbox.variables(variables),
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

    @pytest.mark.parametrize('form', ['json', 'yaml', 'table'])
    def test_outline(self, sandbox: Sandbox, form: str) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        shown = run_on_terminal(sandbox, *BASE, '-o', form)
        *_, last = shown.rstrip().splitlines()
        assert last.startswith(f'{LAST_LINE}not healthy. ')
        assert shown.count(BLOCK) == 1 and 'ERROR: ' not in shown
        assert shown.index(BLOCK) > shown.rindex('anonymous-pull'), 'after the output'

    def test_no_outline(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        for arguments in (('--query', 'healthy'), ('-o', 'tsv'), ('-o', 'none')):
            shown = run_on_terminal(sandbox, *BASE, *arguments)
            assert HEADLINE in shown and BLOCK not in shown and LAST_LINE not in shown
        shown = run_on_terminal(sandbox, *BASE, output_too=False)
        assert HEADLINE in shown and BLOCK not in shown, 'where only stderr is a terminal'

    def test_only_errors(self, sandbox: Sandbox) -> None:
        arguments = (*BASE, '--only-show-errors', '-o', 'table')
        assert LAST_LINE not in run_on_terminal(sandbox, *arguments)
        sandbox.set_fault('challenge@contoso', 'denied')
        shown = run_on_terminal(sandbox, *arguments)
        assert BLOCK in shown and LAST_LINE not in shown and ' skipped: ' not in shown

    @pytest.mark.parametrize(
        'variables, colored',
        [
            ({'AZURE_CORE_NO_COLOR': 'false'}, True),
            ({'AZURE_CORE_NO_COLOR': 'true'}, False),
            ({'AZURE_CORE_NO_COLOR': 'false', 'NO_COLOR': '1'}, False),
            ({'AZURE_CORE_NO_COLOR': 'false', 'AZURE_CORE_THEME': 'none'}, False),
        ],
    )
    def test_color(self, sandbox: Sandbox, variables: Mapping[str, str], colored: bool) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        shown = run_on_terminal(
            sandbox, *BASE, '-o', 'table', env={'PYTHONIOENCODING': 'utf-8', **variables}
        )
        assert ('\x1b[91m✗ challenge\x1b[0m (CONNECTIVITY_FORBIDDEN_ERROR' in shown) is colored
        assert ('\x1b[91m✗ contoso: not healthy.' in shown) is colored

    def test_width(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'denied')
        shown = run_on_terminal(sandbox, *BASE, '-o', 'table', env={'COLUMNS': ''}, columns=90)
        rule = next(line for line in shown.splitlines() if set(line) == {'-', ' '})
        assert len(rule) == 90

    def test_progress(self, sandbox: Sandbox) -> None:
        sandbox.set_fault('challenge@contoso', 'slow:2')
        shown = run_on_terminal(sandbox, *BASE, '-o', 'table')
        assert f'{PROGRESS}, running: challenge' in shown
        assert PROGRESS in run_on_terminal(sandbox, *BASE, '-o', 'json', output_too=False)
        assert PROGRESS not in run_on_terminal(sandbox, *BASE, '--only-show-errors')
        assert PROGRESS not in run_on_terminal(
            sandbox, *BASE, env={'AZURE_CORE_DISABLE_PROGRESS_BAR': 'true'}
        )
        finished = run_az(sandbox, '-o', 'json')
        assert PROGRESS not in finished.stdout + finished.stderr
