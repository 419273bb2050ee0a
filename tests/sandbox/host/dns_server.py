# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The sandbox's DNS server: the default cloud's names, and any response that a test sets."""

from __future__ import annotations

import dataclasses
import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Optional

from dnslib import AAAA, CNAME, QTYPE, RCODE, RR, SOA, A, DNSError, DNSRecord

from tests.sandbox.control.recorder import Recorder
from tests.sandbox.faults.fault_matrix import Faults
from tests.sandbox.host.addresses import REFUSING, SILENT, UNREACHABLE
from tests.sandbox.services.cloud import SUFFIX

TTL = 60
PAIR_SECONDS = 0.25
PRIVATE_ZONE = f'privatelink{SUFFIX}'
RCODES = {
    'nxdomain': RCODE.NXDOMAIN,
    'servfail': RCODE.SERVFAIL,
    'refused': RCODE.REFUSED,
    'nodata': RCODE.NOERROR,
}
MISBEHAVING = {'refuse': REFUSING, 'silent': SILENT, 'unreachable': UNREACHABLE}
Chain = tuple[list[str], list[str]]


@dataclasses.dataclass
class Entry:
    """The response for a name: addresses after a chain of canonical names, or an error.

    It is delayed by `slow` seconds, or only that to queries of the type `slow_type`. `bare`: a
    negative response has no canonical names, as some forwarders leave them out. `primary`: the
    primary server of the zone, the usual one if None.
    """

    addresses: list[str] = dataclasses.field(default_factory=list)
    cnames: list[str] = dataclasses.field(default_factory=list)
    answer: Optional[str] = None
    slow: float = 0.0
    slow_type: Optional[str] = None
    bare: bool = False
    primary: Optional[str] = None


class Zone:
    """Finds the response to a query: one that was set for the name, a fault, or the default."""

    def __init__(
        self,
        faults: Faults,
        recorder: Recorder,
        default: Callable[[str], Optional[Chain]],
        aliases: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._faults, self._recorder, self._default, self._aliases = (
            faults,
            recorder,
            default,
            aliases,
        )
        self._set: dict[str, Entry] = {}
        self._last: dict[str, tuple[float, str, Entry]] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Remove all responses that were set."""
        self._set.clear()
        self.forget()

    def forget(self) -> None:
        """Decide every query again from now on."""
        with self._lock:
            self._last.clear()

    def put(self, name: str, value: Optional[dict[str, Any]]) -> None:
        """Set the response for a name; None restores the default."""
        if value is None:
            self._set.pop(name.lower(), None)
            return
        cnames = value.get('cname') or []
        entry = Entry(
            [*(value.get('a') or []), *(value.get('aaaa') or [])],
            [cnames] if isinstance(cnames, str) else list(cnames),
            value.get('answer'),
            float(value.get('slow') or 0),
            value.get('slowType'),
            bool(value.get('bare')),
            value.get('primary'),
        )
        for address in entry.addresses:
            ipaddress.ip_address(address)
        if entry.answer is not None and entry.answer not in (*RCODES, 'silent'):
            raise ValueError(
                f'no answer {entry.answer!r}; there are {", ".join((*RCODES, "silent"))}'
            )
        self._set[name.lower()] = entry

    def entry(self, name: str, counted: bool = True) -> Entry:
        """Return the current response for a name; `counted` applies faults and counts them."""
        registry = self._aliases(name)
        spec = self._faults.take('dns', (name, *registry)) if counted else None
        if spec:
            word, _, rest = spec.partition(':')
            if word != 'slow':
                return Entry(answer=word)
            return dataclasses.replace(self._configured_entry(name), slow=float(rest))
        tcp = self._faults.take('tcp', (name, *registry), MISBEHAVING) if counted else None
        found = self._configured_entry(name)
        return (
            dataclasses.replace(found, addresses=[MISBEHAVING[tcp]])
            if tcp and found.addresses
            else found
        )

    def _configured_entry(self, name: str) -> Entry:
        if name in self._set:
            return self._set[name]
        chain = self._default(name)
        return Entry(chain[1], chain[0]) if chain else Entry(answer='nxdomain')

    def _paired_entry(self, name: str, kind: str) -> Entry:
        """Return one response for the two queries of a getaddrinfo(): a fault counts once."""
        with self._lock:
            when, other, entry = self._last.pop(name, (0.0, kind, Entry()))
            if other == kind or time.monotonic() - when > PAIR_SECONDS:
                entry = self.entry(name)
                self._last[name] = (time.monotonic(), kind, entry)
            return entry

    def reply(self, data: bytes) -> Optional[bytes]:
        """Return the response to a query message; None for no response."""
        try:
            query = DNSRecord.parse(data)
        except DNSError:
            return None
        name, kind = str(query.q.qname).rstrip('.').lower(), QTYPE[query.q.qtype]
        entry = self._paired_entry(name, kind)
        if entry.slow_type in (None, kind):
            time.sleep(entry.slow)
        response = query.reply()
        answer = entry.answer or 'records'
        self._recorder.record_query(name, kind, answer)
        if entry.answer == 'silent':
            return None
        # A query for the alias itself needs nothing of its target (RFC 1034, section 3.6.2).
        aliased = kind == 'CNAME' and entry.cnames and entry.answer != 'refused'
        if entry.answer and not aliased:
            response.header.rcode = RCODES[entry.answer]
        # A negative response has the aliases (RFC 6604) and the zone's SOA (RFC 2308); an error,
        # here of the zone of the alias, has neither.
        bare = entry.bare or entry.answer in ('servfail', 'refused')
        cnames = entry.cnames[:1] if aliased else [] if bare else entry.cnames
        owner = name
        for target in cnames:
            response.add_answer(RR(owner, QTYPE.CNAME, ttl=TTL, rdata=CNAME(target)))
            owner = target
        for address in () if aliased else entry.addresses:
            version = ipaddress.ip_address(address).version
            if kind == 'A' and version == 4:
                response.add_answer(RR(owner, QTYPE.A, ttl=TTL, rdata=A(address)))
            if kind == 'AAAA' and version == 6:
                response.add_answer(RR(owner, QTYPE.AAAA, ttl=TTL, rdata=AAAA(address)))
        if entry.answer in ('nxdomain', 'nodata') and not aliased:
            for soa in _authority(owner, entry.primary):
                response.add_auth(soa)
        return bytes(response.pack())


def _authority(name: str, other_primary: Optional[str]) -> list[RR]:
    """Return the SOA record of the zone that a name is in.

    Those of Azure's private zones and of the public one are documented: Learn, "Fallback to
    internet for Azure Private DNS zones", "Azure Files networking".
    """
    for zone, primary, contact in (
        (PRIVATE_ZONE, 'azureprivatedns.net', 'azureprivatedns-host.microsoft.com'),
        (
            PRIVATE_ZONE.partition('.')[2],
            'ns1-01.azure-dns.com',
            'azuredns-hostmaster.microsoft.com',
        ),
    ):
        if f'.{name}'.endswith(f'.{zone}'):
            times = (1, 3600, 300, 2419200, 10)
            return [
                RR(zone, QTYPE.SOA, ttl=10, rdata=SOA(other_primary or primary, contact, times))
            ]
    return []


def serve(zone: Zone, address: str = '127.0.0.1', port: int = 53) -> None:
    """Serve DNS over UDP and TCP in threads."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, port))
    streams = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    streams.bind((address, port))
    streams.listen(16)
    for work, endpoint in ((_serve_udp, datagrams), (_serve_tcp, streams)):
        threading.Thread(target=work, args=(endpoint, zone), daemon=True).start()


def _serve_udp(endpoint: socket.socket, zone: Zone) -> None:
    def serve_one(data: bytes, peer: Any) -> None:
        reply = zone.reply(data)
        if reply:
            endpoint.sendto(reply, peer)

    while True:
        data, peer = endpoint.recvfrom(4096)
        threading.Thread(target=serve_one, args=(data, peer), daemon=True).start()


def _serve_tcp(endpoint: socket.socket, zone: Zone) -> None:
    def serve_one(connection: socket.socket) -> None:
        with connection, connection.makefile('rb') as stream:
            data = stream.read(struct.unpack('>H', stream.read(2))[0])
            reply = zone.reply(data)
            if reply:
                connection.sendall(struct.pack('>H', len(reply)) + reply)

    while True:
        connection, _peer = endpoint.accept()
        threading.Thread(target=serve_one, args=(connection,), daemon=True).start()
