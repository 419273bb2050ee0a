# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""HTTP/1.1 messages as bytes: requests read from a socket, responses written to one (RFC 9112)."""

from __future__ import annotations

import dataclasses
import email.utils
import http
import http.client
import json
import urllib.parse
from email.message import Message
from typing import Any, BinaryIO, Optional

JSON = 'application/json; charset=utf-8'


@dataclasses.dataclass
class Request:
    """One request as it was received; `fault` is one that the handler itself carries out."""

    method: str
    target: str
    headers: Message
    body: bytes
    host: str = ''
    peer: str = '127.0.0.1'
    fault: Optional[str] = None

    @property
    def path(self) -> str:
        """Return the path of the target, without the query."""
        return self.target.split('?', 1)[0]

    @property
    def query(self) -> dict[str, list[str]]:
        """Return the values of the query by name."""
        return urllib.parse.parse_qs(self.target.partition('?')[2], keep_blank_values=True)

    @property
    def form(self) -> dict[str, list[str]]:
        """Return the values of the body, an HTML form, by name."""
        return urllib.parse.parse_qs(self.body.decode('utf-8', 'replace'), keep_blank_values=True)

    @property
    def is_form(self) -> bool:
        """Return whether the body is an HTML form."""
        return (
            self.headers.get_content_type() == 'application/x-www-form-urlencoded'
            and self.method == 'POST'
        )

    def credentials(self) -> tuple[str, str]:
        """Return scheme (lower-cased) and rest of the Authorization header; '' without one."""
        scheme, _, rest = (self.headers.get('Authorization') or '').partition(' ')
        return scheme.lower(), rest.strip()


@dataclasses.dataclass(frozen=True)
class Response:
    """One response; the header lines keep their order and their case, and may repeat.

    `before` are the bytes of informational responses that come first.
    """

    status: int
    body: bytes = b''
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    close: bool = False
    before: bytes = b''

    def head(self, length: Optional[int] = None) -> bytes:
        """Return the status line and the header lines, in the order of the registry's front end."""
        size = ('Content-Length', str(len(self.body) if length is None else length))
        framing = [('Transfer-Encoding', 'chunked')] if self.chunked else [size]
        if self.status in (204, 304) or self.status < 200 or 'content-length' in self._names():
            framing = []
        framing.append(('Connection', 'close' if self.close else 'keep-alive'))
        date = [] if 'date' in self._names() else [('Date', email.utils.formatdate(usegmt=True))]
        ordered = []
        for name, value in self.headers:
            ordered.append((name, value))
            if name == 'Server':
                ordered, date = ordered + date, []
            if name == 'Content-Type':
                ordered, framing = ordered + framing, []
        lines = [f'HTTP/1.1 {self.status} {_phrase(self.status)}']
        lines += [f'{name}: {value}' for name, value in ordered + date + framing]
        return self.before + '\r\n'.join(lines).encode('utf-8') + b'\r\n\r\n'

    def _names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}

    def payload(self) -> bytes:
        """Return the body as it is sent."""
        if not self.chunked:
            return self.body
        chunk = f'{len(self.body):x}\r\n'.encode() + self.body + b'\r\n' if self.body else b''
        return chunk + b'0\r\n\r\n'

    def replace(self, **changes: Any) -> 'Response':
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return 'Unknown'


def json_response(status: int, value: Any, *headers: tuple[str, str]) -> Response:
    """Return a JSON response."""
    return Response(
        status,
        json.dumps(value, separators=(',', ':')).encode(),
        (('Content-Type', JSON), *headers),
    )


def read_request(stream: BinaryIO, send_continue: Any) -> Optional[Request]:
    """Read one request; None when the client has closed, ValueError for what is not HTTP."""
    line = stream.readline(65537)
    while line in (b'\r\n', b'\n'):
        line = stream.readline(65537)
    if not line:
        return None
    parts = line.decode('latin-1').split()
    if len(parts) != 3 or not parts[2].startswith('HTTP/1.'):
        raise ValueError('not HTTP')
    headers = http.client.parse_headers(stream)
    if (headers.get('Expect') or '').lower() == '100-continue':
        send_continue(b'HTTP/1.1 100 Continue\r\n\r\n')
    request = Request(parts[0], parts[1], headers, _body(stream, headers))
    request.host = (headers.get('Host') or '').rsplit(':', 1)[0].lower().rstrip('.')
    return request


def _body(stream: BinaryIO, headers: Message) -> bytes:
    if 'chunked' in (headers.get('Transfer-Encoding') or '').lower():
        parts: list[bytes] = []
        while True:
            size = int(stream.readline(1024).split(b';')[0], 16)
            if size == 0:
                while stream.readline(65537) not in (b'\r\n', b'\n', b''):
                    pass
                return b''.join(parts)
            parts.append(stream.read(size))
            stream.readline(16)
    return stream.read(int(headers.get('Content-Length') or 0))
