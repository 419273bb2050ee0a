# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Read the head of an HTTP response as Go does, in which registry clients are written.

Sources: net/http (response.go, transfer.go, transport.go) and net/textproto (reader.go) of Go 1.24.
Control characters in the value of a header, such as a carriage return, are accepted as by clients
of before 2023 (Go 1.19), which are still in use; later ones reject them.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern

# The limit of all headers together, in bytes; there is none for their number (Transport,
# MaxResponseHeaderBytes).
MAX_HEAD = 10 * 2**20
# What doesn't speak HTTP might never end its first line.
_MAX_STATUS_LINE = 64 * 1024
_STATUS_LINE = lazy_pattern(rb'HTTP/(\d)\.(\d) +(\d{3})(?: (.*))?', re.DOTALL)
# A space is accepted in a name, but such a header is never found under its usual name.
_NAME = lazy_pattern(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z ]+")
_LENGTH = lazy_pattern(r'[0-9]{1,19}')
_MAX_LENGTH = 2**63
_SWITCHING_PROTOCOLS = 101


class Head(NamedTuple):
    """A response's status and headers. `version` is 10 or 11, as http.client spells it."""

    version: int
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Return the values of all lines of a header, whose name is in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


class Framing(NamedTuple):
    """Where a body ends: at `length` bytes, with its last chunk, or with the connection."""

    length: int | None = None
    chunked: bool = False
    closes: bool = False


class _Lines:
    """The lines of a stream, which have MAX_HEAD bytes at most."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, MAX_HEAD

    def next(self, *, first: bool = False) -> bytes:
        """Return the next line without its end.

        Raises RemoteDisconnected before the `first` byte, IncompleteRead for a line without an end,
        and ValueError beyond the limit.
        """
        limit = min(self._left, _MAX_STATUS_LINE) if first else self._left
        line: bytes = self._stream.readline(limit + 1)
        if first and not line:
            from http.client import RemoteDisconnected

            raise RemoteDisconnected('Remote end closed connection without response')
        if len(line) > limit:
            raise ValueError('the headers are too long')
        if not line.endswith(b'\n'):
            from http.client import IncompleteRead

            raise IncompleteRead(b'')
        self._left -= len(line)
        return line[:-2] if line.endswith(b'\r\n') else line[:-1]


def read_head(stream: Any) -> Head:
    """Read the final head of a response; informational ones (1xx) before it are skipped.

    Raises ValueError for what isn't HTTP, IncompleteRead for truncated headers, and
    RemoteDisconnected where there is no response.
    """
    lines = _Lines(stream)
    head = _read_single_head(lines)
    while head.status // 100 == 1 and head.status != _SWITCHING_PROTOCOLS:
        head = _read_single_head(lines)
    return head


def _read_single_head(lines: _Lines) -> Head:
    match = _STATUS_LINE.fullmatch(lines.next(first=True))
    if match is None:
        raise ValueError("the first line isn't a status line")
    version = 11 if (match[1], match[2]) >= (b'1', b'1') else 10
    reason = (match[4] or b'').decode('latin-1').strip()
    return Head(version, int(match[3]), reason, tuple(_read_headers(lines)))


def _read_headers(lines: _Lines) -> list[tuple[str, str]]:
    headers: list[tuple[bytes, list[bytes]]] = []
    while line := lines.next():
        if line[:1] in (b' ', b'\t'):
            if not headers:
                raise ValueError('the first header begins with a space')
            headers[-1][1].append(line.strip(b' \t'))
            continue
        name, colon, value = line.partition(b':')
        if not colon or not _NAME.fullmatch(name):
            raise ValueError("a line of the headers isn't a header")
        headers.append((name, [value.strip(b' \t')]))
    return [
        (name.decode('ascii'), b' '.join(values).strip(b' \t').decode('latin-1'))
        for name, values in headers
    ]


def framing_of(head: Head, method: str) -> Framing:
    """Return where the body of a response to a method ends. Raises ValueError for invalid headers.

    The length is 0 where there is no body.
    """
    chunked = _is_chunked(head)
    length = _content_length(head.values('content-length'))
    closes = _closes(head)
    if method == 'HEAD' or head.status // 100 == 1 or head.status in (204, 304):
        return Framing(0, closes=closes)
    if chunked:
        return Framing(chunked=True, closes=closes)
    return Framing(length, closes=closes or length is None)


def _is_chunked(head: Head) -> bool:
    encodings = head.values('transfer-encoding')
    if not encodings or head.version == 10:
        return False
    if [encoding.lower() for encoding in encodings] != ['chunked']:
        raise ValueError('an unsupported transfer encoding')
    return True


def _content_length(values: list[str]) -> int | None:
    if not values:
        return None
    if len(set(values)) > 1 or not _LENGTH.fullmatch(values[0]) or int(values[0]) >= _MAX_LENGTH:
        raise ValueError('an invalid Content-Length')
    return int(values[0])


def _closes(head: Head) -> bool:
    """Return whether the connection ends with the response (RFC 9112, section 9.3)."""
    tokens = {
        token.strip().lower() for value in head.values('connection') for token in value.split(',')
    }
    return 'close' in tokens or (head.version == 10 and 'keep-alive' not in tokens)
