# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Parse HTTP responses as the clients of registries do, where http.client accepts more or less."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.http.response_head import framing_of, read_head

# net/http/internal/chunked.go of Go: the longest line, and the digits of the largest size.
_MAX_LINE = 4096
_CHUNK_SIZE = lazy_pattern(rb'[0-9A-Fa-f]{1,16}')


@lru_cache(maxsize=None)
def strict_response() -> Any:
    """Return a subclass of http.client.HTTPResponse that reads heads and chunks as Go does.

    It raises IncompleteRead for what is truncated, and ValueError for what isn't HTTP. The class is
    created on first use, because http.client imports ssl.
    """
    from http.client import HTTPMessage, HTTPResponse, IncompleteRead

    class Response(HTTPResponse):
        """A response whose head and chunks are complete and valid."""

        def begin(self) -> None:
            if self.headers is not None:
                return
            head = read_head(self.fp)
            framing = framing_of(head, self._method)  # type: ignore[attr-defined]
            self.version, self.reason = head.version, head.reason
            self.code = self.status = head.status  # pylint: disable=attribute-defined-outside-init
            self.headers = self.msg = HTTPMessage()
            for name, value in head.headers:
                self.headers[name] = value
            self.length, self.chunked = framing.length, framing.chunked
            self.chunk_left: int | None = None
            self.will_close = framing.closes

        # The methods below have no types in typeshed.
        def _get_chunk_left(self) -> int | None:
            if not self.chunk_left:
                if self.chunk_left == 0 and self._safe_read(2) != b'\r\n':  # type: ignore[attr-defined]
                    raise ValueError('a chunk that is longer than its size')
                self.chunk_left = self._read_next_chunk_size() or None
                if self.chunk_left is None:
                    self._read_and_discard_trailer()
                    self._close_conn()  # type: ignore[attr-defined]
            return self.chunk_left

        def _read_next_chunk_size(self) -> int:
            line = self._read_line(_MAX_LINE)
            size = line.partition(b';')[0].rstrip(b' \t\r\n')
            if not _CHUNK_SIZE.fullmatch(size) or not line.endswith(b'\r\n'):
                raise ValueError('an invalid chunk size')
            return int(size, 16)

        def _read_and_discard_trailer(self) -> None:
            while self._read_line(_MAX_LINE) not in (b'\r\n', b'\n'):
                pass

        def _read_line(self, limit: int) -> bytes:
            line: bytes = self.fp.readline(limit + 1)
            if len(line) > limit:
                raise ValueError('a line of a chunk that is too long')
            if not line.endswith(b'\n'):
                raise IncompleteRead(b'')
            return line

    return Response
