# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Fit the lines of a table into the width of the terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from azext_acrhealth.lazy_patterns import lazy_pattern

# Columns of a table: as many as the terminal has, within these limits; without a terminal, MIDDLE.
NARROWEST, MIDDLE, WIDEST = 80, 120, 200
# tabulate, which the CLI prints tables with, puts two columns between columns and pads each header
# by two.
GAP, HEADER = 2, 2
# A last column narrower than this tells nothing: columns that may be left out make room for it.
_LEAST = 14
_ELLIPSIS, _PLAIN_ELLIPSIS = '…', '...'
# What numbers a paragraph; it also matches a paragraph without a number.
_NUMBER = lazy_pattern(r'(?:\d+\. )?')

Line = OrderedDict[str, str]


def terminal_width() -> int:
    """Return the width of tables. The environment variable COLUMNS overrides the terminal's."""
    return min(max(shutil.get_terminal_size((MIDDLE, 24)).columns, NARROWEST), WIDEST)


def fit(lines: list[Line], dispensable: Sequence[str] = ()) -> list[Line]:
    """Return the lines so that each fits the width, the last column cut.

    The `dispensable` columns are left out, in this order, while the last one has no room.
    """
    if not lines:
        return lines
    end = ellipsis()
    for name in dispensable:
        if _missing_room(lines) > 0:
            for line in lines:
                del line[name]
    *others, last = lines[0]
    missing = _missing_room(lines)
    if missing > 0 and others:
        widest = max(others, key=lambda name: _width_of(name, lines))
        _cut_column(lines, widest, _width_of(widest, lines) - missing, end)
    _cut_column(lines, last, room(lines, last), end)
    return lines


def column_width(name: str, cells: Iterable[str]) -> int:
    """Return the width of a column of a table, without what is between columns."""
    parts = (part for cell in cells for part in cell.split('\n'))
    return max(len(name) + HEADER, *map(_columns, parts))


def room(lines: Sequence[Line], column: str) -> int:
    """Return how much of the width the other columns leave for one."""
    others = (name for name in lines[0] if name != column)
    return terminal_width() - sum(_width_of(name, lines) + GAP for name in others)


def wrap(lines: list[Line], column: str) -> list[Line]:
    """Return the lines with the paragraphs of a column wrapped so that each line fits the width.

    A numbered paragraph is indented.
    """
    width = max(room(lines, column), _LEAST)
    for line in lines:
        line[column] = '\n'.join(
            textwrap.fill(
                paragraph,
                width,
                subsequent_indent=' ' * len(_NUMBER.match(paragraph)[0]),  # type: ignore[index]
                break_on_hyphens=False,
            )
            for paragraph in line[column].split('\n')
        )
    return lines


def ellipsis() -> str:
    """Return what ends a text that was cut, as far as the console can show it."""
    encoding = getattr(sys.stdout, 'encoding', None) or 'ascii'
    try:
        _ELLIPSIS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _PLAIN_ELLIPSIS
    return _ELLIPSIS


def cut(text: str, width: int, end: str = _ELLIPSIS) -> str:
    """Return a text cut to a number of columns, with an ellipsis that counts."""
    if _columns(text) <= width:
        return text
    used, kept = len(end), 0
    for character in text:
        used += _columns(character)
        if used > width:
            break
        kept += 1
    return text[:kept].rstrip() + end


def _missing_room(lines: Sequence[Line]) -> int:
    """Return how many columns the last one lacks to show at least the beginning of its texts."""
    *_, last = lines[0]
    return min(_width_of(last, lines), _LEAST) - room(lines, last)


def _cut_column(lines: Sequence[Line], name: str, width: int, end: str) -> None:
    for line in lines:
        line[name] = cut(line[name], max(width, len(end)), end)


def _width_of(name: str, lines: Sequence[Line]) -> int:
    return column_width(name, (line[name] for line in lines))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in 'WF' else 1 for character in text)
