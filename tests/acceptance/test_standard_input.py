# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A password on standard input that is missing, empty or never complete."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.codes import SLACK
from tests.acceptance.inputs import CONTOSO, SECRET
from tests.acceptance.runs import assert_clean
from tests.sandbox.control.sandbox import Sandbox, az_command

COMMAND = ('acrhealth', 'check', *CONTOSO, '-u', 'bob', '--password-stdin')
# How the shell sets standard input, the text of the message, and of the recommendation.
PIPED = [
    (
        '',
        'The password is empty',
        'Specify --username and a password',
    ),  # the tests' own standard input is empty
    ('<&-', 'nothing is piped to it', '| az acrhealth check'),
    ('</dev/zero', 'too long for a password', '| az acrhealth check'),
    (f'<<.\n{SECRET}\xff\n.\n', "isn't valid text", '| az acrhealth check'),
    (f'<<.\n{SECRET}\n{SECRET}\n.\n', 'contains a line break', 'Specify only the password'),
]


@pytest.mark.parametrize('redirection, message, advice', PIPED)
def test_standard_input(
    sandbox: Sandbox, tmp_path: pathlib.Path, redirection: str, message: str, advice: str
) -> None:
    script = tmp_path / 'script'
    script.write_bytes(f'"$@" {redirection}\n'.encode('latin-1'))
    environment = sandbox.cli_environment(sandbox.config_dir(tmp_path / 'config'))
    finished = sandbox.run(
        [
            'sh',
            str(script),
            *az_command(*COMMAND, '-o', 'json'),
        ],
        env=environment,
    )
    assert_clean(sandbox, finished)
    assert (
        (finished.code, finished.stdout) == (1, '')
        and message in finished.stderr
        and advice in finished.stderr
    ), finished.stderr
    assert SECRET not in finished.stderr and sandbox.requests() == []


def test_a_pipe_that_stays_open(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    environment = sandbox.cli_environment(sandbox.config_dir(tmp_path / 'config'))
    # Opened for both ways, a pipe is its own writer.
    finished = sandbox.run(
        [
            'sh',
            '-c',
            'mkfifo "$0" && "$@" <>"$0"',
            str(tmp_path / 'pipe'),
            *az_command(*COMMAND, '--timeout', '0.5'),
        ],
        env=environment,
    )
    assert_clean(sandbox, finished)
    assert (finished.code, finished.stdout) == (
        1,
        '',
    ) and "didn't end within 0.5 seconds" in finished.stderr, finished.stderr
    assert finished.seconds < SLACK
