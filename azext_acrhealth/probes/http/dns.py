# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Resolve names as every program of this machine does, by getaddrinfo."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from concurrent.futures import TimeoutError as StillBusy
from dataclasses import dataclass
from typing import Any

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.failure import Failure

# r1007eus-3.eastus.cloudapp.azure.com; other clouds: cloudapp.chinacloudapi.cn,
# cloudapp.usgovcloudapi.net.
_FRONT_END = re.compile(
    r'([a-z0-9-]{1,63})\.([a-z][a-z0-9]{1,39})\.cloudapp(?:\.[a-z0-9-]{1,63}){2}\.?', re.IGNORECASE
)
# An address far away of each family (RFC 5737, RFC 3849), to ask this machine's routes about.
_FAR = {'IPv4': (socket.AF_INET, '192.0.2.1'), 'IPv6': (socket.AF_INET6, '2001:db8::1')}
# Windows numbers its answers itself, and has no EAI_NODATA of its own.
_KINDS = {
    **{getattr(socket, name, None): 'NotFound' for name in ('EAI_NONAME',)},
    11001: 'NotFound',
    **{getattr(socket, name, None): 'NoAddress' for name in ('EAI_NODATA', 'EAI_ADDRFAMILY')},
    11004: 'NoAddress',
}


@dataclass(frozen=True)
class Resolution:
    """The addresses of a name, in the order in which they would be tried.

    `failure.kind` is NotFound, NoAddress, Failed or Timeout; `at` is the time (UTC) at which it was
    asked for.
    """

    host: str
    addresses: tuple[str, ...] = ()
    canonical: str | None = None
    failure: Failure | None = None
    seconds: float = 0.0
    at: str = ''

    @property
    def front_end(self) -> str | None:
        """Return the front end that serves the name, where its canonical name tells it."""
        return self._seen(1)

    @property
    def region(self) -> str | None:
        """Return the region of that front end."""
        return self._seen(2)

    def _seen(self, part: int) -> str | None:
        match = _FRONT_END.fullmatch(self.canonical or '')
        return match[part].lower() if match else None


def resolve(host: str, deadline: float) -> Resolution:
    """Resolve a name to all addresses of both families and its canonical name."""
    since, seconds, at = (
        time.monotonic(),
        deadlines.left(deadline, deadlines.RESOLVE),
        deadlines.utc(),
    )
    try:
        # getaddrinfo cannot be cut: it is left behind when its time is up.
        responses = deadlines.background(lambda: _ask(host), 'getaddrinfo').result(seconds)
    except StillBusy:
        return Resolution(
            host,
            failure=Failure('Timeout', f'no answer within {seconds:.0f} s'),
            seconds=seconds,
            at=at,
        )
    except socket.gaierror as error:
        failure = Failure(_KINDS.get(error.errno, 'Failed'), error.strerror or str(error))
        return Resolution(host, failure=failure, seconds=time.monotonic() - since, at=at)
    except (OSError, ValueError) as error:  # ValueError: what is no name at all
        return Resolution(
            host, failure=Failure('Failed', str(error)), seconds=time.monotonic() - since, at=at
        )
    addresses = tuple(dict.fromkeys(str(response[4][0]).split('%', 1)[0] for response in responses))
    canonical = next((response[3] for response in responses if response[3]), None)
    return Resolution(host, addresses, canonical, seconds=time.monotonic() - since, at=at)


def _ask(host: str) -> list[Any]:
    flags = socket.AI_CANONNAME
    return socket.getaddrinfo(
        host, 443, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=flags
    )


def is_private(address: str) -> bool:
    """Return whether an address is of a private network (RFC 1918, RFC 4193, shared space of RFC 6598)."""
    ip = ipaddress.ip_address(address)
    networks = ('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7')
    return any(
        ip.version == net.version and ip in net for net in map(ipaddress.ip_network, networks)
    )


def family(address: str) -> str:
    """Name an address's family."""
    return f'IPv{ipaddress.ip_address(address).version}'


def has_route(one: str) -> bool:
    """Return whether a family has a way out of this machine.

    Connecting a datagram socket asks, and sends nothing.
    """
    kind, far = _FAR[one]
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as sock:
            sock.connect((far, 9))
        return True
    except OSError:
        return False
