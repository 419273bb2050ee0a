# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""One connection with a host, opened in phases that several checks can judge, then used for all its requests."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
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
from azext_acrhealth.probes.http.tcp import TcpConnection
from azext_acrhealth.probes.http.tls import (
    DOUBTED,
    Handshake,
    UnverifiedPeer,
    inspect_certificate,
    perform_handshake,
)

PORT = 443


class Connection:
    """A connection with a host; each phase is gone through once, by whoever asks for it first.

    `resolution()`, `tcp()` and `handshake()` give the phase's typed result; `challenge()` the
    answer to the first request, `unverified_peer()` a certificate that failed. `deadline` is an
    instant of `time.monotonic()`.
    """

    def __init__(self, host: str, deadline: float, user_agent: str = '') -> None:
        self.host, self.deadline, self._user_agent = host, deadline, user_agent
        self._http: Any = None
        self._guard: deadlines.SocketGuard | None = None
        self.secrets: tuple[str, ...] = ()  # tokens that went over it, either way
        self._turn, self._closed = threading.RLock(), False
        self.route: deadlines.Once[Route] = deadlines.Once(lambda: route_to(host))
        self.resolution: deadlines.Once[Resolution] = deadlines.Once(
            lambda: resolve(host, deadline)
        )
        self.tcp = deadlines.Once(self._connect)
        self.handshake = deadlines.Once(lambda: self._perform_handshake(self.tcp()))
        self.unverified_peer: deadlines.Once[UnverifiedPeer] = deadlines.Once(
            self._inspect_certificate
        )
        self._link = (
            self.handshake
        )  # what the next request goes over; the phases above keep their first results
        self.challenge: deadlines.Once[Response] = deadlines.Once(
            lambda: with_retry(lambda: self.request(Request('GET', '/v2/')), deadline)
        )

    def open(self) -> Connection:
        """Go through all phases in the background; a check that asks for one waits for it."""
        deadlines.background(self.challenge, f'connection with {self.host}')
        return self

    def _connect(self) -> TcpConnection:
        route, addresses = self.route(), self.resolution().addresses
        if route.failure:
            return TcpConnection(failure=route.failure)
        return connect(route.proxy, self.host, addresses, PORT, self.deadline)

    def _perform_handshake(self, tcp: TcpConnection) -> Handshake:
        if tcp.failure:
            return Handshake(failure=tcp.failure)
        return perform_handshake(tcp.socket, self.host, self.deadline)

    def _inspect_certificate(self) -> UnverifiedPeer:
        """Open a second connection to see the certificate that the first one would not take."""
        first, failure = self.tcp(), self.handshake().failure
        if failure is None or failure.kind not in DOUBTED:
            return UnverifiedPeer(failure=Failure('Unseen', 'no certificate failed'))
        end = min(self.deadline, time.monotonic() + deadlines.DIAGNOSIS)
        proxy = self.route().proxy
        again = connect(
            proxy,
            self.host,
            self.resolution().addresses if proxy else [first.address or ''],
            PORT,
            end,
        )
        if again.failure:
            return UnverifiedPeer(failure=again.failure, at=again.at)
        return inspect_certificate(
            again.socket,
            self.host,
            end,
            self._user_agent,
            failure.kind in ('Expired', 'NotYetValid'),
        )

    def request(self, request: Request, until: float | None = None) -> Response:
        """Send a request and read its answer, never followed elsewhere.

        A lost idle connection is opened again once.

                Answers are read up to the request's bound and for 10 s in all, or until another
        instant than the deadline.
        """
        with self._turn:
            try:
                return self._request(request, self.deadline if until is None else until)
            finally:
                if self._closed:
                    self._release()

    def _request(self, request: Request, until: float) -> Response:
        used = self._http is not None
        if not used and not self._closed:
            handshake = self._link()
            if handshake.failure:
                return Response(None, failure=handshake.failure)
            self._adopt(handshake)
        if self._closed:
            return Response(None, failure=Failure('Cut', 'the connection was given up'))
        assert self._guard is not None
        sent = send(
            self._http,
            self._guard,
            request,
            deadlines.left(until, deadlines.REQUEST),
            self._user_agent,
        )
        if not sent.usable:
            self._drop()
        lost = sent.unanswered and sent.response.failure and sent.response.failure.kind in LOST
        if used and lost and request.method != 'PATCH' and not self._closed:
            # The server had closed the idle connection: ordinary HTTP, and no sign of trouble yet.
            return self._request(request, until)
        return sent.response

    def _drop(self) -> None:
        """Close the connection; the next request opens another."""
        self._release()
        self._link = deadlines.Once(lambda: self._perform_handshake(self._connect()))

    def _adopt(self, handshake: Handshake) -> None:
        from http.client import HTTPConnection

        self._http = HTTPConnection(self.host, PORT)
        self._http.response_class = strict_response()
        self._http.auto_open = (
            0  # without a socket it must fail, not open a connection past our phases
        )
        self._http.sock, self._guard = handshake.socket, handshake.guard

    def close(self) -> None:
        """Return the connection up, also under whoever is using it; the phases keep their results."""
        self._closed, guard = True, self._guard
        if guard:
            guard.abort()
        # Whoever is using it lets go of it: a descriptor must not be closed, and used anew, under a
        # thread that reads.
        # it must not wait
        if self._turn.acquire(blocking=False):  # pylint: disable=consider-using-with
            try:
                self._release()
            finally:
                self._turn.release()

    def _release(self) -> None:
        if self._guard:
            self._guard.close()
        if self._http and self._http.sock:
            with suppress(OSError):
                self._http.sock.close()
        self._http = self._guard = None
