# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read a file, a pipe, or standard input whole, within bounds of size and time."""

from __future__ import annotations

import os
import stat
import sys
import threading
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from typing import Literal

from azext_acrhealth.probes.deadlines import background
from azext_acrhealth.probes.regular_file import read_regular_file
from azext_acrhealth.protocols import LimitReached

# Nothing: a terminal, or no standard input.
SourceKind = Literal['Nothing', 'NotFound', 'Unreadable', 'TooLong', 'Timeout']
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class SourceContent:
    """The bytes, or the kind of failure with the operating system's words for it, if any."""

    content: bytes = field(default=b'', repr=False)
    failure: SourceKind | None = None
    text: str = ''


def read_standard_input(longest: int, seconds: float) -> SourceContent:
    """Read standard input to its end, at most `longest` bytes within `seconds`."""
    stream = sys.stdin
    try:
        # sys.stdin is None when the shell closed it (`<&-`).
        if stream is None or stream.isatty():
            return SourceContent(failure='Nothing')
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return SourceContent(failure='Nothing')
    return _read_to_the_end(descriptor, longest, seconds)


def read_file_or_pipe(path: str, longest: int, seconds: float) -> SourceContent:
    """Read a file, or a pipe such as that of `<(command)`, at most `longest` bytes."""
    try:
        found = os.stat(path)
        if stat.S_ISFIFO(found.st_mode):
            # Without O_NONBLOCK this would wait for a writer for ever.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0))
            if hasattr(os, 'set_blocking'):
                os.set_blocking(descriptor, True)
            return _read_to_the_end(descriptor, longest, seconds)
        if stat.S_ISREG(found.st_mode) and found.st_size > longest:
            return SourceContent(failure='TooLong')
        return SourceContent(read_regular_file(path, longest))
    except FileNotFoundError as error:
        return SourceContent(failure='NotFound', text=error.strerror or '')
    except (OSError, ValueError) as error:
        return SourceContent(
            failure='Unreadable', text=getattr(error, 'strerror', '') or str(error)
        )


def _read_to_the_end(descriptor: int, longest: int, seconds: float) -> SourceContent:
    try:
        # By the descriptor: a thread that still reads from sys.stdin would block Python's exit.
        future = background(lambda: _read(descriptor, longest + 1))
        content = future.result(min(seconds, threading.TIMEOUT_MAX))
    except TookTooLong:
        return SourceContent(failure='Timeout')
    except OSError as error:
        return SourceContent(failure='Unreadable', text=error.strerror or '')
    except LimitReached as limit:
        return SourceContent(failure='Unreadable', text=str(limit))
    return SourceContent(failure='TooLong') if len(content) > longest else SourceContent(content)


def _read(descriptor: int, limit: int) -> bytes:
    chunks, size = list[bytes](), 0
    while size < limit:
        chunk = os.read(descriptor, min(_CHUNK, limit - size))
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b''.join(chunks)
