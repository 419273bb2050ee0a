# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The server name in a TLS ClientHello, read before the handshake (RFC 8446, RFC 6066)."""

from __future__ import annotations

import socket
import struct
import time
from typing import Optional

HANDSHAKE, CLIENT_HELLO, SERVER_NAME = 22, 1, 0


def peek(connection: socket.socket, timeout: float = 60.0) -> Optional[bytes]:
    """Return the first record without taking it off the socket; None when nothing came."""
    connection.settimeout(timeout)
    try:
        data = connection.recv(65536, socket.MSG_PEEK)
        if len(data) >= 5 and data[0] == HANDSHAKE:
            wanted = 5 + struct.unpack('>H', data[3:5])[0]
            until = time.monotonic() + 2
            while len(data) < wanted and time.monotonic() < until:
                time.sleep(0.002)
                data = connection.recv(65536, socket.MSG_PEEK)
    except OSError:
        return None
    finally:
        connection.settimeout(None)
    return data or None


def server_name(record: bytes) -> Optional[str]:
    """Return the name in the server_name extension, lower-cased; None without one."""
    try:
        return _server_name(record)
    except (struct.error, IndexError, UnicodeDecodeError):
        return None


def _server_name(record: bytes) -> Optional[str]:
    if record[0] != HANDSHAKE or record[5] != CLIENT_HELLO:
        return None
    offset = 9 + 2 + 32  # handshake header, version, random
    offset += 1 + record[offset]  # session id
    offset += 2 + struct.unpack_from('>H', record, offset)[0]  # cipher suites
    offset += 1 + record[offset]  # compression methods
    end = offset + 2 + struct.unpack_from('>H', record, offset)[0]
    offset += 2
    while offset < end:
        kind, size = struct.unpack_from('>HH', record, offset)
        offset += 4
        if kind == SERVER_NAME:
            name = record[offset + 5 : offset + 5 + struct.unpack_from('>H', record, offset + 3)[0]]
            return name.decode('ascii').lower() or None
        offset += size
    return None
