# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Remove what a terminal acts on: escape sequences, progress lines, control characters."""

from __future__ import annotations

from azext_acrhealth.lazy_patterns import lazy_pattern

# ECMA-48: control sequences (CSI), and strings such as a window's title or a link (OSC, DCS).
_ESCAPES = lazy_pattern(
    r'(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]'
    r'|\x1b[\]PX^_][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)?'
    r'|\x1b[ -/]{0,4}[0-~]?'
)
# As logs show an escape sequence whose first character was lost, or was written out.
_WRITTEN_ESCAPES = lazy_pattern(r'(?:\\(?:x1b|u001b|e|033)|\^\[|\u241b)\[[0-9;]{0,32}[A-Za-z]')
_SPACES = dict.fromkeys(map(ord, '\t\v\f\u00a0\u2007\u202f\u3000'), ' ')
_LINE_BREAKS = dict.fromkeys(map(ord, '\u0085\u2028\u2029'), '\n')
# Controls, invisible characters and direction marks: they split words without being seen.
_REMOVED = dict.fromkeys(
    (
        *(code for code in (*range(32), *range(0x7F, 0xA0)) if code not in (9, 10, 11, 12, 0x85)),
        *(0xAD, 0xFEFF, 0x2060, *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
        *range(0x2066, 0x206A),
    )
)
_PLAIN = {**_REMOVED, **_SPACES, **_LINE_BREAKS}


def to_plain_text(text: str) -> str:
    """Return a text without escape sequences and controls; every line ends with `\\n`."""
    if '\x1b' in text or '\x9b' in text:
        text = _ESCAPES.sub('', text)
    if '[' in text and ('\\' in text or '^[' in text or '\u241b' in text):
        text = _WRITTEN_ESCAPES.sub('', text)
    return text.replace('\r\n', '\n').replace('\r', '\n').translate(_PLAIN)
