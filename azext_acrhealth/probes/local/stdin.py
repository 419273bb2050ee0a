# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read what is piped into the command, within bounds of size and time."""

from __future__ import annotations

import os
import queue
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.interruption import next_item
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.threads import start

# Nothing: a terminal, or no standard input.
PipedKind = Literal['Nothing', 'Unreadable', 'TooLong', 'NotText', 'Timeout', 'Limit']
_CHUNK = 4096


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
    stream = sys.stdin
    try:
        # sys.stdin is None when the shell closed it (`<&-`).
        if stream is None or stream.isatty():
            return StdinText(failure='Nothing')
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return StdinText(failure='Nothing')
    contents: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    try:
        # By the descriptor: a thread that still reads from sys.stdin would block Python's exit.
        start(lambda: contents.put(_read(descriptor, longest + 1)))
        content = next_item(contents, min(seconds, threading.TIMEOUT_MAX))
    except queue.Empty:
        return StdinText(failure='Timeout')
    except LimitReached as limit:
        return StdinText(failure='Limit', limit=str(limit))
    if content is None:
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


def _read(descriptor: int, limit: int) -> bytes | None:
    content = b''
    while len(content) < limit:
        try:
            chunk = os.read(descriptor, min(_CHUNK, limit - len(content)))
        except OSError:
            return None
        if not chunk:
            break
        content += chunk
    return content
