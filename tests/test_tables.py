# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tables that fit the terminal."""

from __future__ import annotations

import io
import sys
from collections import OrderedDict

import pytest

from azext_acrhealth.tables import Line, cut, ellipsis, fit, room, terminal_width, wrap


@pytest.mark.parametrize(
    'columns, width',
    [('80', 80), ('200', 200), ('1', 80), ('4000', 200), ('', 120), ('junk', 120), ('0', 120)],
)
def test_width(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('COLUMNS', columns)
    monkeypatch.setattr(sys, '__stdout__', io.StringIO())  # no terminal
    assert terminal_width() == width


@pytest.mark.parametrize(
    'text, width, shown',
    [
        ('', 3, ''),
        ('abc', 3, 'abc'),
        ('abcd', 3, 'ab…'),
        ('a bcd', 3, 'a…'),
        ('東京', 4, '東京'),
        ('東京都', 5, '東京…'),
        ('東京都', 4, '東…'),
        ('abcd', 1, '…'),
    ],
)
def test_cut(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_cut_without_an_ellipsis() -> None:
    assert cut('abcdef', 5, '...') == 'ab...'


@pytest.mark.parametrize(
    'encoding, end', [('utf-8', '…'), ('cp1252', '…'), ('ascii', '...'), ('cp437', '...')]
)
def test_what_the_console_cannot_show(
    encoding: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, 'stdout', io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert ellipsis() == end


def lines(first: str, second: str, detail: str) -> list[Line]:
    return [OrderedDict(First=first, Second=second, Detail=detail)]


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the terminal have 80 columns."""
    monkeypatch.setenv('COLUMNS', '80')


def test_the_last_column_is_cut() -> None:
    (line,) = fit(lines('a', 'b', 'x' * 100))
    # A header is padded by two, and two columns are between columns.
    assert line['Detail'] == 'x' * (80 - 7 - 2 - 8 - 2 - 1) + '…'


def test_a_column_gives_way() -> None:
    (line,) = fit(lines('a', 'b' * 60, 'x' * 100), dispensable=['Second', 'First'])
    assert list(line) == ['First', 'Detail'] and len(line['Detail']) == 71
    (line,) = fit(lines('a', 'b' * 50, 'x' * 100), dispensable=['Second'])
    assert list(line) == ['First', 'Second', 'Detail']


def test_the_widest_column_is_cut_where_none_gives_way() -> None:
    (line,) = fit(lines('a', 'b' * 100, 'x' * 100))
    assert [len(line[name]) for name in line] == [1, 80 - 7 - 2 - 2 - 14, 14]


def test_wrapped_paragraphs_fit() -> None:
    (line,) = wrap(lines('a', 'b' * 30, 'some words ' * 10 + '\n1. ' + '--a-b ' * 20), 'Detail')
    paragraphs = line['Detail'].splitlines()
    assert max(map(len, paragraphs)) <= room([line], 'Detail')
    numbered = next(index for index, text in enumerate(paragraphs) if text.startswith('1. '))
    assert all(text.startswith('   --a-b') for text in paragraphs[numbered + 1 :])


def test_nothing() -> None:
    assert fit([]) == []
