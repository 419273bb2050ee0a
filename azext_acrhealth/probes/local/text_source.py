# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read a file, a pipe, or standard input whole, within bounds of size and time."""

from __future__ import annotations

import os
import queue
import stat
import sys
import threading
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.interruption import next_item
from azext_acrhealth.probes.regular_file import read_regular_file
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.threads import start

# Nothing: a terminal, or no standard input.
SourceKind = Literal['Nothing', 'NotFound', 'Unreadable', 'TooLong', 'Timeout']
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class SourceContent:
    """The bytes, or the kind of failure with the operating system's words for it, if any."""

    content: bytes = field(default=b'', repr=False)
    failure: SourceKind | None = None
    text: str = ''


def standard_input() -> int | None:
    """Return the descriptor of standard input; None for a terminal, or where it is closed."""
    stream = sys.stdin
    try:
        # sys.stdin is None when the shell closed it (`<&-`).
        return None if stream is None or stream.isatty() else stream.fileno()
    except (OSError, ValueError):
        return None


def read_standard_input(longest: int, seconds: float) -> SourceContent:
    """Read standard input to its end, at most `longest` bytes within `seconds`."""
    descriptor = standard_input()
    if descriptor is None:
        return SourceContent(failure='Nothing')
    return _read_within_limits(descriptor, longest, seconds)


def read_file_or_pipe(path: str, longest: int, seconds: float) -> SourceContent:
    """Read a file, or a pipe such as that of `<(command)`, at most `longest` bytes."""
    try:
        found = os.stat(path)
        if stat.S_ISFIFO(found.st_mode):
            # Without O_NONBLOCK this would wait for a writer for ever.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0))
            if hasattr(os, 'set_blocking'):
                os.set_blocking(descriptor, True)
            return _read_within_limits(descriptor, longest, seconds)
        if stat.S_ISREG(found.st_mode) and found.st_size > longest:
            return SourceContent(failure='TooLong')
        return SourceContent(read_regular_file(path, longest))
    except FileNotFoundError as error:
        return SourceContent(failure='NotFound', text=error.strerror or '')
    except (OSError, ValueError) as error:
        return SourceContent(
            failure='Unreadable', text=getattr(error, 'strerror', '') or str(error)
        )


def _read_within_limits(descriptor: int, longest: int, seconds: float) -> SourceContent:
    try:
        return read_to_the_end(descriptor, longest, seconds)
    except LimitReached as limit:
        return SourceContent(failure='Unreadable', text=str(limit))


def read_to_the_end(descriptor: int, longest: int, seconds: float) -> SourceContent:
    """Read from a descriptor to its end, at most `longest` bytes within `seconds`.

    Raises LimitReached if this machine has no thread left for it.
    """
    contents: queue.SimpleQueue[SourceContent] = queue.SimpleQueue()
    # By the descriptor: a thread that still reads from sys.stdin would block Python's exit.
    start(lambda: contents.put(_read(descriptor, longest)))
    try:
        return next_item(contents, min(seconds, threading.TIMEOUT_MAX))
    except queue.Empty:
        return SourceContent(failure='Timeout')


def _read(descriptor: int, longest: int) -> SourceContent:
    chunks, left = list[bytes](), longest + 1
    try:
        while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
            chunks.append(chunk)
            left -= len(chunk)
    except OSError as error:
        return SourceContent(failure='Unreadable', text=error.strerror or '')
    except MemoryError:
        return SourceContent(failure='Unreadable', text='no memory left')
    return SourceContent(b''.join(chunks)) if left else SourceContent(failure='TooLong')
