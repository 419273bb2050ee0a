# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Choose what of a long text is searched, so that every text is searched in bounded time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# The start names the command, and the end usually has the error.
_HEAD, _TAIL = 8 * 1024, 24 * 1024
_LONGEST = 96 * 1024
_AROUND = 1200
# How many places of a word are looked at, from the start and from the end.
_FIRST, _LAST = 2, 4


def choose(text: str, folded: str, words: Iterable[str]) -> str:
    """Return a text's start and end, and what is around the words in between.

    `folded` is the text in lowercase, of the same length.
    """
    if len(text) <= _LONGEST:
        return text
    spans = [(0, _HEAD), (len(text) - _TAIL, len(text))]
    left = _LONGEST - _HEAD - _TAIL
    places = sorted({place for word in words for place in _places(folded, word)}, reverse=True)
    end = len(text) - _TAIL
    for place in places:
        if place >= end or place < _HEAD:
            continue
        start = max(_HEAD, place - _AROUND)
        span = (start, min(end, place + _AROUND))
        end = start
        left -= span[1] - span[0]
        if left < 0:
            break
        spans.append(span)
    return '\n'.join(text[start:stop] for start, stop in sorted(spans))


def _places(folded: str, word: str) -> Iterator[int]:
    """Yield the first and the last places of a word."""
    place = -1
    for _ in range(_FIRST):
        place = folded.find(word, place + 1)
        if place < 0:
            return
        yield place
    place = len(folded)
    for _ in range(_LAST):
        place = folded.rfind(word, 0, max(place, 0))
        if place < 0:
            return
        yield place
