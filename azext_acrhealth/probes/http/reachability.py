# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether another well-known registry host can be reached, so that "no internet" and "not this registry" differ."""

from __future__ import annotations

import time
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass, field

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http.dns import Resolution, resolve
from azext_acrhealth.probes.http.proxy_and_trust import route_to
from azext_acrhealth.probes.http.proxy_tunnel import connect

PORT = 443


@dataclass(frozen=True)
class Reachability:
    """Another host; `why` it is not reachable, or why that is not known (`reachable` is None).

    `at`: when, in UTC.
    """

    host: str
    reachable: bool | None = None
    why: str | None = None
    at: str = field(default='', compare=False)


class ReferenceHost:  # pylint: disable=too-few-public-methods
    """A host that whoever can reach anything can reach; it is tried once, for all that ask."""

    def __init__(self, host: str) -> None:
        self._host = host
        # It ends a little before whoever waits for it gives up.
        self._tried = deadlines.Once(
            lambda: deadlines.background(
                lambda: probe(host, time.monotonic() + deadlines.DIAGNOSIS - 0.3), 'elsewhere'
            )
        )

    def reachable(self, deadline: float) -> Reachability:
        """Tell whether it can be reached from here."""
        seconds = deadlines.left(deadline, deadlines.DIAGNOSIS)
        if seconds < 1:
            return Reachability(self._host, None, 'no time was left to look')
        try:
            return self._tried().result(seconds)
        except StillBusy:
            return Reachability(self._host, None, f'no answer within {seconds:.0f} s')


def probe(host: str, deadline: float) -> Reachability:
    """Resolve and connect to a host, through the proxy that is in force for it.

    Nothing is sent to it.
    """
    route, at = route_to(host), deadlines.utc()
    if route.failure:
        return Reachability(
            host, None, f'the proxy setting cannot be read: {route.failure.text}', at
        )
    proxy = route.proxy
    itself = proxy is not None and proxy.scheme not in (
        'socks4',
        'socks5',
    )  # the proxy resolves the name
    found = Resolution(host) if itself else resolve(host, deadline)
    if found.failure:
        return Reachability(host, False, f'its name does not resolve: {found.failure.text}', at)
    tcp = connect(proxy, host, found.addresses, PORT, deadline)
    if tcp.failure:
        return Reachability(host, False, tcp.failure.text, at)
    tcp.socket.close()
    return Reachability(host, True, at=at)
