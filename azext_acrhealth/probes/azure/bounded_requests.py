# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Bound in size and time what libraries read with requests.

MSAL makes its own sessions, so for a sign-in requests itself is patched.
"""

from __future__ import annotations

import functools
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from azext_acrhealth.probes.azure.bounded_adapter import adapter_class
from azext_acrhealth.probes.deadlines import SocketGuard, utc
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.watchdog import watchdog

# Tokens are a few KiB.
ENTRA_SIZE = 1024 * 1024
_CHUNK = 64 * 1024
# The caller gives up first, with a text of its own.
_GRACE = 0.25
# Where a request of these libraries holds secrets, and how much of a response is kept.
_SECRET_HEADERS = ('Authorization', 'X-IDENTITY-HEADER', 'Secret')
_SECRET_FIELDS = (
    'client_secret',
    'client_assertion',
    'assertion',
    'refresh_token',
    'access_token',
    'password',
    'code',
)
_KEPT = 16 * 1024
_thread = threading.local()


class ResponseTooLong(OSError):
    """A response exceeded its bound; the rest of it was not read."""


class LastResponse:
    """The last response within a bounded block, for libraries that don't report it."""

    def __init__(self) -> None:
        self._last: Response | None = None
        self._secrets: set[str] = set()

    @property
    def value(self) -> Response | None:
        """Return the beginning of the last refusal, else response; None if none came.

        What was sent is redacted from it.
        """
        return self._last.without(*self._secrets) if self._last else None

    @property
    def _refused(self) -> bool:
        return self._last is not None and (self._last.status or 0) >= 300

    def sending(self, request: Any) -> None:
        """Record the secrets of a requests.PreparedRequest that is about to be sent."""
        # MSAL makes another request after a refusal; the refusal is what counts.
        if not self._refused:
            self._last = None
        body = request.body or ''
        body = body.decode('utf-8', 'replace') if isinstance(body, bytes) else body
        fields = parse_qsl(body if isinstance(body, str) else '')
        self._secrets.update(
            request.headers.get(name, '').split(' ')[-1] for name in _SECRET_HEADERS
        )
        self._secrets.update(value for key, value in fields if key in _SECRET_FIELDS)

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Record a response."""
        if not self._refused or status >= 300:
            self._last = Response(status, tuple(headers.items()), body[:_KEPT], at=utc())


@contextmanager
def bounded(size: int, seconds: float) -> Iterator[LastResponse]:
    """Bound each response to this thread to `size` bytes, all to `seconds`.

    When the time is up the connections are closed, so that an abandoned thread ends too, and what
    the thread sends afterwards fails at once. A redirect to another host is not followed: a secret
    would go along.
    """
    outer, bound = getattr(_thread, 'bound', None), _Bound(size, seconds)
    try:
        with watchdog(seconds + _GRACE, bound.abort):
            _thread.bound = bound
            yield bound.last_response
    finally:
        _thread.bound = outer
        bound.close()


@contextmanager
def bounded_sign_in(seconds: float) -> Iterator[LastResponse]:
    """Bound what MSAL reads in this thread.

    MSAL and the CLI (2.75 to 2.91) take no session of ours, and send requests in constructors.
    """
    _patch_requests()
    with bounded(ENTRA_SIZE, seconds) as last_response:
        yield last_response


@functools.lru_cache(maxsize=None)
def _patch_requests() -> None:
    """Patch requests once for the whole process; other threads get what they got before."""
    from requests import Session, sessions
    from requests.adapters import HTTPAdapter

    original, original_login = Session.get_adapter, sessions.get_netrc_auth

    @functools.wraps(original)
    def get_adapter(session: Any, url: Any) -> Any:
        adapter, bound = original(session, url), getattr(_thread, 'bound', None)
        return bound.replace(adapter) if bound and isinstance(adapter, HTTPAdapter) else adapter

    @functools.wraps(original_login)
    def get_netrc_auth(*arguments: Any, **named: Any) -> Any:
        # The file can be a pipe, and a login in it must not replace a token.
        bounded_thread = getattr(_thread, 'bound', None) is not None
        return None if bounded_thread else original_login(*arguments, **named)

    setattr(Session, 'get_adapter', get_adapter)
    setattr(sessions, 'get_netrc_auth', get_netrc_auth)


class _Bound:
    """What one thread may still read, and the connections that it reads from."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size, self._until = size, time.monotonic() + seconds + _GRACE
        self._lock, self._aborted = threading.Lock(), False
        self._guards: list[SocketGuard] = []
        self._adapters: dict[Any, Any] = {}
        self.last_response = LastResponse()

    def seconds_left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""
        seconds = self._until - time.monotonic()
        if self._aborted or seconds <= 0:
            raise TimeoutError('the time is up')
        return seconds

    def guard(self, sock: Any) -> None:
        """Guard a connection, so that it is closed when the time is up."""
        with self._lock:
            self._guards.append(SocketGuard(sock))
            if self._aborted:
                self._guards[-1].abort()

    def abort(self) -> None:
        """Close all connections, which ends every read from them."""
        with self._lock:
            self._aborted = True
            for guard in self._guards:
                guard.abort()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for guard in self._guards:
                guard.close()
            self._guards.clear()
        for adapter in self._adapters.values():
            adapter.close()

    def replace(self, adapter: Any) -> Any:
        """Return the bounded adapter that stands in for an adapter of a session."""
        # MSAL's retries would sleep for as long as a throttling server asks.
        retries = adapter.max_retries.new(respect_retry_after_header=False)
        if adapter not in self._adapters:
            self._adapters[adapter] = adapter_class()(self, retries)
        return self._adapters[adapter]

    def read_body(self, raw: Any) -> bytes:
        """Return a body (of a urllib3.HTTPResponse), decompressed within the bound.

        A library's decompression can make gigabytes of one chunk. Raises ResponseTooLong,
        or ValueError for an encoding that was not asked for and for a truncated body.
        """
        encoding = raw.headers.get('Content-Encoding', '').strip().lower()
        if encoding not in ('', 'identity', 'gzip'):
            raise ValueError('a content encoding that was not asked for')
        decompressor = zlib.decompressobj(31) if encoding == 'gzip' else None
        parts: list[bytes] = []
        size = 0
        while chunk := raw.read(_CHUNK, decode_content=False):
            if decompressor:
                chunk = decompressor.decompress(chunk, self._size - size + 1)
            size += len(chunk)
            if size > self._size:
                raise ResponseTooLong(f'the response exceeded {self._size / 2**20:g} MiB')
            parts.append(chunk)
        self.seconds_left()  # cut off, a response without a length looks complete
        if decompressor and parts and not decompressor.eof:
            raise ValueError('a truncated gzip body')
        return b''.join(parts)
