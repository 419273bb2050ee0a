# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read error messages in the forms in which they are pasted and stored."""

from __future__ import annotations

from collections.abc import Iterable

from azext_acrhealth.explain.readers.escapes import unescape
from azext_acrhealth.explain.readers.excerpt import choose
from azext_acrhealth.explain.readers.lines import clean_lines
from azext_acrhealth.explain.readers.terminal import to_plain_text

# In lowercase, and of the same length: `str.lower` makes two characters of some.
_LOWER = {upper: upper + 32 for upper in range(ord('A'), ord('Z') + 1)}


def fold(text: str) -> str:
    """Return a text in lowercase, character by character."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_LOWER)


def read(text: str, words: Iterable[str]) -> str:
    """Return what is searched of a text: plain lines, of which one of `words` is near."""
    plain = to_plain_text(text)
    return clean_lines(unescape(choose(plain, fold(plain), words)))
