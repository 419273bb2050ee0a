# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read what is piped into the command, within bounds of size and time."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.probes.deadlines import background

# Nothing: a terminal, or no standard input.
PipedKind = Literal['Nothing', 'Unreadable', 'TooLong', 'NotText', 'Timeout']
_CHUNK = 4096


@dataclass(frozen=True)
class StdinText:
    """The text without its last line break, or the kind of failure."""

    text: str = field(default='', repr=False)
    failure: PipedKind | None = None


def read_stdin(longest: int, seconds: float) -> StdinText:
    """Read the standard input to its end, at most `longest` bytes within `seconds`."""
    stream = sys.stdin
    try:
        # sys.stdin is None when the shell closed it (`<&-`).
        if stream is None or stream.isatty():
            return StdinText(failure='Nothing')
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return StdinText(failure='Nothing')
    try:
        # By the descriptor: a thread that still reads from sys.stdin would block Python's exit.
        future = background(lambda: _read(descriptor, longest + 1))
        content = future.result(min(seconds, threading.TIMEOUT_MAX))
    except TookTooLong:
        return StdinText(failure='Timeout')
    except OSError:
        return StdinText(failure='Unreadable')
    if len(content) > longest:
        return StdinText(failure='TooLong')
    text = _decode(content, stream.encoding)
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


def _read(descriptor: int, limit: int) -> bytes:
    content = b''
    while len(content) < limit:
        chunk = os.read(descriptor, min(_CHUNK, limit - len(content)))
        if not chunk:
            break
        content += chunk
    return content
