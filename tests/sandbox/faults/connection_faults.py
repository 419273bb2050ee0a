# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Faults of a connection: responses that never come, come too slowly, break off, or never end."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Optional

from tests.sandbox.services.http_messages import Response

DRIP_SECONDS = 1.0
LONGEST_SECONDS = 900.0


def reset(connection: socket.socket) -> None:
    """Close with a RST instead of a FIN (SO_LINGER with zero seconds)."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    except OSError:
        pass
    connection.close()


def hang(connection: socket.socket) -> None:
    """Wait without a response until the client closes the connection."""
    until = time.monotonic() + LONGEST_SECONDS
    try:
        while time.monotonic() < until:
            if select.select([connection], [], [], 5.0)[0] and not connection.recv(4096):
                return
    except (OSError, ValueError):
        return


def trickle(connection: socket.socket, data: bytes, pause: float = DRIP_SECONDS) -> None:
    """Send one byte after another, with a pause after each."""
    for value in data:
        connection.sendall(bytes([value]))
        time.sleep(pause)


def apply_connection_fault(
    spec: str, connection: socket.socket, handle: Callable[[], Response], head_only: bool
) -> Optional[int]:
    """Carry out a fault of the connection and return the status that the client received, or None.

    The connection can't be used afterwards. `slow` is not among these faults: it only delays, see
    tls_server.py.
    """
    word, _, rest = spec.partition(':')
    if word == 'hang':
        hang(connection)
        return None
    if word == 'reset':
        reset(connection)
        return None
    if word == 'close':
        return None
    if word == 'garbage':
        connection.sendall(b'\x00\x17\x03\xfe not http at all \xff\xff\r\n\r\n' * 3)
        return None
    if word == 'raw':
        # The bytes of a response as given; a header line ends with a line feed alone in the spec.
        connection.sendall(rest.replace('\n', '\r\n').encode('latin-1', 'replace'))
        return None
    response = handle()
    body = b'' if head_only else response.payload()
    if word == 'drip':
        _drip(connection, response, body, rest)
    elif word == 'truncated':
        connection.sendall(
            response.replace(chunked=False).head(len(response.body) + 1000) + response.body
        )
    elif word == 'endless':
        _endless(connection, response)
    return response.status


def _drip(connection: socket.socket, response: Response, body: bytes, how: str) -> None:
    """Send a response byte by byte; `drip:body` only its body, `drip:0.2` with another pause."""
    parts = how.split(':')
    pause = next(
        (float(part) for part in parts if part.replace('.', '', 1).isdigit() and part), DRIP_SECONDS
    )
    if 'body' in parts:
        connection.sendall(response.head())
        trickle(connection, body, pause)
    else:
        trickle(connection, response.head() + body, pause)


def _endless(connection: socket.socket, response: Response) -> None:
    """Send chunks until the client closes the connection."""
    connection.sendall(response.replace(chunked=True).head())
    chunk = b'4000\r\n' + b' ' * 0x4000 + b'\r\n'
    until = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        connection.sendall(chunk)
