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
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http.dns_message import (
    CNAME,
    A,
    DnsMessage,
    decode_response,
    encode_query,
)
from azext_acrhealth.probes.http.dns_servers import dns_servers

PORT = 53
NO_RESPONSE, UNREACHABLE = 'no response', 'unreachable'
# A query is sent again halfway, because a datagram can be lost.
_SECONDS, _LONGEST = 2.0, 4096


@dataclass(frozen=True)
class DnsServer:
    """A DNS server of this machine and its response about a name.

    `result` is the response code of a query for addresses, such as NXDOMAIN, or NO_RESPONSE or
    UNREACHABLE. `aliases` are the names that the name is an alias of, in order (CNAME records);
    `zone` is the zone that reports that the last one doesn't exist, `primary` its primary server.
    """

    address: str
    result: str
    aliases: tuple[str, ...] = ()
    zone: str | None = None
    primary: str | None = None
    seconds: float = 0.0

    @property
    def responded(self) -> bool:
        """Return whether the server sent a response, of whatever kind."""
        return self.result not in (NO_RESPONSE, UNREACHABLE)


@dataclass(frozen=True)
class DnsServers:
    """The responses of this machine's DNS servers about a name; empty where none is known."""

    servers: tuple[DnsServer, ...] = ()

    @property
    def silent(self) -> bool:
        """Return whether servers are known and none of them responded."""
        return bool(self.servers) and not any(server.responded for server in self.servers)

    @property
    def with_alias(self) -> DnsServer | None:
        """Return the first server that reports the name as an alias, None if no server does."""
        return next((server for server in self.servers if server.aliases), None)


def query_dns_servers(host: str, deadline: float, port: int = PORT) -> DnsServers:
    """Ask all DNS servers of this machine for the addresses and the alias of a name, at once.

    getaddrinfo reports a name that doesn't exist in the same way as an alias of such a name. A
    response to a query for addresses has the alias (RFC 6604), but some servers leave it out, so
    the alias is asked for, too.
    """
    end = min(deadline, time.monotonic() + _SECONDS)
    pending = [
        (address, deadlines.background(partial(_ask, address, port, host, end), 'DNS query'))
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
    identifiers = {record_type: secrets.randbelow(65536) for record_type in (A, CNAME)}
    queries = {
        record_type: encode_query(identifier, host, record_type)
        for record_type, identifier in identifiers.items()
    }
    received: dict[int, DnsMessage] = {}
    entry = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
    with socket.socket(entry[0], socket.SOCK_DGRAM) as sock:
        sock.connect(entry[4])
        for round_end in (since + (end - since) / 2, end):
            for record_type in queries.keys() - received.keys():
                sock.send(queries[record_type])
            _receive(sock, host, identifiers, received, round_end)
            if received.keys() == queries.keys():
                break
    return _merge(server, received, time.monotonic() - since)


def _receive(
    sock: socket.socket,
    host: str,
    identifiers: dict[int, int],
    received: dict[int, DnsMessage],
    end: float,
) -> None:
    """Receive until all queries have a response or the time is up."""
    while len(received) < len(identifiers) and time.monotonic() < end:
        sock.settimeout(deadlines.left(end, _SECONDS))
        with suppress(TimeoutError):
            data = sock.recv(_LONGEST)
            for record_type, identifier in identifiers.items():
                message = decode_response(data, identifier, host)
                if message:
                    received[record_type] = message


def _merge(server: str, received: dict[int, DnsMessage], seconds: float) -> DnsServer:
    """Return a server's response: its code, and its aliases from whichever response has more."""
    addresses = received.get(A)
    if addresses is None and CNAME not in received:
        return DnsServer(server, NO_RESPONSE, seconds=seconds)
    aliases = max((message.aliases for message in received.values()), key=len)
    if addresses is None:
        return DnsServer(server, NO_RESPONSE, aliases, seconds=seconds)
    return DnsServer(server, addresses.rcode, aliases, addresses.zone, addresses.primary, seconds)
