# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Adapters of requests whose connections can be aborted and whose responses are bounded."""
# The seams that requests and urllib3 leave are protected attributes:
# pylint: disable=protected-access,attribute-defined-outside-init

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes.http.proxy_and_trust import require_readable
from azext_acrhealth.probes.http.strict_http import strict_response


class Recorder(Protocol):
    """Records requests and responses."""

    def sending(self, request: Any) -> None:
        """Record a request that is about to be sent."""

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Record a response."""


class Bound(Protocol):
    """What a thread may still read."""

    def seconds_left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""

    def guard(self, sock: Any) -> None:
        """Guard a connection, so that it is closed when the time is up."""

    def read_body(self, raw: Any) -> bytes:
        """Return a response's body (of a urllib3.HTTPResponse)."""

    @property
    def last_response(self) -> Recorder:
        """Return what records requests and responses."""


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port, which a redirect must not change.

    What parsers read differently has no origin: ('', None, None).
    """
    parts = urlsplit(url)
    if '\\' in url or '@' in parts.netloc or not url.isprintable():
        return '', None, None
    # Some services of Azure spell the port out in their next links.
    return parts.scheme, parts.hostname, parts.port or {'https': 443, 'http': 80}.get(parts.scheme)


@functools.lru_cache(maxsize=None)
def adapter_class() -> Any:
    """Return the class of adapters (of requests.adapters.HTTPAdapter) that keep to a bound."""
    from requests import ConnectionError as RequestsConnectionError
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import HTTPError

    class Adapter(HTTPAdapter):
        """Sends requests over guarded connections and reads responses within a bound."""

        def __init__(self, bound: Bound, max_retries: Any) -> None:
            super().__init__(max_retries=max_retries)
            self._bound = bound
            self.connected = 0

        @property
        def bound(self) -> Bound:
            """Return the bound that it keeps to."""
            return self._bound

        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
            if pool.ConnectionCls is type(pool).ConnectionCls:
                pool.ConnectionCls = _guarded(pool.ConnectionCls, self)
            return pool

        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            self._bound.seconds_left()
            self._bound.last_response.sending(request)
            request.headers['Accept-Encoding'] = 'gzip'
            try:
                response: Any = self._send(request, *args, **kwargs)
                response.raw.enforce_content_length = True
                try:
                    response._content = self._bound.read_body(response.raw)
                finally:
                    if not isinstance(response._content, bytes):
                        response.raw.close()
            except (OSError, HTTPError) as error:
                raise_limit(error)
                self._bound.seconds_left()  # an aborted connection has timed out
                if isinstance(error, OSError):
                    raise
                raise RequestsConnectionError(error) from error
            except zlib.error as error:
                raise ValueError(str(error)) from error
            response._content_consumed = True
            self._bound.last_response.received(
                response.status_code, response.headers, response._content
            )
            location = response.headers.get('Location')
            if location is not None and origin(urljoin(request.url, location)) != origin(
                request.url
            ):
                del response.headers['Location']
            return response

        def _send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            """Send a request; a safe one again where the server had closed the open connection.

            A server may close an idle connection at any time (RFC 9112, section 9.3.1), which shows
            only once the next request was written to it.
            """
            verify = kwargs.get('verify')
            _require_readable(verify if isinstance(verify, str) else '')
            while True:
                connected = self.connected
                try:
                    return super().send(request, *args, **kwargs)
                except RequestsConnectionError as error:
                    safe = request.method in ('GET', 'HEAD')
                    if self.connected > connected or not (safe and _is_closed(error)):
                        raise
                    self._bound.seconds_left()

    return Adapter


def _require_readable(bundle: str) -> None:
    """Raise OSError that names the file for a bundle or a key log that would be read endlessly."""
    try:
        require_readable(bundle)
    except OSError as error:
        text = f'{error.filename or bundle}: {error.strerror}'
        raise OSError(error.errno, text) from error


def _is_closed(error: BaseException) -> bool:
    """Return whether the server ended the connection before the first byte of a response."""
    wrapped = [value for value in error.args if isinstance(value, BaseException)]
    return isinstance(error, ConnectionError) or any(map(_is_closed, wrapped))


def _guarded(connection_class: Any, adapter: Any) -> Any:
    class GuardedConnection(connection_class):  # type: ignore[misc]
        """A connection that the adapter's bound guards; MSAL sets no timeout of its own."""

        response_class = strict_response()
        timeout: Any

        def _new_conn(self) -> Any:
            left = adapter.bound.seconds_left()
            own = self.timeout
            self.timeout = min(own, left) if isinstance(own, (int, float)) else left
            adapter.connected += 1
            sock = super()._new_conn()
            adapter.bound.guard(sock)
            return sock

    return GuardedConnection
