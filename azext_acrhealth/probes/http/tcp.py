# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Connect to a host's addresses over TCP."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from azext_acrhealth.machine_limits import raise_limit
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure, Table
from azext_acrhealth.probes.http.dns import family, has_route
from azext_acrhealth.probes.http.proxy_and_trust import RouteKind

# AddressFamilyUnreachable: no route for the only family that was tried; the other has a route.
ConnectKind = Literal[
    'Timeout', 'Refused', 'Reset', 'Unreachable', 'AddressFamilyUnreachable', 'Failed'
]
ProxyKind = Literal['ProxyUnreachable', 'ProxyLogin', 'ProxyRefused', RouteKind]
TcpKind = Literal[ConnectKind, ProxyKind]

CONNECT_FAILURES: Table[ConnectKind] = (
    (TimeoutError, 'Timeout'),
    (ConnectionRefusedError, 'Refused'),
    (ConnectionError, 'Reset'),
    (OSError, 'Failed'),
)
# A shorter time would make a distant address look dead.
_SHORTEST = 2.0
_NO_ROUTE = {
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EACCES,
    errno.EINVAL,
    errno.EADDRNOTAVAIL,
    errno.EAFNOSUPPORT,
    errno.ENETDOWN,
    10051,
    10065,
    10049,
    10047,
}


class Attempt(NamedTuple):
    """An address that was tried; `result` is Connected or the kind of its failure.

    `routed`: its kind is Unreachable, although this machine has a route for its family.
    """

    address: str
    result: Literal['Connected', ConnectKind]
    seconds: float = 0.0
    routed: bool = False

    def is_dead(self, connected: str | None) -> bool:
        """Return whether it doesn't accept connections, while another address is connected.

        When this machine has no route for its family, nothing is known about the address, and
        clients skip it at once.
        """
        if self.result == 'Unreachable' and not self.routed and connected:
            return family(self.address) == family(connected)
        return self.result != 'Connected'


class TcpConnection(NamedTuple):
    """The result of connecting, with one `Attempt` for each address that was tried.

    `failure.kind` is a `ConnectKind`, through a proxy also a `ProxyKind`. `proxy_status` is the
    status of an HTTP proxy's response to CONNECT.
    """

    socket: Any = None
    address: str | None = None
    tried: tuple[Attempt, ...] = ()
    proxy: str | None = None
    failure: Failure[TcpKind] | None = None
    seconds: float = 0.0
    at: str = ''
    proxy_status: int | None = None


def connect_tcp(addresses: Sequence[str], port: int, deadline: float) -> TcpConnection:
    """Connect to the first address that accepts; 5 s for each and 10 s in all.

    Several addresses share the 10 s, so that one that doesn't respond leaves time for the others.
    """
    since = time.monotonic()
    end = min(deadline, since + deadlines.CONNECT)
    tried: list[Attempt] = []
    failures: list[Failure[ConnectKind]] = []
    for number, address in enumerate(addresses):
        left = end - time.monotonic()
        if tried and left <= 0:
            break
        limit = address_limit(len(addresses) - number, left)
        sock, attempt, failure = _attempt(address, port, deadlines.left(end, limit))
        tried.append(attempt)
        if sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return TcpConnection(
                sock,
                address,
                tuple(tried),
                seconds=time.monotonic() - since,
                at=deadlines.utc(since),
            )
        assert failure
        failures.append(failure)
    return TcpConnection(
        tried=tuple(tried),
        failure=_choose_failure(tried, failures),
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


def address_limit(count: int, seconds: float | None = None) -> float:
    """Return the seconds for the next of `count` addresses that share a time, by default 10 s."""
    shared = (deadlines.CONNECT if seconds is None else seconds) / max(1, count)
    return min(deadlines.CONNECT_EACH, max(_SHORTEST, shared))


def try_addresses(addresses: Sequence[str], port: int, deadline: float) -> tuple[Attempt, ...]:
    """Try to connect to addresses, all at once, and close the connections; nothing is sent."""
    pending = [
        deadlines.background(
            partial(_attempt, address, port, deadlines.left(deadline, deadlines.CONNECT_EACH))
        )
        for address in addresses
    ]
    attempts: list[Attempt] = []
    for future in pending:
        sock, attempt, _ = future.result()
        if sock:
            sock.close()
        attempts.append(attempt)
    return tuple(attempts)


def _attempt(
    address: str, port: int, seconds: float
) -> tuple[Any, Attempt, Failure[ConnectKind] | None]:
    """Return a connected socket, or None and the failure."""
    started = time.monotonic()
    try:
        sock = socket.create_connection((address, port), seconds)
    except OSError as error:
        raise_limit(error)
        failure = _to_failure(error)
        seconds = time.monotonic() - started
        routed = failure.kind == 'Unreachable' and has_route(family(address))
        return None, Attempt(address, failure.kind, seconds, routed), failure
    return sock, Attempt(address, 'Connected', time.monotonic() - started), None


def _choose_failure(
    tried: Sequence[Attempt], failures: Sequence[Failure[ConnectKind]]
) -> Failure[ConnectKind]:
    if not failures:
        return Failure('Failed', 'no address is available')
    # A missing route for one family says nothing about the failure of the other.
    chosen = next((failure for failure in failures if failure.kind != 'Unreachable'), failures[0])
    if chosen.kind != 'Unreachable':
        return chosen
    families = {family(attempt.address) for attempt in tried}
    unrouted = [name for name in ('IPv4', 'IPv6') if not has_route(name)]
    if len(families) == 1 and unrouted == [*families]:
        return Failure('AddressFamilyUnreachable', chosen.text)
    return chosen


def _to_failure(error: OSError) -> Failure[ConnectKind]:
    kind = next(name for error_type, name in CONNECT_FAILURES if isinstance(error, error_type))
    if kind == 'Failed' and error.errno in _NO_ROUTE:
        kind = 'Unreachable'
    return Failure(kind, error.strerror or str(error) or type(error).__name__)
