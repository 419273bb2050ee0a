# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Probe a well-known registry host, to tell "no internet" from "not this registry"."""

from __future__ import annotations

import time
from concurrent.futures import TimeoutError as StillBusy
from typing import NamedTuple

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.http.dns import Resolution, ResolveKind, resolve
from azext_acrhealth.probes.http.proxy_and_trust import route_to
from azext_acrhealth.probes.http.proxy_tunnel import connect

PORT = 443


class Reachability(NamedTuple):
    """Whether a host is reachable; `reachable` is None when that is not known.

    `why` is the reason when it is not True; `at` is the time (UTC). `unresolved`: why its name
    doesn't resolve, None when it does or that is not known.
    """

    host: str
    reachable: bool | None = None
    why: str | None = None
    at: str = ''
    unresolved: Failure[ResolveKind] | None = None


class ReferenceHost:  # pylint: disable=too-few-public-methods
    """A host that every machine with internet access can reach; it is probed once and shared."""

    def __init__(self, host: str) -> None:
        self._host = host
        # It ends shortly before the callers that wait for it give up.
        self._probe = deadlines.Once(
            lambda: deadlines.background(
                lambda: probe(host, time.monotonic() + deadlines.DIAGNOSIS - 0.3)
            )
        )

    def reachable(self, deadline: float) -> Reachability:
        """Return whether the host can be reached from this machine."""
        seconds = deadlines.left(deadline, deadlines.DIAGNOSIS)
        if seconds < 1:
            return Reachability(self._host, None, 'no time was left to check')
        try:
            return self._probe().result(seconds)
        except StillBusy:
            return Reachability(self._host, None, f'no response within {seconds:.0f} s')


def probe(host: str, deadline: float) -> Reachability:
    """Resolve a host and connect to it, through its proxy if any; nothing is sent to it."""
    route, at = route_to(host), deadlines.utc()
    if route.failure:
        return Reachability(host, None, f'the proxy setting is invalid: {route.failure.text}', at)
    proxy = route.proxy
    resolution = Resolution(host) if proxy and proxy.resolves_names else resolve(host, deadline)
    if resolution.failure:
        text = f"the name doesn't resolve: {resolution.failure.text}"
        return Reachability(host, False, text, at, resolution.failure)
    tcp = connect(proxy, host, resolution.addresses, PORT, deadline)
    if tcp.failure:
        return Reachability(host, False, tcp.failure.text, at)
    tcp.socket.close()
    return Reachability(host, True, at=at)
