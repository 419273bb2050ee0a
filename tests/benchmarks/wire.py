# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A wire with a round-trip time between commands and sandbox, as `tc netem` is often missing.

It is a TUN device: the kernel hands over every packet for the address FAR, and takes it back, half
a round trip later, as a packet from FAR to NEAR, where the sandbox listens; replies take the same
path. The delay is that of a real network: the TCP connection costs a round trip, and so does every
TLS flight and every request. A relay between sockets can't do that, since it can't delay the
kernel's own reply to a SYN.
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Optional

from tests.sandbox.control.sandbox import PROJECT, Unavailable

# Documentation addresses (RFC 5737): they are public, so that no check takes them for those of a
# private endpoint.
NEAR, FAR = '198.51.100.1', '198.51.100.2'
DEVICE, LONGEST_PACKET = b'wire0', 65536
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x8918, 0x891C
IFF_UP, IFF_RUNNING = 0x1, 0x40
READY = 'ready'


def reflect(packet: bytes) -> Optional[bytes]:
    """Return an IPv4 packet with its addresses exchanged, None for another.

    Checksums are sums and stay right.
    """
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


class Delay:
    """Packets in flight, in order."""

    def __init__(self, seconds: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._in_flight: collections.deque[tuple[float, bytes]] = collections.deque()

    def put(self, packet: bytes) -> None:
        """Send a packet."""
        self._in_flight.append((self._clock() + self.seconds, packet))

    def arrived(self) -> Iterator[bytes]:
        """Return the packets that have arrived."""
        while self._in_flight and self._in_flight[0][0] <= self._clock():
            yield self._in_flight.popleft()[1]

    def wait(self) -> Optional[float]:
        """Return the seconds until the next arrival, None when no packet is in flight."""
        return max(0.0, self._in_flight[0][0] - self._clock()) if self._in_flight else None


def _device() -> int:
    """Create the TUN device and set its addresses (netdevice(7)).

    It goes away with the descriptor.
    """
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack('16sH22x', DEVICE, IFF_TUN | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in (
            (SIOCSIFADDR, NEAR),
            (SIOCSIFDSTADDR, FAR),
            (SIOCSIFNETMASK, '255.255.255.255'),
        ):
            fcntl.ioctl(
                control,
                request,
                struct.pack('16sHH4s16x', DEVICE, socket.AF_INET, 0, socket.inet_aton(address)),
            )
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack('16sH22x', DEVICE, IFF_UP | IFF_RUNNING))
    return device


def carry(device: int, orders: int) -> None:
    """Carry packets until `orders` ends.

    A line of it sets the delay of one direction, in seconds.
    """
    delay = Delay()
    while True:
        ready, _, _ = select.select([device, orders], [], [], delay.wait())
        if device in ready:
            packet = reflect(os.read(device, LONGEST_PACKET))
            if packet:
                delay.put(packet)
        for packet in delay.arrived():
            os.write(device, packet)
        if orders in ready:
            order = os.read(orders, 100).split()
            if not order:
                return
            delay.seconds = float(order[-1])
            print(READY, flush=True)


class Wire:
    """The wire of a sandbox, in a process of its own that ends with its standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def start(cls, enter: Sequence[str]) -> Iterator['Wire']:
        """Start a wire in the namespaces that a command line enters.

        Unavailable where there are none, or no TUN.
        """
        if not enter:
            raise Unavailable('the wire needs a sandbox with namespaces of its own')
        inside = ['sh', '-c', 'cd "$0" && exec "$@"', str(PROJECT), sys.executable, '-m', __name__]
        with subprocess.Popen(
            [*enter, *inside], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            wire = cls(process)
            try:
                wire.delay(0)
                yield wire
            finally:
                process.kill()

    def delay(self, round_trip: float) -> None:
        """Set the round-trip time, in seconds."""
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            print(round_trip / 2, file=self._process.stdin, flush=True)
        if self._process.stdout.readline().strip() != READY:
            raise Unavailable(
                'no wire could be laid: is there a /dev/net/tun that this user may open?'
            )


if __name__ == '__main__':
    carry(_device(), sys.stdin.fileno())
