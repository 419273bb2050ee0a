# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Bound in size and time what libraries read by `requests`: Resource Manager's SDK and MSAL bound neither."""

from __future__ import annotations

import functools
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from azext_acrhealth.probes.azure.adapter_pool import AdapterPool
from azext_acrhealth.probes.azure.bounded_adapter import adapter_class
from azext_acrhealth.probes.deadlines import SocketGuard, utc
from azext_acrhealth.probes.http.response import Response

# A page of a thousand registries, each with its private endpoints, is some 5 MiB; tokens are a few
# KiB.
ARM, ENTRA = 4 * 1024 * 1024, 1024 * 1024
_CHUNK = 64 * 1024
# Whoever waits gives up first, and says so in words of its own.
_GRACE = 0.25
# What a request of these libraries holds that nobody may see, and how much of an answer is kept to
# be told about.
_HEADERS = ('Authorization', 'X-IDENTITY-HEADER', 'Secret')
_FIELDS = (
    'client_secret',
    'client_assertion',
    'assertion',
    'refresh_token',
    'access_token',
    'password',
    'code',
)
_KEPT = 16 * 1024
_here = threading.local()


class TooLong(OSError):
    """An answer went over its bound; the rest of it was not read."""


class Seen:
    """What a bounded block was answered, for when a library does not tell."""

    def __init__(self) -> None:
        self._last: Response | None = None
        self._sent: set[str] = set()

    @property
    def last(self) -> Response | None:
        """Return the beginning of the last refusal, else answer, without what was sent.

        None when a request got none.
        """
        return self._last.without(*self._sent) if self._last else None

    @property
    def _refused(self) -> bool:
        return self._last is not None and (self._last.status or 0) >= 300

    def asking(self, request: Any) -> None:
        """Take note of a request that is about to be sent."""
        # MSAL looks something up after a refusal.
        self._last, body = self._last if self._refused else None, request.body or ''
        body = body.decode('utf-8', 'replace') if isinstance(body, bytes) else body
        self._sent.update(request.headers.get(name, '').split(' ')[-1] for name in _HEADERS)
        self._sent.update(
            value
            for key, value in parse_qsl(body if isinstance(body, str) else '')
            if key in _FIELDS
        )

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take note of an answer."""
        if not self._refused or status >= 300:
            self._last = Response(status, tuple(headers.items()), body[:_KEPT], at=utc())


@contextmanager
def reading(size: int, seconds: float, adapter_pool: AdapterPool | None = None) -> Iterator[Seen]:
    """Bound each answer that `requests` reads in this thread to so many bytes, and all of them together to a time.

    When the time is up the connections are cut, so that a thread that was left behind ends too;
    what the thread connects to afterwards fails at once. A redirect to another host is not
    followed: a secret would go along. From a `adapter_pool` come connections that are open, and to
    it they go back.

    Resource Manager's SDK would take a transport of ours, but it signs in by MSAL from within, and
    MSAL makes its sessions itself, in constructors that ask the network at once: neither the CLI
    (2.75 to 2.91) nor MSAL has a way in. So `requests` is taught once to ask whether its thread is
    bounded; other threads get what they always got.
    """
    _teach_requests()
    outer, bound = getattr(_here, 'bound', None), _Bound(size, seconds, adapter_pool)
    timer = threading.Timer(seconds + _GRACE, bound.end)
    timer.daemon = True
    _here.bound = bound
    timer.start()
    try:
        yield bound.seen
    finally:
        timer.cancel()
        _here.bound = outer
        bound.close()


class _Bound:
    """What one thread may still read, and the connections by which it reads."""

    def __init__(self, size: int, seconds: float, adapter_pool: AdapterPool | None = None) -> None:
        self._size, self._until = size, time.monotonic() + seconds + _GRACE
        self._lock, self._over = threading.Lock(), False
        self._guards: list[SocketGuard] = []
        self._adapters: dict[Any, Any] = {}
        self._adapter_pool = adapter_pool
        self.seen = Seen()

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""
        seconds = self._until - time.monotonic()
        if self._over or seconds <= 0:
            raise TimeoutError('the time is up')
        return seconds

    def hold(self, sock: Any) -> None:
        """Keep a handle on a new connection, by which it can be cut."""
        with self._lock:
            self._guards.append(SocketGuard(sock))
            if self._over:
                self._guards[-1].abort()

    def end(self) -> None:
        """Cut all connections."""
        with self._lock:
            self._over = True
            for guard in self._guards:
                guard.abort()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            for guard in self._guards:
                guard.close()
            self._guards.clear()
        for adapter in self._adapters.values():
            if self._adapter_pool:
                self._adapter_pool.give_back(None if self._over else adapter)
            if self._over or not self._adapter_pool:
                adapter.close()

    def instead_of(self, adapter: Any) -> Any:
        """Return the bounded adapter that stands in for one of a session."""
        # MSAL's would sleep for as long as a server that throttles wants, instead of telling.
        retries = adapter.max_retries.new(respect_retry_after_header=False)
        # One serves all sessions of a block where it is lent: nobody waits for what he holds
        # himself.
        key = None if self._adapter_pool else adapter
        if key not in self._adapters:
            lent = self._adapter_pool.lend() if self._adapter_pool else None
            self._adapters[key] = lent or adapter_class()(self, retries)
            if lent:
                lent.serve(self)
        self._adapters[key].max_retries = retries
        return self._adapters[key]

    def body(self, raw: Any) -> bytes:
        """Read a body, unpacked here: a library's unpacking may make gigabytes of one chunk."""
        packing = raw.headers.get('Content-Encoding', '').strip().lower()
        if packing not in ('', 'identity', 'gzip'):
            raise ValueError('packed in a way that was not asked for')
        unpacker, parts, size = zlib.decompressobj(31) if packing == 'gzip' else None, [], 0
        while chunk := raw.read(_CHUNK, decode_content=False):
            part = unpacker.decompress(chunk, self._size - size + 1) if unpacker else chunk
            size += len(part)
            if size > self._size:
                raise TooLong(
                    f'the answer was longer than {self._size / 2**20:g} MiB and was not read to '
                    'its end'
                )
            parts.append(part)
        self.left()  # cut off, an answer without a length looks like a whole one
        if unpacker and parts and not unpacker.eof:
            raise ValueError('packed, and broken off')
        return b''.join(parts)


@functools.lru_cache(maxsize=None)
def _teach_requests() -> None:
    from requests import Session
    from requests.adapters import HTTPAdapter

    ordinary = Session.get_adapter

    @functools.wraps(ordinary)
    def get_adapter(session: Any, url: Any) -> Any:
        adapter, bound = ordinary(session, url), getattr(_here, 'bound', None)
        return bound.instead_of(adapter) if bound and isinstance(adapter, HTTPAdapter) else adapter

    setattr(Session, 'get_adapter', get_adapter)
