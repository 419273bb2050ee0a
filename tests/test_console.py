# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Styled text on stderr."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from azext_acrhealth import console

LINE = [('error', 'bad'), ('primary', ' – worse')]


def stderr_in(encoding: str, monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """Return what stderr, which has an encoding, gets from now on."""
    content = io.BytesIO()
    monkeypatch.setattr(sys, 'stderr', io.TextIOWrapper(content, encoding=encoding))
    return content


def test_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = stderr_in('ascii', monkeypatch)
    console.write([LINE, [('primary', '')]], color=False)
    assert stderr.getvalue() == b'bad \\u2013 worse\n\n'


def test_no_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'stderr', None)
    console.write([LINE], color=False)


def test_color(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.cli.core.style import format_styled_text

    stderr = stderr_in('ascii', monkeypatch)
    monkeypatch.setattr(format_styled_text, 'theme', 'dark', raising=False)
    console.write([LINE], color=True)
    assert stderr.getvalue() == b'\x1b[91mbad\x1b[0m \\u2013 worse\x1b[0m\n'


@pytest.mark.parametrize(
    'enabled, variable, colored', [(True, '', True), (True, '1', False), (False, '', False)]
)
def test_where_there_is_color(
    enabled: bool, variable: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('NO_COLOR', variable)
    assert console.has_color(SimpleNamespace(enable_color=enabled)) is colored


@pytest.mark.parametrize('encoding, shown', [('utf-8', True), ('ascii', False), ('cp1252', False)])
def test_marks_need_an_encoding_that_has_them(
    encoding: str, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr_in(encoding, monkeypatch)
    assert console.can_show_marks() is shown


def test_commands_have_a_style() -> None:
    assert console.with_commands('`a b` and `c`.') == [
        ('action', '`a b`'),
        ('primary', ' and '),
        ('action', '`c`'),
        ('primary', '.'),
    ]
