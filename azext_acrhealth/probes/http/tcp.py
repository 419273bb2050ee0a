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
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

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
    """An address that was tried; `result` is Connected or the kind of its failure."""

    address: str
    result: Literal['Connected', ConnectKind]
    seconds: float = 0.0


@dataclass(frozen=True)
class TcpConnection:
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
    """Connect to the first address that accepts; 5 s for each and 10 s in all."""
    since = time.monotonic()
    end = min(deadline, since + deadlines.CONNECT)
    tried: list[Attempt] = []
    failures: list[Failure[ConnectKind]] = []
    for address in addresses:
        if tried and time.monotonic() >= end:
            break
        started = time.monotonic()
        try:
            sock = socket.create_connection(
                (address, port), deadlines.left(end, deadlines.CONNECT_EACH)
            )
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tried.append(Attempt(address, 'Connected', time.monotonic() - started))
            return TcpConnection(
                sock,
                address,
                tuple(tried),
                seconds=time.monotonic() - since,
                at=deadlines.utc(since),
            )
        except OSError as error:
            failures.append(_to_failure(error))
            tried.append(Attempt(address, failures[-1].kind, time.monotonic() - started))
    return TcpConnection(
        tried=tuple(tried),
        failure=_choose_failure(tried, failures),
        seconds=time.monotonic() - since,
        at=deadlines.utc(since),
    )


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
