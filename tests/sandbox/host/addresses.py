# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The addresses of the sandbox's machine, added and removed while it runs, and their listeners."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable

RTM_NEWLINK, RTM_NEWADDR, RTM_DELADDR = 16, 20, 21
NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE = 1, 4, 0x400, 0x100
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFF_UP = 1
IFA_F_NODAD = 2  # an IPv6 address can be used at once
LOOPBACK = 1
ROUTE_SECONDS = 10.0
# Three addresses that fail as machines do: connection refused, no response, no route.
REFUSING, SILENT, UNREACHABLE = '127.0.0.66', '127.0.0.77', '192.0.2.1'


def _netlink(kind: int, flags: int, payload: bytes) -> None:
    """Send one rtnetlink request; OSError with the kernel's error (rtnetlink(7))."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as wire:
        wire.bind((0, 0))
        wire.send(
            struct.pack('=IHHII', 16 + len(payload), kind, flags | NLM_F_REQUEST | NLM_F_ACK, 1, 0)
            + payload
        )
        error = struct.unpack('=i', wire.recv(4096)[16:20])[0]
        if error:
            raise OSError(-error, 'the kernel refused the address')


def bring_up_loopback() -> None:
    """Switch the loopback interface of a new network namespace on."""
    _netlink(
        RTM_NEWLINK, 0, struct.pack('=BBHiII', socket.AF_UNSPEC, 0, 0, LOOPBACK, IFF_UP, IFF_UP)
    )


def add_to_loopback(text: str) -> None:
    """Add an address to the loopback interface."""
    _address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, text)


def take_from_loopback(text: str) -> None:
    """Remove an address: there is no route to it any more."""
    _address(RTM_DELADDR, 0, text)


def _address(kind: int, flags: int, text: str) -> None:
    address = ipaddress.ip_address(text)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    raw = address.packed
    attributes = b''.join(
        struct.pack('=HH', 4 + len(raw), attribute) + raw for attribute in (IFA_LOCAL, IFA_ADDRESS)
    )
    header = struct.pack(
        '=BBBBi', family, len(raw) * 8, IFA_F_NODAD * (address.version == 6), 0, LOOPBACK
    )
    _netlink(kind, flags, header + attributes)


def _connect(family: int, peer: tuple[str, int]) -> socket.socket:
    """Connect to an own address; the kernel adds the route of a new IPv6 address a little later."""
    until = time.monotonic() + ROUTE_SECONDS
    while True:
        filler = socket.socket(family, socket.SOCK_STREAM)
        try:
            filler.connect(peer)
            return filler
        except OSError:
            filler.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class Listeners:
    """One listening socket per address, so that an address without one really refuses."""

    def __init__(self, port: int, serve: Callable[[socket.socket, str], None]) -> None:
        self.port, self._serve = port, serve
        self._open: dict[str, list[socket.socket]] = {}
        self._lock = threading.Lock()

    def serve(self, address: str) -> None:
        """Listen on an address and hand every connection to the server."""
        with self._lock:
            if address in self._open:
                return
            listener = self._listen(address, 128)
            self._open[address] = [listener]
        threading.Thread(target=self._accept, args=(listener, address), daemon=True).start()

    def ignore(self, address: str) -> None:
        """Let connections to an address hang: with a full backlog the kernel drops the SYN."""
        with self._lock:
            if address in self._open:
                return
            listener = self._listen(address, 0)
            filler = _connect(listener.family, (address, self.port))
            self._open[address] = [listener, filler]

    def refuse(self, address: str) -> None:
        """Stop listening on an address."""
        with self._lock:
            for endpoint in self._open.pop(address, ()):
                try:
                    endpoint.shutdown(
                        socket.SHUT_RDWR
                    )  # close() alone leaves a thread in accept() for ever
                except OSError:
                    pass
                endpoint.close()

    def _listen(self, address: str, backlog: int) -> socket.socket:
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, self.port))
        listener.listen(backlog)
        return listener

    def _accept(self, listener: socket.socket, address: str) -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()
