# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Reading files, pipes and standard input within bounds."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from azext_acrhealth.probes.local import text_source
from azext_acrhealth.probes.local.text_source import (
    SourceContent,
    read_file_or_pipe,
    read_standard_input,
)
from azext_acrhealth.protocols import LimitReached


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / 'log'
    path.write_bytes(b'x' * 100)
    assert read_file_or_pipe(str(path), 100, 1.0) == SourceContent(b'x' * 100)
    assert read_file_or_pipe(str(path), 99, 1.0).failure == 'TooLong'


@pytest.mark.parametrize('path', ['/nosuch', '/nosuch/log'])
def test_no_file(path: str) -> None:
    assert read_file_or_pipe(path, 100, 1.0).failure == 'NotFound'


@pytest.mark.parametrize('path', ['/dev/null', '/', 'a\0b'])
def test_what_is_no_regular_file(path: str) -> None:
    assert read_file_or_pipe(path, 100, 1.0).failure == 'Unreadable'


def test_a_named_pipe(tmp_path: Path) -> None:
    path = str(tmp_path / 'pipe')
    os.mkfifo(path)
    # Nothing writes to it: the end comes at once, instead of never.
    assert read_file_or_pipe(path, 100, 5.0) == SourceContent(b'')


def test_a_named_pipe_where_none_can_be_opened_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / 'pipe')
    os.mkfifo(path)
    # Windows has no O_NONBLOCK, and Python has set_blocking() there since 3.12 only.
    monkeypatch.delattr(os, 'O_NONBLOCK')
    monkeypatch.delattr(os, 'set_blocking')
    writer = threading.Thread(target=lambda: Path(path).write_bytes(b'x' * 100))
    writer.start()
    assert read_file_or_pipe(path, 100, 5.0) == SourceContent(b'x' * 100)
    writer.join()


def test_a_pipe_of_a_shell() -> None:
    reader, writer = os.pipe()
    os.write(writer, b'x' * 100)
    os.close(writer)
    assert read_file_or_pipe(f'/dev/fd/{reader}', 100, 5.0) == SourceContent(b'x' * 100)
    os.close(reader)


@pytest.mark.parametrize(
    'content, longest, expected',
    [(b'abc', 3, SourceContent(b'abc')), (b'abcd', 3, SourceContent(failure='TooLong'))],
)
def test_standard_input(
    content: bytes, longest: int, expected: SourceContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    with os.fdopen(reader) as stream:
        monkeypatch.setattr('sys.stdin', stream)
        assert read_standard_input(longest, 5.0) == expected


def test_standard_input_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader) as stream, os.fdopen(writer, 'w'):
        monkeypatch.setattr('sys.stdin', stream)
        assert read_standard_input(3, 0.1).failure == 'Timeout'


def test_a_machine_without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object) -> None:
        raise LimitReached('TooManyProcesses', "can't start new thread")

    monkeypatch.setattr(text_source, 'start', start)
    reader, writer = os.pipe()
    with os.fdopen(reader) as stream, os.fdopen(writer, 'w'):
        monkeypatch.setattr('sys.stdin', stream)
        found = read_standard_input(3, 5.0)
    assert found == SourceContent(failure='Unreadable', text="can't start new thread")


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.stdin', None)
    assert read_standard_input(3, 0.1).failure == 'Nothing'
