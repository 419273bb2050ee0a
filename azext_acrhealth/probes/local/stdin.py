# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What is piped into the command, bounded in size and in time: whoever never closes the pipe must not hold it up."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field

from azext_acrhealth.probes.deadlines import background

_CHUNK = 4096


@dataclass(frozen=True)
class Piped:
    """A text without its last line break, else `failure` tells why there is none.

    `failure` is Nothing (a terminal, no standard input at all), Unreadable, TooLong, NotText or
    Timeout.
    """

    text: str = field(default='', repr=False)
    failure: str | None = None


def piped(longest: int, seconds: float) -> Piped:
    """Read the standard input to its end."""
    stream = sys.stdin
    try:
        # Python has no stream at all where the shell closed it (`<&-`).
        if stream is None or stream.isatty():
            return Piped(failure='Nothing')
        number = stream.fileno()
    except (OSError, ValueError):
        return Piped(failure='Nothing')
    try:
        # Not by the stream: when Python ends, it cannot take that from a thread that still waits in
        # it.
        reading = background(lambda: _read(number, longest + 1), 'standard input')
        content = reading.result(min(seconds, threading.TIMEOUT_MAX))
    except TookTooLong:
        return Piped(failure='Timeout')
    except OSError:
        return Piped(failure='Unreadable')
    if len(content) > longest:
        return Piped(failure='TooLong')
    try:
        # PowerShell begins what it pipes with a mark of the encoding.
        text = content.decode(stream.encoding or 'utf-8').removeprefix('\ufeff')
    except (UnicodeDecodeError, LookupError):
        return Piped(failure='NotText')
    return Piped(text.removesuffix('\n').removesuffix('\r'))


def _read(number: int, most: int) -> bytes:
    content = b''
    while len(content) < most:
        chunk = os.read(number, min(_CHUNK, most - len(content)))
        if not chunk:
            break
        content += chunk
    return content
