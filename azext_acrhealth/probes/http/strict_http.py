# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""HTTP answers read by rules that the library does not keep: headers have an end, chunks have a length (RFC 9112)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class _Head:
    """A stream that knows whether it ended in the middle of an answer's headers."""

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
    """Make the class of such answers (http.client brings ssl along, so it waits until it is needed).

    It raises IncompleteRead for headers that break off, ValueError for a chunk of negative length.
    """
    from http.client import HTTPResponse, IncompleteRead

    class Response(HTTPResponse):
        """An answer whose headers have an end and whose chunks have a length."""

        def begin(self) -> None:
            # it is all that the reader of headers needs
            head = self.fp = _Head(self.fp)  # type: ignore[assignment]
            super().begin()
            self.fp = head.stream
            if head.cut:  # else a challenge that was cut away would look like none
                raise IncompleteRead(b'')

        def _safe_read(self, amt: int) -> bytes:
            if amt < 0:  # the library would read on without bounds
                raise ValueError('a chunk of negative length')
            # not among its types
            return super()._safe_read(amt)  # type: ignore[misc,no-any-return]

    return Response
