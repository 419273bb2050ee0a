# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Prefixes of loggers and pipelines, indentation, and wrapped lines."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.readers.lines import clean_lines, join_wrapped


@pytest.mark.parametrize(
    'line',
    [
        '2026-01-05T10:00:00.0000000Z denied: x',
        '2026-01-05 10:00:00,123 denied: x',
        '##[error]denied: x',
        '2026-01-05T10:00:00.0000000Z ##[error]denied: x',
        '#12 0.345 denied: x',
        '> denied: x',
        '│ denied: x',
        'app_1  | denied: x',
        '    denied:    x  ',
    ],
)
def test_a_prefix_is_removed(line: str) -> None:
    assert clean_lines(line) == 'denied: x'


def test_empty_lines_are_removed() -> None:
    assert clean_lines('a\n\n  \n b') == 'a\nb'


def test_a_long_line_is_cut_in_pieces() -> None:
    assert max(map(len, clean_lines('x' * 100_000).split('\n'))) <= 8192


def test_wrapped_words_are_joined() -> None:
    assert join_wrapped('unauth\norized') == 'unauthorized'
