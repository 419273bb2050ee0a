# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What a terminal acts on is removed, and the text around it stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.explain.readers.terminal import to_plain_text


@pytest.mark.parametrize(
    'text, plain',
    [
        ('\x1b[31;1mERROR\x1b[0m: denied', 'ERROR: denied'),
        ('\x1b]8;;https://x\x07link\x1b]8;;\x07', 'link'),
        ('\x1b]0;a title\x1b\\text', 'text'),
        ('\\x1b[33mwarning\\u001b[0m', 'warning'),
        ('^[[1mbold^[[0m', 'bold'),
        ('a\r\nb\rc', 'a\nb\nc'),
        ('man\0ifest\x07 unknown', 'manifest unknown'),
        ('a\u00a0b\u200bc\u202ed', 'a bcd'),
        ('a\u2028b', 'a\nb'),
        ('C:\\new [1] \\\\server', 'C:\\new [1] \\\\server'),
    ],
)
def test_a_text(text: str, plain: str) -> None:
    assert to_plain_text(text) == plain


@given(st.text())
def test_no_control_character_stays(text: str) -> None:
    assert not any(ord(character) < 32 and character != '\n' for character in to_plain_text(text))
