# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is piped in, by real processes: a pipe, an empty one, none, a terminal, what is no text, what never ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from azext_acrhealth.probes.local.stdin import Piped, piped

PROGRAM = (
    'from azext_acrhealth.probes.local.stdin import piped\n'
    'given = piped(100, {seconds})\nprint(ascii((given.text, given.failure)))'
)
HERE = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, 'PYTHONPATH': str(HERE), 'PYTHONIOENCODING': '', 'PYTHONUTF8': '1'}


def read(
    given: bytes | int | None, seconds: float = 30.0, shell: str = '', **settings: str
) -> tuple[str, str | None]:
    """Return what a process of its own makes of its standard input: some bytes, a descriptor."""
    program = [sys.executable, '-c', PROGRAM.format(seconds=seconds)]
    how: dict[str, Any] = {'input': given} if isinstance(given, bytes) else {'stdin': given}
    done = subprocess.run(
        ['sh', '-c', f'"$@" {shell}', 'sh', *program],
        capture_output=True,
        timeout=60,
        check=True,
        env={**ENVIRONMENT, **settings},
        **how,
    )
    assert done.stderr == b''
    text, failure = eval(done.stdout)  # pylint: disable=eval-used  # our own program's
    return text, failure


@pytest.mark.parametrize(
    'content, text',
    [
        (b'hunter2\n', 'hunter2'),
        (b'hunter2', 'hunter2'),
        (b'hunter2\r\n', 'hunter2'),
        (b' a b ', ' a b '),
        (b'', ''),
        (b'\n', ''),
        (b'a\n\n', 'a\n'),
        (b'a\nb\n', 'a\nb'),
        ('pä$$wörd\n'.encode(), 'pä$$wörd'),
        (b'\xef\xbb\xbfhunter2\r\n', 'hunter2'),
        (b'x' * 99 + b'\n', 'x' * 99),
    ],
)
def test_a_pipe(content: bytes, text: str) -> None:
    assert read(content) == (text, None)


@pytest.mark.parametrize(
    'content, failure',
    [
        (b'x' * 101, 'TooLong'),
        (b'x' * 10**6, 'TooLong'),
        (b'\xff', 'NotText'),
        (b'secret\xff\n', 'NotText'),
    ],
)
def test_what_is_no_password(content: bytes, failure: str) -> None:
    assert read(content) == ('', failure)


def test_bytes_are_no_text_in_the_plainest_surroundings_either() -> None:
    text, failure = read(b'secret\xff\n', PYTHONUTF8='0', LC_ALL='C', PYTHONCOERCECLOCALE='0')
    assert (text, failure) == ('', 'NotText')


def test_more_than_is_read_is_not_waited_for() -> None:
    assert read(None, shell='</dev/zero') == ('', 'TooLong')


@pytest.mark.parametrize('shell, expected', [('<&-', ('', 'Nothing')), ('</dev/null', ('', None))])
def test_no_pipe(shell: str, expected: tuple[str, str | None]) -> None:
    assert read(None, shell=shell) == expected


def test_a_terminal() -> None:
    pty = pytest.importorskip('pty')
    near, far = pty.openpty()
    try:
        assert read(far) == ('', 'Nothing')
    finally:
        os.close(near)
        os.close(far)


def test_a_pipe_that_nobody_closes_holds_nothing_up() -> None:
    far, near = os.pipe()
    since = time.monotonic()
    try:
        os.write(near, b'half a pass')
        assert read(far, seconds=0.2) == ('', 'Timeout')
    finally:
        os.close(near)
        os.close(far)
    assert time.monotonic() - since < 20


def test_a_pipe_that_comes_in_pieces() -> None:
    far, near = os.pipe()
    with subprocess.Popen(['sh', '-c', 'printf hun; sleep 0.3; echo ter2'], stdout=near):
        os.close(near)
        assert read(far, seconds=1e300) == ('hunter2', None)
    os.close(far)


class _Odd:
    """A stream that is open at first sight only."""

    encoding = 'utf-8'

    def __init__(self, error: Exception | None = None, number: int = 0) -> None:
        self.error, self.number = error, number

    def isatty(self) -> bool:
        if self.error:
            raise self.error
        return False

    def fileno(self) -> int:
        return self.number


@pytest.mark.parametrize(
    'error', [ValueError('I/O operation on closed file'), OSError(9, 'Bad file descriptor')]
)
def test_a_stream_that_was_closed(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stdin', _Odd(error))
    assert piped(100, 1.0) == Piped(failure='Nothing')


def test_what_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(sys, 'stdin', _Odd(number=folder))
    assert piped(100, 5.0) == Piped(failure='Unreadable')
    os.close(folder)


def test_a_text_is_in_no_representation() -> None:
    assert 'hunter2' not in repr(Piped('hunter2'))
