# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Of a long text, the start, the end, and what is around the words is kept."""

from __future__ import annotations

from azext_acrhealth.explain.readers.excerpt import choose

WORDS = ('manifest unknown', 'no such host')


def chosen(text: str) -> str:
    return choose(text, text.lower(), WORDS)


def test_a_short_text_is_kept() -> None:
    assert chosen('a\nb') == 'a\nb'


def test_the_start_the_end_and_the_words() -> None:
    filler = 'compiling\n' * 100_000
    text = f'START{filler}MANIFEST UNKNOWN here{filler}END'
    kept = chosen(text)
    assert kept.startswith('START') and kept.endswith('END') and 'MANIFEST UNKNOWN here' in kept
    assert len(kept) < 100 * 1024


def test_a_text_full_of_words_is_bounded() -> None:
    assert len(chosen('manifest unknown no such host ' * 100_000)) < 110 * 1024
