# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The file or standard input that an option names, and the errors about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from azure.cli.core.azclierror import InvalidArgumentValueError

from azext_acrhealth.arguments.text_sources import STANDARD_INPUT, read_source, source_error

FAILURES = {
    'Nothing': ('{source} has nothing.', 'Pipe it.'),
    'NotFound': ("{source} doesn't exist.", 'Check the path.'),
    'Unreadable': ("{source} can't be read: {text}.", 'Check the permissions.'),
    'TooLong': ('{source} is too long.', 'Use less.'),
}


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / 'a.log'
    path.write_bytes(b'denied')
    assert read_source(str(path), 10, 1, FAILURES) == (f"'{path}'", b'denied')
    with pytest.raises(InvalidArgumentValueError, match='is too long') as caught:
        read_source(str(path), 5, 1, FAILURES)
    assert str(caught.value) == f"'{path}' is too long."


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stdin', None)
    with pytest.raises(InvalidArgumentValueError, match='^Standard input has nothing.$'):
        read_source(STANDARD_INPUT, 10, 1, FAILURES)


@pytest.mark.parametrize(
    'kind, error, message',
    [
        ('NotFound', 'FileOperationError', "'a' doesn't exist."),
        ('Unreadable', 'FileOperationError', "'a' can't be read: no {source}."),
        ('TooLong', 'InvalidArgumentValueError', "'a' is too long."),
    ],
)
def test_errors(kind: str, error: str, message: str) -> None:
    raised = source_error(FAILURES, kind, "'a'", 'no {source}')
    assert (type(raised).__name__, str(raised)) == (error, message)
