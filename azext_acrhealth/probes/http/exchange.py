# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Send a request over an open connection, and read its response within bounds of size and time."""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, Table, translate
from azext_acrhealth.probes.http.gzip_body import InvalidGzip, unpack_gzip
from azext_acrhealth.probes.http.response import BODY, ExchangeKind, Response

LOST = ('Cut', 'Reset')


_BLOCK = 64 * 1024


class Filler:
    """A body of `size` random bytes, which are made while they are sent: it takes no memory.

    `sent` is the number of bytes that were sent.
    """

    def __init__(self, size: int) -> None:
        self.size, self.sent = size, 0

    @property
    def progress(self) -> str:
        """Return how much was sent, for the end of a text."""
        return f'{self.sent / 2**20:,.1f} of {self.size / 2**20:,.1f} MiB sent'


class Request(NamedTuple):
    """An HTTP request. `headers` may repeat a name.

    At most `bound` bytes of the response's body are read, within `seconds` in all, by default those
    of any request. A Filler may take until the deadline. `path`, `headers` and `body` may hold a
    signature or a token, so `repr` leaves them out.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | Filler | None = None
    bound: int = BODY
    seconds: float | None = None

    def __repr__(self) -> str:  # without what may be secret
        return f'Request(method={self.method!r}, bound={self.bound}, seconds={self.seconds})'

    @property
    def limit(self) -> float:
        """Return the seconds that the exchange may take in all."""
        if isinstance(self.body, Filler):
            return math.inf
        return deadlines.REQUEST if self.seconds is None else self.seconds


def form(path: str, fields: list[tuple[str, str]]) -> Request:
    """Return a request that posts a form."""
    return Request(
        'POST',
        path,
        (('Content-Type', 'application/x-www-form-urlencoded'),),
        urlencode(fields).encode(),
    )


class ExchangeResult(NamedTuple):
    """The result of a request that was sent.

    `unanswered`: no part of a response came. `usable`: the connection can take another request.
    """

    response: Response
    unanswered: bool = False
    usable: bool = False


def send(
    http: Any, guard: deadlines.SocketGuard, request: Request, seconds: float, user_agent: str
) -> ExchangeResult:
    """Send a request over an open http.client.HTTPConnection, which logs nothing of it."""
    from http.client import HTTPException, IncompleteRead

    at, since, unanswered = deadlines.utc(), time.monotonic(), True
    try:
        with guard.limit(seconds):
            http.sock.settimeout(seconds)
            _put(http, request, user_agent)
            http_response = http.getresponse()
            unanswered = False
            content = http_response.read(request.bound + 1)
            if len(content) <= request.bound and http_response.length:
                raise IncompleteRead(content, http_response.length)
            sent_whole = len(content) <= request.bound
            if sent_whole and _is_gzip(request, http_response):
                content = unpack_gzip(content, request.bound + 1)
        if guard.aborted:  # a truncated response without a length looks complete
            raise TimeoutError
    except (OSError, HTTPException, ValueError) as error:
        failure = _failure(error, unanswered)
        if guard.aborted or failure.kind == 'Timeout':
            failure = Failure('Timeout', f'the request timed out after {seconds:.2g} s')
        if isinstance(request.body, Filler):
            failure = replace(failure, text=f'{failure.text} ({request.body.progress})')
        return ExchangeResult(
            Response(None, failure=failure, at=at, seconds=time.monotonic() - since), unanswered
        )
    cut = _cut_success(request.body, http_response.status)
    if cut:
        seconds = time.monotonic() - since
        return ExchangeResult(Response(None, failure=cut, at=at, seconds=seconds))
    response = Response(
        http_response.status,
        tuple(http_response.getheaders()),
        content[: request.bound],
        None,
        at,
        time.monotonic() - since,
        len(content) <= request.bound,
    )
    return ExchangeResult(response, usable=sent_whole and not http_response.will_close)


def _is_gzip(request: Request, http_response: Any) -> bool:
    """Return whether a response is to be unpacked.

    Clients written in Go accept gzip in all requests without a range, and servers may send it to
    those that don't (net/http, transport.go).
    """
    ranged = any(name == 'Range' for name, _ in request.headers)
    encoding = http_response.headers.get('Content-Encoding', '')
    return not ranged and encoding.lower() == 'gzip'


def _put(http: Any, request: Request, user_agent: str) -> None:
    # Not by HTTPConnection.request(), which takes a header only once and adds the port to Host.
    http.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
    http.putheader('Host', http.host)
    given = {name.lower() for name, _ in request.headers}
    defaults = (('Accept-Encoding', 'identity'), ('Accept', '*/*'), ('User-Agent', user_agent))
    for name, value in (
        *(header for header in defaults if header[0].lower() not in given),
        *request.headers,
    ):
        http.putheader(name, value)
    if isinstance(request.body, Filler):
        http.putheader('Content-Length', str(request.body.size))
        http.endheaders()
        _send_filler(http, request.body)
        return
    if request.body is not None:
        http.putheader('Content-Length', str(len(request.body)))
    elif request.method in ('POST', 'PUT', 'PATCH'):
        http.putheader('Content-Length', '0')
    http.endheaders(request.body)


def _send_filler(http: Any, filler: Filler) -> None:
    """Send random bytes, until a server that doesn't want so many closes the connection.

    It may have responded before, so this isn't an error yet.
    """
    block = memoryview(os.urandom(_BLOCK))
    while filler.sent < filler.size:
        part = block[: filler.size - filler.sent]
        try:
            http.send(part)
        except TimeoutError:
            raise
        except OSError:
            return
        filler.sent += len(part)


def _cut_success(body: bytes | Filler | None, status: int) -> Failure[ExchangeKind] | None:
    """Return the failure of a success that a server claims without the whole body.

    A response of any other status says why the server didn't want the rest.
    """
    if not isinstance(body, Filler) or body.sent == body.size or status // 100 != 2:
        return None
    return Failure('Cut', f'the connection was closed during the upload ({body.progress})')


def _failure(error: Exception, unanswered: bool) -> Failure[ExchangeKind]:
    from http.client import HTTPException, IncompleteRead, RemoteDisconnected

    table: Table[ExchangeKind] = (
        (TimeoutError, 'Timeout'),
        (RemoteDisconnected, 'Cut'),
        (IncompleteRead, 'Cut'),
        (ConnectionResetError, 'Reset'),
        (ConnectionAbortedError, 'Reset'),
        (HTTPException, 'NotHttp'),
        (OSError, 'Cut'),
        (ValueError, 'NotHttp'),
    )
    failure = translate(error, table)
    if isinstance(error, InvalidGzip):
        return Failure('NotHttp', "the response isn't valid gzip, which its Content-Encoding names")
    if failure.kind == 'NotHttp':
        return Failure('NotHttp', "the response isn't valid HTTP")
    if isinstance(error, IncompleteRead):
        return Failure('Cut', f'the response was truncated after {len(error.partial)} bytes')
    if failure.kind in LOST:
        # Not "the server closed": a firewall or a proxy may have ended the connection.
        verb = 'reset' if failure.kind == 'Reset' else 'closed'
        when = 'without a response' if unanswered else 'before the response was complete'
        return Failure(failure.kind, f'the connection was {verb} {when}', failure.text)
    return replace(failure, text=failure.text or failure.kind)
