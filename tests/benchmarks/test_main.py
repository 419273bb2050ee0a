# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The README is written between its marks only."""

from __future__ import annotations

from tests.benchmarks.__main__ import BEGIN, END, README, with_figures


def test_only_text_between_the_marks_is_written() -> None:
    assert (
        with_figures(f'before\n{BEGIN}old\n{END}\nafter\n', 'new\n')
        == f'before\n{BEGIN}new\n{END}\nafter\n'
    )
    assert with_figures(with_figures(f'a{BEGIN}{END}b', 'x\n'), 'x\n') == f'a{BEGIN}x\n{END}b'


def test_the_readme_has_the_marks_and_a_table() -> None:
    text = README.read_text(encoding='utf-8')
    assert text.count(BEGIN) == 1 == text.count(END)
    assert '| sequential round trips' in text.partition(BEGIN)[2].partition(END)[0]
