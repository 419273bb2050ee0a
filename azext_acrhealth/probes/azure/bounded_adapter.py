# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Adapters for `requests` whose connections can be cut, and whose answers are read within bounds."""
# pylint: disable=protected-access,attribute-defined-outside-init  # the seams that requests and urllib3 leave

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from azext_acrhealth.probes.http.strict_http import strict_response


class Notes(Protocol):
    """What takes note of requests and answers."""

    def asking(self, request: Any) -> None:
        """Take note of a request that is about to be sent."""

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take note of an answer."""


class Bound(Protocol):
    """What a thread may still read."""

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""

    def hold(self, sock: Any) -> None:
        """Keep a handle on a new connection, by which it can be cut."""

    def body(self, raw: Any) -> bytes:
        """Read an answer's body (of a urllib3.HTTPResponse)."""

    @property
    def seen(self) -> Notes:
        """Return what takes note of requests and answers."""


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return what must not change when a server sends us on: scheme, host and port."""
    parts = urlsplit(url)
    # Other parsers find another host in such an address than this one does.
    if '\\' in url or '@' in parts.netloc or not url.isprintable():
        return '', None, None
    # Some services of Azure spell the port out in their next links.
    return parts.scheme, parts.hostname, parts.port or {'https': 443, 'http': 80}.get(parts.scheme)


@functools.lru_cache(maxsize=None)
def adapter_class() -> Any:
    """Return the class of adapters (of requests.adapters.HTTPAdapter) that keep to a bound."""
    from requests import ConnectionError as Broken
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import HTTPError

    class Adapter(HTTPAdapter):
        """Sends requests by connections that can be cut, and reads their answers within bounds."""

        def __init__(self, bound: Bound, max_retries: Any) -> None:
            super().__init__(max_retries=max_retries)
            self._bound = bound

        @property
        def bound(self) -> Bound:
            """Return the bound that it keeps to now."""
            return self._bound

        def serve(self, bound: Bound) -> None:
            """Keep to another bound from now on, which gets a handle on each connection that is open."""
            self._bound = bound
            for key in self.poolmanager.pools.keys():
                waiting = self.poolmanager.pools[key].pool
                for connection in list(waiting.queue) if waiting else ():
                    if connection and connection.sock:
                        bound.hold(connection.sock)

        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
            if pool.ConnectionCls is type(pool).ConnectionCls:
                pool.ConnectionCls = _held(pool.ConnectionCls, self)
            return pool

        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            self._bound.left()
            self._bound.seen.asking(request)
            request.headers['Accept-Encoding'] = 'gzip'
            try:
                response: Any = super().send(request, *args, **kwargs)
                response.raw.enforce_content_length = True
                try:
                    response._content = self._bound.body(response.raw)
                finally:
                    if not isinstance(response._content, bytes):
                        response.raw.close()
            except (OSError, HTTPError) as error:
                self._bound.left()  # what was cut has run out of time, whatever it looks like
                if isinstance(error, OSError):
                    raise
                raise Broken(error) from error
            except zlib.error as error:
                raise ValueError(str(error)) from error
            response._content_consumed = True
            self._bound.seen.answered(response.status_code, response.headers, response._content)
            if 'Location' in response.headers and origin(
                urljoin(request.url, response.headers['Location'])
            ) != origin(request.url):
                del response.headers['Location']
            return response

    return Adapter


def _held(kind: Any, adapter: Any) -> Any:
    class Held(kind):  # type: ignore[misc]
        """A connection of which the bound keeps a handle; MSAL gives none of its own a time."""

        response_class = strict_response()

        def _new_conn(self) -> Any:
            left = adapter.bound.left()
            self.timeout: Any = (
                min(self.timeout, left) if isinstance(self.timeout, (int, float)) else left
            )
            sock = super()._new_conn()
            adapter.bound.hold(sock)
            return sock

    return Held
