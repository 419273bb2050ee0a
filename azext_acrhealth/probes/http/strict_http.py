# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse HTTP responses by rules of RFC 9112 that http.client does not enforce."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class _HeadReader:
    """A stream that records whether it ended within a response's headers."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.cut = stream, False

    def readline(self, *limit: int) -> bytes:
        """Read a line."""
        line: bytes = self.stream.readline(*limit)
        self.cut = not line.endswith(b'\n')
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@lru_cache(maxsize=None)
def strict_response() -> Any:
    """Return a subclass of http.client.HTTPResponse that checks headers and chunks.

    It raises IncompleteRead for truncated headers, ValueError for a chunk of negative length. The
    class is created on first use, because http.client imports ssl.
    """
    from http.client import HTTPResponse, IncompleteRead

    class Response(HTTPResponse):
        """A response with complete headers and chunks of valid length."""

        def begin(self) -> None:
            # readline() is all that the header parser calls
            head = self.fp = _HeadReader(self.fp)  # type: ignore[assignment]
            super().begin()
            self.fp = head.stream
            if head.cut:  # otherwise a truncated challenge would look like a missing one
                raise IncompleteRead(b'')

        def _safe_read(self, amt: int) -> bytes:
            if amt < 0:  # http.client would read without bounds
                raise ValueError('a chunk of negative length')
            # typeshed does not have this method
            return super()._safe_read(amt)  # type: ignore[misc,no-any-return]

    return Response
