# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of reading standard input, with real processes: pipes, terminals, invalid text, hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from azext_acrhealth.probes.local.stdin import StdinText, read_stdin

PROGRAM = (
    'from azext_acrhealth.probes.local.stdin import read_stdin\n'
    'given = read_stdin(100, {seconds})\nprint(ascii((given.text, given.failure)))'
)
ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONIOENCODING': '', 'PYTHONUTF8': '1'}


def read(
    given: bytes | int | None, seconds: float = 30.0, shell: str = '', **settings: str
) -> tuple[str, str | None]:
    """Return what a subprocess reads from its standard input: bytes or a descriptor."""
    program = [sys.executable, '-c', PROGRAM.format(seconds=seconds)]
    stdin: dict[str, Any] = {'input': given} if isinstance(given, bytes) else {'stdin': given}
    completed = subprocess.run(
        ['sh', '-c', f'"$@" {shell}', 'sh', *program],
        capture_output=True,
        timeout=60,
        check=True,
        env={**ENVIRONMENT, **settings},
        **stdin,
    )
    assert completed.stderr == b''
    text, failure = eval(completed.stdout)  # pylint: disable=eval-used  # written by our own program
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
        # Windows PowerShell 5.1 pipes a byte order mark, whatever the console's code page is.
        (b'\xef\xbb\xbfhunter2\r\n', 'hunter2'),
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
def test_invalid_content(content: bytes, failure: str) -> None:
    assert read(content) == ('', failure)


def test_invalid_text_in_the_c_locale() -> None:
    text, failure = read(b'secret\xff\n', PYTHONUTF8='0', LC_ALL='C', PYTHONCOERCECLOCALE='0')
    assert (text, failure) == ('', 'NotText')


def test_an_endless_stream() -> None:
    assert read(None, shell='</dev/zero') == ('', 'TooLong')


@pytest.mark.parametrize('shell, expected', [('<&-', ('', 'Nothing')), ('</dev/null', ('', None))])
def test_no_pipe(shell: str, expected: tuple[str, str | None]) -> None:
    assert read(None, shell=shell) == expected


def test_a_terminal() -> None:
    pty = pytest.importorskip('pty')
    write_end, read_end = pty.openpty()
    try:
        assert read(read_end) == ('', 'Nothing')
    finally:
        os.close(write_end)
        os.close(read_end)


def test_a_pipe_that_is_never_closed_times_out() -> None:
    read_end, write_end = os.pipe()
    since = time.monotonic()
    try:
        os.write(write_end, b'half a pass')
        assert read(read_end, seconds=0.2) == ('', 'Timeout')
    finally:
        os.close(write_end)
        os.close(read_end)
    assert time.monotonic() - since < 20


def test_a_pipe_that_comes_in_pieces() -> None:
    read_end, write_end = os.pipe()
    with subprocess.Popen(['sh', '-c', 'printf hun; sleep 0.3; echo ter2'], stdout=write_end):
        os.close(write_end)
        assert read(read_end, seconds=1e300) == ('hunter2', None)
    os.close(read_end)


class _BrokenStream:
    """A stream that looks open but fails."""

    encoding = 'utf-8'

    def __init__(self, error: Exception | None = None, descriptor: int = 0) -> None:
        self.error, self.descriptor = error, descriptor

    def isatty(self) -> bool:
        if self.error:
            raise self.error
        return False

    def fileno(self) -> int:
        return self.descriptor


@pytest.mark.parametrize(
    'error', [ValueError('I/O operation on closed file'), OSError(9, 'Bad file descriptor')]
)
def test_a_stream_that_was_closed(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stdin', _BrokenStream(error))
    assert read_stdin(100, 1.0) == StdinText(failure='Nothing')


def test_a_stream_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(sys, 'stdin', _BrokenStream(descriptor=folder))
    assert read_stdin(100, 5.0) == StdinText(failure='Unreadable')
    os.close(folder)


def test_repr_omits_the_text() -> None:
    assert 'hunter2' not in repr(StdinText('hunter2'))
