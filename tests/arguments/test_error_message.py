# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where the text of `error explain` comes from, and what is rejected."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.core.azclierror import (
    AzCLIError,
    FileOperationError,
    InvalidArgumentValueError,
    MutuallyExclusiveArgumentError,
    RequiredArgumentMissingError,
)

from azext_acrhealth._validators import validate_explain
from azext_acrhealth.arguments.error_message import (
    LONGEST,
    looks_like_message,
    parse_error_text,
)
from tests.our_cli import az, fixture_settings, refusal  # noqa: F401


def rejected(message: str | None, path: str | None) -> AzCLIError:
    with pytest.raises(AzCLIError) as caught:
        parse_error_text(message, path)
    return caught.value


def test_a_message() -> None:
    assert parse_error_text('denied', None) == 'denied'


@pytest.mark.parametrize('content', ['denied ü'.encode(), 'denied ü'.encode('utf-16')])
def test_a_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'log'
    path.write_bytes(content)
    assert parse_error_text(None, str(path)) == 'denied ü'


def test_a_pipe_as_a_file(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b'denied')
    os.close(writer)
    assert parse_error_text(None, f'/dev/fd/{reader}') == 'denied'
    os.close(reader)


@pytest.mark.parametrize('path', ['-', None])
def test_standard_input(path: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.write(writer, b'denied\n')
    os.close(writer)
    with os.fdopen(reader) as stream:
        monkeypatch.setattr('sys.stdin', stream)
        assert parse_error_text(None, path) == 'denied\n'


def test_both() -> None:
    assert isinstance(rejected('a', 'b'), MutuallyExclusiveArgumentError)


@pytest.mark.parametrize('text', ['', ' \n', '\0\ufeff'])
def test_an_empty_message(text: str) -> None:
    error = rejected(text, None)
    assert isinstance(error, InvalidArgumentValueError) and 'empty' in str(error)


def test_a_message_that_is_too_long() -> None:
    assert 'longer than 4 MiB' in str(rejected('x' * (LONGEST + 1), None))


def test_a_file_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / 'log'
    path.write_bytes(b'x' * (LONGEST + 1))
    error = rejected(None, str(path))
    assert 'longer than 4 MiB' in str(error) and 'last lines' in error.recommendations[0]


def test_a_file_that_does_not_exist() -> None:
    error = rejected(None, '/nosuch')
    assert isinstance(error, FileOperationError) and str(error) == "'/nosuch' doesn't exist."


def test_a_folder(tmp_path: Path) -> None:
    error = rejected(None, str(tmp_path))
    assert isinstance(error, FileOperationError) and "can't be read" in str(error)


def test_nothing_is_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.stdin', None)
    assert isinstance(rejected(None, None), RequiredArgumentMissingError)
    assert 'Standard input is a terminal or closed' in str(rejected(None, '-'))


def test_a_pipe_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('azext_acrhealth.arguments.error_message._SECONDS', 0.1)
    reader, writer = os.pipe()
    with os.fdopen(reader) as stream, os.fdopen(writer, 'w'):
        monkeypatch.setattr('sys.stdin', stream)
        assert "didn't end" in str(rejected(None, '-'))


def test_the_validator_replaces_the_arguments() -> None:
    namespace: Any = SimpleNamespace(message='denied', file_path=None)
    validate_explain(namespace)
    assert vars(namespace) == {'text': 'denied'}


@pytest.mark.parametrize(
    'text, is_message',
    [
        ('Failed to pull image "contoso.azurecr.io/app:v1": denied', True),
        ('manifest unknown: not found', True),
        ('team/app:v1', False),
        ('my app', False),
        ('', False),
    ],
)
def test_what_looks_like_a_message(text: str, is_message: bool) -> None:
    assert looks_like_message(text) is is_message


@pytest.mark.usefixtures('settings')
def test_an_image_that_is_an_error_message() -> None:
    error = refusal('-t', 'Failed to pull image "contoso.azurecr.io/app:v1": denied')
    assert 'looks like an error message' in str(error)
    assert 'az acrhealth error explain --message' in error.recommendations[0]


@pytest.mark.usefixtures('settings')
def test_a_rejected_message_leaves_standard_output_empty() -> None:
    ended = az('acrhealth', 'error', 'explain', '-m', ' ')
    assert (ended.status, ended.stdout) == (1, '')


def test_a_stream_without_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.stdin', io.StringIO('denied'))
    assert isinstance(rejected(None, None), RequiredArgumentMissingError)
