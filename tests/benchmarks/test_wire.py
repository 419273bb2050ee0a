# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The parts of the wire; every run of the benchmark shows that it delays."""

from __future__ import annotations

import socket

from tests.benchmarks.wire import FAR, NEAR, Delay, reflect

# A SYN from NEAR to FAR, with correct checksums (RFC 791, RFC 9293).
ADDRESSES = socket.inet_aton(NEAR) + socket.inet_aton(FAR)
HEADER = bytes.fromhex('4500002800010000400600000000')[:10]


def checksum(data: bytes) -> int:
    total = sum(int.from_bytes(data[at : at + 2], 'big') for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def packet() -> bytes:
    bare_start = HEADER + b'\0\0' + ADDRESSES
    return (
        HEADER
        + (0xFFFF - checksum(bare_start)).to_bytes(2, 'big')
        + ADDRESSES
        + b'a segment of TCP'
    )


def test_a_packet_comes_back_from_where_it_was_sent_to() -> None:
    reply = reflect(packet())
    assert (
        reply is not None
        and socket.inet_ntoa(reply[12:16]) == FAR
        and socket.inet_ntoa(reply[16:20]) == NEAR
    )
    assert checksum(reply[:20]) == 0xFFFF and reply[20:] == packet()[20:]


def test_what_is_no_ipv4_is_not_carried() -> None:
    assert (
        reflect(b'\x60' + bytes(39)) is None
        and reflect(b'') is None
        and reflect(b'\x45' * 19) is None
    )


def test_packets_arrive_in_order_when_their_time_has_come() -> None:
    now = [10.0]
    delay = Delay(0.5, lambda: now[0])
    assert delay.wait() is None
    delay.put(b'one')
    now[0] = 10.2
    delay.put(b'two')
    assert list(delay.arrived()) == [] and abs((delay.wait() or 0) - 0.3) < 1e-9
    now[0] = 10.5
    assert list(delay.arrived()) == [b'one']
    now[0] = 11.0
    assert delay.wait() == 0 and list(delay.arrived()) == [b'two'] and delay.wait() is None
