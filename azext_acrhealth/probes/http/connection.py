# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A connection with a host, opened in phases that checks judge, then used for all requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution, resolve
from azext_acrhealth.probes.http.exchange import LOST, Request, send
from azext_acrhealth.probes.http.proxy_and_trust import Route, route_to
from azext_acrhealth.probes.http.proxy_tunnel import connect
from azext_acrhealth.probes.http.response import Response
from azext_acrhealth.probes.http.retry import with_retry
from azext_acrhealth.probes.http.strict_http import strict_response
from azext_acrhealth.probes.http.tcp import Attempt, TcpConnection, try_addresses
from azext_acrhealth.probes.http.tls import (
    REJECTED_CERTIFICATE,
    Handshake,
    UnverifiedPeer,
    inspect_certificate,
    perform_handshake,
)

PORT = 443
# A DNS server can return any number of addresses.
_MAX_OTHER_ADDRESSES = 8


class Connection:
    """A connection with a host; each phase runs once, when its result is first asked for.

    `resolution()`, `tcp()` and `handshake()` return the phase's typed result; `challenge()` returns
    the response to the first request, `unverified_peer()` the certificate that failed validation,
    `other_addresses()` whether the addresses accept connections that `tcp()` didn't need.
    `deadline`, an instant of `time.monotonic()`, may be changed for later requests.
    """

    def __init__(
        self, host: str, deadline: float, user_agent: str = '', port: int | None = None
    ) -> None:
        self.host, self.deadline, self._user_agent = host, deadline, user_agent
        self._port = PORT if port is None else port
        self._authority = host if port in (None, PORT) else f'{host}:{port}'
        self._http: Any = None
        self._guard: deadlines.SocketGuard | None = None
        self.secrets: tuple[str, ...] = ()  # tokens that were sent or received over it
        self._turn = threading.RLock()
        # What is open, and how many threads use it; the last one closes what `close` could not.
        self._lock, self._users, self._closed = threading.Lock(), 0, False
        self._resources: list[Any] = []
        self.route: deadlines.Once[Route] = deadlines.Once(lambda: route_to(self._authority))
        self.resolution: deadlines.Once[Resolution] = deadlines.Once(
            lambda: resolve(host, deadline)
        )
        self.tcp = deadlines.Once(self._connect)
        self.other_addresses: deadlines.Once[tuple[Attempt, ...]] = deadlines.Once(
            self._try_other_addresses
        )
        self.handshake = deadlines.Once(lambda: self._perform_handshake(self.tcp()))
        self.unverified_peer: deadlines.Once[UnverifiedPeer] = deadlines.Once(
            self._inspect_certificate
        )
        # What the next request uses; the phases above keep their first results.
        self._link = self.handshake
        self.challenge: deadlines.Once[Response] = deadlines.Once(
            lambda: with_retry(lambda: self.request(Request('GET', '/v2/')), deadline)
        )

    def open(self) -> Connection:
        """Run all phases in the background; a check that asks for a result waits for it."""
        deadlines.background(self.challenge)
        deadlines.background(self.other_addresses)
        return self

    @contextmanager
    def _using(self) -> Iterator[None]:
        """Keep what is open from being closed by another thread, which only marks it so."""
        with self._lock:
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                last = self._closed and not self._users
            if last:
                self._release()

    def _connect(self) -> TcpConnection:
        with self._using():
            tcp = self._open_tcp()
            self._resources.append(tcp.socket)
            return tcp

    def _open_tcp(self) -> TcpConnection:
        route = self.route()
        if route.failure:
            return TcpConnection(failure=route.failure)
        addresses = self._addresses()
        if not (addresses or route.proxy):
            reason = self.resolution().failure
            text = f"the name doesn't resolve: {reason.text if reason else 'no address'}"
            return TcpConnection(failure=Failure('Failed', text))
        return connect(route.proxy, self.host, addresses, self._port, self.deadline)

    def _addresses(self) -> Sequence[str]:
        """Return the addresses to connect to; none for a proxy that resolves the name itself."""
        proxy = self.route().proxy
        return () if proxy and proxy.resolves_names else self.resolution().addresses

    def _try_other_addresses(self) -> tuple[Attempt, ...]:
        tcp = self.tcp()
        if tcp.failure or tcp.proxy:
            return ()
        tried = {attempt.address for attempt in tcp.tried}
        others = [address for address in self.resolution().addresses if address not in tried]
        # The checks that follow need time, too.
        return try_addresses(
            others[:_MAX_OTHER_ADDRESSES], self._port, deadlines.half(self.deadline)
        )

    def _perform_handshake(self, tcp: TcpConnection) -> Handshake:
        if tcp.failure:
            return Handshake(failure=tcp.failure)
        with self._using():
            handshake = perform_handshake(tcp.socket, self.host, self.deadline)
            self._resources.extend((handshake.guard, handshake.socket))
            return handshake

    def _inspect_certificate(self) -> UnverifiedPeer:
        """Open a second connection to read the certificate that failed validation."""
        first, failure = self.tcp(), self.handshake().failure
        if failure is None or failure.kind not in REJECTED_CERTIFICATE:
            return UnverifiedPeer(
                failure=Failure('NotInspected', 'no certificate failed validation')
            )
        end = min(self.deadline, time.monotonic() + deadlines.DIAGNOSIS)
        proxy = self.route().proxy
        tcp = connect(
            proxy,
            self.host,
            self._addresses() if proxy else [first.address or ''],
            self._port,
            end,
        )
        if tcp.failure:
            return UnverifiedPeer(failure=tcp.failure, at=tcp.at)
        return inspect_certificate(
            tcp.socket,
            self.host,
            end,
            self._user_agent,
            failure.kind in ('Expired', 'NotYetValid'),
        )

    def request(self, request: Request, until: float | None = None) -> Response:
        """Send a request and return its response; redirects are never followed.

        An idle connection that the server closed is reopened once. The body is read up to the
        request's bound, within the request's limit and until `until`, by default the deadline.
        """
        with self._turn, self._using():
            return self._request(request, self.deadline if until is None else until)

    def _request(self, request: Request, until: float) -> Response:
        reused = self._http is not None
        if not reused and not self._closed:
            handshake = self._link()
            if handshake.failure:
                return Response(None, failure=handshake.failure)
            self._adopt(handshake)
        if self._closed:
            return Response(None, failure=Failure('Cut', 'the connection is already closed'))
        assert self._guard is not None
        sent = send(
            self._http,
            self._guard,
            request,
            deadlines.left(until, request.limit),
            self._user_agent,
        )
        if not sent.usable:
            self._drop()
        lost = sent.unanswered and sent.response.failure and sent.response.failure.kind in LOST
        if reused and lost and request.method != 'PATCH' and not self._closed:
            # A server may close an idle connection at any time, so this is no failure yet.
            return self._request(request, until)
        return sent.response

    def _drop(self) -> None:
        """Close the connection; the next request opens a new one."""
        self._release()
        self._link = deadlines.Once(lambda: self._perform_handshake(self._connect()))

    def _adopt(self, handshake: Handshake) -> None:
        from http.client import HTTPConnection

        self._http = HTTPConnection(self.host, self._port)
        self._http.host = self._authority  # the value of the header
        self._http.response_class = strict_response()
        # Without a socket it must fail; it would connect without proxy, limits and validation.
        self._http.auto_open = 0
        self._http.sock, self._guard = handshake.socket, handshake.guard

    def close(self) -> None:
        """Close the connection, even during a request; the phases keep their results.

        Never waits: a thread that is using the connection closes the socket itself, because its
        descriptor could be reused while that thread still reads from it.
        """
        with self._lock:
            self._closed, guard, idle = True, self._guard, not self._users
        if guard:
            guard.abort()
        if idle:
            self._release()

    def _release(self) -> None:
        """Close what is open, the outermost layer first."""
        self._http = self._guard = None
        with self._lock:  # `close` and the last thread that uses it may both come here
            resources, self._resources = self._resources, []
        for resource in reversed(resources):
            if resource:
                with suppress(OSError):
                    resource.close()
