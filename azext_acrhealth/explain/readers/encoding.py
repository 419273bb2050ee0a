# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Decode files: UTF-8 and UTF-16, with or without a byte order mark, else Windows' code page."""

from __future__ import annotations

import codecs
from contextlib import suppress

_MARKS = (
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)
_SAMPLE = 4096
# Of Latin text in UTF-16, nearly every second byte is 0; a file with stray NULs has few.
_SHARE_OF_NULS = 0.7


def decode(content: bytes) -> str:
    """Return a file's text. Never fails: what is no character becomes the replacement character."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, 'replace')
    encoding = _utf_16(content[:_SAMPLE])
    if encoding:
        return content.decode(encoding, 'replace')
    with suppress(UnicodeDecodeError):
        return content.decode('utf-8')
    # A log that a Windows program wrote, or one that was cut in a character.
    damaged = content.decode('utf-8', 'replace')
    few = damaged.count('\ufffd') <= 3
    return damaged if few else content.decode('cp1252', 'replace')


def _utf_16(sample: bytes) -> str:
    """Return the encoding of a text in UTF-16 without a mark; '' for any other text."""
    for start, encoding in ((1, 'utf-16-le'), (0, 'utf-16-be')):
        half, other = sample[start::2], sample[1 - start :: 2]
        if len(half) > 1 and half.count(0) > len(half) * _SHARE_OF_NULS and not other.count(0):
            return encoding
    return ''
