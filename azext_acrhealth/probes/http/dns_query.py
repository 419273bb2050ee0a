# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Ask this machine's DNS servers about a name that didn't resolve, for what getaddrinfo hides."""

from __future__ import annotations

import secrets
import socket
import time
from concurrent.futures import TimeoutError as StillBusy
from functools import partial
from typing import NamedTuple

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http.dns_message import (
    AAAA,
    CNAME,
    A,
    DnsMessage,
    decode_response,
    encode_query,
    is_dns_name,
)
from azext_acrhealth.probes.http.dns_servers import dns_servers

PORT = 53
NO_RESPONSE, UNREACHABLE = 'no response', 'unreachable'
# A query is sent again after a while, because a datagram can be lost.
_SECONDS, _RESEND_SECONDS, _LONGEST = 2.0, 0.6, 4096
_LONGEST_CHAIN = 8


class DnsServer(NamedTuple):
    """A DNS server of this machine and its response about a name.

    `result` is the response code of a query for addresses, such as NXDOMAIN, or NO_RESPONSE or
    UNREACHABLE. `aliases` are the names that the name is an alias of, in order (CNAME records);
    `zone` is the zone that reports that the last one doesn't exist, `primary` its primary server.
    `resolved`: the response has an address.
    """

    address: str
    result: str
    aliases: tuple[str, ...] = ()
    zone: str | None = None
    primary: str | None = None
    seconds: float = 0.0
    resolved: bool = False

    @property
    def responded(self) -> bool:
        """Return whether the server sent a response, of whatever kind."""
        return self.result not in (NO_RESPONSE, UNREACHABLE)


class DnsServers(NamedTuple):
    """The responses of this machine's DNS servers about a name; empty where none is known."""

    servers: tuple[DnsServer, ...] = ()

    @property
    def silent(self) -> bool:
        """Return whether servers are known and none of them responded."""
        return bool(self.servers) and not any(server.responded for server in self.servers)

    @property
    def with_alias(self) -> DnsServer | None:
        """Return a server that reports the name as an alias of a name that it doesn't resolve.

        None if no server does. One that reports that the alias doesn't exist comes first.
        """
        found = [server for server in self.servers if server.aliases and not server.resolved]
        return min(found, key=lambda server: server.result != 'NXDOMAIN', default=None)


def query_dns_servers(host: str, deadline: float, port: int = PORT) -> DnsServers:
    """Ask all DNS servers of this machine for the addresses and the alias of a name, at once.

    getaddrinfo reports an alias of a name that doesn't exist like a name that doesn't exist.
    """
    end = min(deadline, time.monotonic() + _SECONDS)
    pending = [
        (address, deadlines.background(partial(_ask, address, port, host, end)))
        for address in dns_servers()
    ]
    servers: list[DnsServer] = []
    for address, future in pending:
        try:
            servers.append(future.result(deadlines.left(end, _SECONDS) + 0.2))
        except StillBusy:
            servers.append(DnsServer(address, NO_RESPONSE))
        except (OSError, ValueError):
            servers.append(DnsServer(address, UNREACHABLE))
    return DnsServers(tuple(servers))


def _ask(server: str, port: int, host: str, end: float) -> DnsServer:
    """Ask a server; raises OSError where it can't be reached, ValueError for an invalid name."""
    since = time.monotonic()
    entry = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    with socket.socket(entry[0], socket.SOCK_DGRAM) as sock:
        sock.connect(entry[4])
        # A server that waits for another one may still know the alias.
        response = _consistent(sock, host, _query(sock, host, A, deadlines.half(end)), end)
        aliases, zone, primary = (
            (response.aliases, response.zone, response.primary) if response else ((), None, None)
        )
        # A response has the aliases, also a negative one (RFC 6604), but some servers omit them.
        while not (response and response.aliases) and len(aliases) < _LONGEST_CHAIN:
            if aliases and not is_dns_name(aliases[-1]):
                break
            alias = _query(sock, (host, *aliases)[-1], CNAME, end)
            if alias is None or not alias.aliases:
                zone, primary = (zone, primary) if alias is None else (alias.zone, alias.primary)
                break
            aliases += alias.aliases
    seconds = time.monotonic() - since
    result = response.rcode if response else NO_RESPONSE
    resolved = response is not None and response.resolved
    return DnsServer(server, result, aliases, zone, primary, seconds, resolved)


def _consistent(
    sock: socket.socket, host: str, response: DnsMessage | None, end: float
) -> DnsMessage | None:
    """Return the response that says whether the alias of a name exists.

    Of a client's queries for both types of addresses, dnsmasq 2.90 answers the one whose response
    comes later without an error, although both responses say that the alias doesn't exist. No
    server says so of a name that has records of another type (RFC 2308, section 2.1).
    """
    if not (response and response.aliases) or response.resolved or response.rcode != 'NOERROR':
        return response
    other = _query(sock, host, AAAA, end)
    return other if other and other.aliases and other.rcode == 'NXDOMAIN' else response


def _query(sock: socket.socket, name: str, record_type: int, end: float) -> DnsMessage | None:
    """Return the response to a query, None if there is none in time."""
    identifier = secrets.randbelow(65536)
    message = encode_query(identifier, name, record_type)
    while time.monotonic() < end:
        sock.send(message)
        resend = min(end, time.monotonic() + _RESEND_SECONDS)
        while time.monotonic() < resend:
            sock.settimeout(deadlines.left(resend, _RESEND_SECONDS))
            try:
                response = decode_response(sock.recv(_LONGEST), identifier, name)
            except TimeoutError:
                break
            if response:
                return response
    return None
