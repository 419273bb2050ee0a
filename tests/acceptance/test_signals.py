# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Several signals, a terminal that is closed, and a signal before the checks begin."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import signal
import subprocess
import termios
import time

import pytest

from tests.acceptance.interrupts import run_and_interrupt
from tests.acceptance.programs import HANGS, surviving_processes, write_program
from tests.sandbox.control.sandbox import Sandbox, az_command

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PAIRS = [(first, second) for first in SIGNALS for second in SIGNALS]


@pytest.mark.parametrize('first, second', PAIRS, ids=lambda number: number.name)
def test_two_signals_at_once(
    sandbox: Sandbox, tmp_path: pathlib.Path, first: signal.Signals, second: signal.Signals
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    sandbox.set_fault('challenge', 'hang')
    _, code, stdout, stderr = run_and_interrupt(
        sandbox,
        config,
        ['-n', 'contoso', '--skip', 'environment', '-o', 'json'],
        lambda: bool(sandbox.requests('challenge')),
        number=first,
        ready_again=lambda: True,
        second=second,
    )
    # Python handles those that are pending at once by their numbers.
    statuses = {1 if number == signal.SIGINT else 128 + number for number in (first, second)}
    assert code in statuses, stderr
    report = json.loads(stdout)
    assert report['healthy'] is False and 'Traceback' not in stderr
    assert {row['detail'] for row in report['checks']} >= {'interrupted'}


@pytest.mark.parametrize('second', [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_two_signals_leave_no_tool_running(
    sandbox: Sandbox, tmp_path: pathlib.Path, second: signal.Signals
) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    tools = [write_program(tmp_path, name, HANGS) for name in ('docker', 'helm', 'notary')]

    def all_run() -> bool:
        return all(path.with_name(f'{path.name}.pids').exists() for path in tools)

    _, code, stdout, _ = run_and_interrupt(
        sandbox,
        config,
        ['-o', 'json'],
        all_run,
        path=tmp_path,
        number=signal.SIGTERM,
        ready_again=lambda: True,
        second=second,
    )
    assert code in (143, 1 if second == signal.SIGINT else 143) and json.loads(stdout)['checks']
    assert surviving_processes(*tools) == []


@pytest.mark.parametrize('ignored', [False, True])
def test_a_terminal_that_is_closed(sandbox: Sandbox, tmp_path: pathlib.Path, ignored: bool) -> None:
    """Its end is a SIGHUP, and every write to it fails."""
    config, output = sandbox.config_dir(tmp_path / 'config'), tmp_path / 'output'
    sandbox.set_fault('challenge', 'slow:4' if ignored else 'hang')
    master, terminal = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)

    az = az_command('acrhealth', 'check', '-n', 'contoso')
    with output.open('wb') as stdout:
        process = subprocess.Popen(
            [*sandbox.info['enter'], *az, '--skip', 'environment', '-o', 'json'],
            env=sandbox.variables(sandbox.cli_environment(config)),
            stdin=terminal,
            stdout=stdout,
            stderr=terminal,
            preexec_fn=own_terminal,
        )
    os.close(terminal)
    os.set_blocking(master, False)
    until = time.monotonic() + 60
    while not sandbox.requests('challenge') and time.monotonic() < until:
        with contextlib.suppress(BlockingIOError):
            os.read(master, 65536)
        time.sleep(0.05)
    os.close(master)
    assert process.wait(60) == (0 if ignored else 129)
    report = json.loads(output.read_text('utf-8'))
    assert report['healthy'] is ignored


def test_a_signal_while_the_password_is_read(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    config = sandbox.config_dir(tmp_path / 'config')
    reader, writer = os.pipe()
    started = time.monotonic()
    try:
        _, code, stdout, stderr = run_and_interrupt(
            sandbox,
            config,
            ['-n', 'contoso', '-u', 'builder', '--password-stdin'],
            lambda: time.monotonic() > started + 3,
            number=0,
            # Process 1 of a PID namespace ignores signals that it has no handler for.
            enter=(
                *('unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c'),
                '(sleep 3; kill -TERM 1) & exec "$@"',
                'sh',
            ),
            stdin=reader,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert (code, stdout) == (143, '') and 'Traceback' not in stderr
    assert time.monotonic() < started + 30
