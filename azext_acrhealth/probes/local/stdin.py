# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read what is piped into the command, within bounds of size and time."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.probes.local.text_source import SourceKind, read_to_the_end, standard_input
from azext_acrhealth.protocols import LimitReached

PipedKind = SourceKind | Literal['NotText', 'Limit']


@dataclass(frozen=True)
class StdinText:
    """The text without its last line break, or the kind of failure.

    `limit` is the text about a limit of this machine that was reached.
    """

    text: str = field(default='', repr=False)
    failure: PipedKind | None = None
    limit: str = ''


def read_stdin(longest: int, seconds: float) -> StdinText:
    """Read the standard input to its end, at most `longest` bytes within `seconds`."""
    descriptor = standard_input()
    if descriptor is None:
        return StdinText(failure='Nothing')
    try:
        read = read_to_the_end(descriptor, longest, seconds)
    except LimitReached as limit:
        return StdinText(failure='Limit', limit=str(limit))
    if read.failure:
        return StdinText(failure=read.failure)
    text = _decode(read.content, sys.stdin.encoding)
    if text is None:
        return StdinText(failure='NotText')
    return StdinText(text.removesuffix('\n').removesuffix('\r'))


def _decode(content: bytes, console: str | None) -> str | None:
    """Decode as UTF-8, else in the console's code page; PowerShell writes a byte order mark."""
    for encoding in ('utf-8-sig', console):
        with suppress(UnicodeDecodeError, LookupError):
            if encoding:
                return content.decode(encoding)
    return None
