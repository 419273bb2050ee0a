# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Resolve host names with getaddrinfo, as other programs on this machine do."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from concurrent.futures import TimeoutError as StillBusy
from typing import Any, Literal, NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.machine_limits import raise_if_no_file_can_be_opened, raise_limit
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure

ResolveKind = Literal['NotFound', 'NoAddress', 'Failed', 'Timeout']
# r1007eus-3.eastus.cloudapp.azure.com; other clouds: cloudapp.chinacloudapi.cn,
# cloudapp.usgovcloudapi.net.
_FRONT_END = lazy_pattern(
    r'([a-z0-9-]{1,63})\.([a-z][a-z0-9]{1,39})\.cloudapp(?:\.[a-z0-9-]{1,63}){2}\.?', re.IGNORECASE
)
# A documentation address of each family (RFC 5737, RFC 3849), to look up a route to.
_REMOTE: dict[str, tuple[socket.AddressFamily, str]] = {
    'IPv4': (socket.AF_INET, '192.0.2.1'),
    'IPv6': (socket.AF_INET6, '2001:db8::1'),
}
# Windows has its own error numbers, and no EAI_NODATA.
_KINDS: dict[int | None, ResolveKind] = {
    **{getattr(socket, name, None): 'NotFound' for name in ('EAI_NONAME',)},
    11001: 'NotFound',
    **{getattr(socket, name, None): 'NoAddress' for name in ('EAI_NODATA', 'EAI_ADDRFAMILY')},
    11004: 'NoAddress',
}


class Resolution(NamedTuple):
    """The addresses of a host name, in the order in which clients try them.

    `at` is the time (UTC) of the query.
    """

    host: str
    addresses: tuple[str, ...] = ()
    canonical: str | None = None
    failure: Failure[ResolveKind] | None = None
    seconds: float = 0.0
    at: str = ''

    @property
    def front_end(self) -> str | None:
        """Return the front end that serves the host, if its canonical name contains it."""
        return self._front_end_group(1)

    @property
    def region(self) -> str | None:
        """Return the region of that front end."""
        return self._front_end_group(2)

    def _front_end_group(self, group: int) -> str | None:
        match = _FRONT_END.fullmatch(self.canonical or '')
        return match[group].lower() if match else None


def resolve(host: str, deadline: float) -> Resolution:
    """Resolve a host name to its addresses of both families and its canonical name."""
    since, seconds, at = (
        time.monotonic(),
        deadlines.left(deadline, deadlines.RESOLVE),
        deadlines.utc(),
    )
    try:
        # getaddrinfo cannot be interrupted: its thread is abandoned when its time is up.
        entries = deadlines.background(lambda: _get_addresses(host)).result(seconds)
    except StillBusy:
        return Resolution(
            host,
            failure=Failure('Timeout', f'the DNS query timed out after {seconds:.0f} s'),
            seconds=seconds,
            at=at,
        )
    except socket.gaierror as error:
        raise_if_no_file_can_be_opened()
        return Resolution(
            host,
            failure=Failure(_KINDS.get(error.errno, 'Failed'), error.strerror or str(error)),
            seconds=time.monotonic() - since,
            at=at,
        )
    except (OSError, ValueError) as error:  # ValueError: not encodable as a host name
        raise_limit(error)
        return Resolution(
            host, failure=Failure('Failed', str(error)), seconds=time.monotonic() - since, at=at
        )
    addresses = tuple(dict.fromkeys(str(entry[4][0]).split('%', 1)[0] for entry in entries))
    canonical = next((entry[3] for entry in entries if entry[3]), None)
    return Resolution(host, addresses, canonical, seconds=time.monotonic() - since, at=at)


def _get_addresses(host: str) -> list[Any]:
    flags = socket.AI_CANONNAME
    return socket.getaddrinfo(
        host, 443, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=flags
    )


def is_private(address: str) -> bool:
    """Return whether an address is private (RFC 1918, RFC 4193) or shared (RFC 6598)."""
    ip = ipaddress.ip_address(address)
    networks = ('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7')
    return any(
        ip.version == network.version and ip in network
        for network in map(ipaddress.ip_network, networks)
    )


def family(address: str) -> str:
    """Return the family of an address: `IPv4` or `IPv6`."""
    return f'IPv{ipaddress.ip_address(address).version}'


def has_route(family_name: str) -> bool:
    """Return whether this machine has a route for `IPv4` or `IPv6`.

    Connecting a datagram socket looks up the route and sends no packet.
    """
    socket_family, remote = _REMOTE[family_name]
    try:
        with socket.socket(socket_family, socket.SOCK_DGRAM) as sock:
            sock.connect((remote, 9))
        return True
    except OSError:
        return False
