# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""DNS messages (RFC 1035, section 4): a query, and what its response says about a name."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from azext_acrhealth.lazy_patterns import lazy_pattern

A, CNAME, SOA, AAAA = 1, 5, 6, 28
_INTERNET, _RECURSION_DESIRED, _RESPONSE = 1, 0x0100, 0x8000
RCODES = {0: 'NOERROR', 1: 'FORMERR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 4: 'NOTIMP', 5: 'REFUSED'}
_MAX_RECORDS, _LONGEST_CHAIN = 64, 16
_UNUSUAL = lazy_pattern(r'[^A-Za-z0-9_*-]')
_Record = tuple[str, int, int]  # its owner, its type, and where its data begins


class DnsMessage(NamedTuple):
    """A response: its code by name, and the names that the queried name is an alias of, in order.

    `zone` is the zone that a negative response comes from (RFC 2308), and `primary` its primary
    server, both None where the response doesn't name them. `resolved`: it has an address.
    """

    rcode: str
    aliases: tuple[str, ...] = ()
    zone: str | None = None
    primary: str | None = None
    resolved: bool = False


def encode_query(identifier: int, name: str, record_type: int) -> bytes:
    """Return a query for the records of a type. Raises ValueError for a name that DNS can't have.

    The name is made absolute, so that no search domain applies.
    """
    labels = [label.encode('ascii') for label in name.rstrip('.').split('.')]
    if not all(0 < len(label) < 64 for label in labels):
        raise ValueError("the name isn't a DNS name")
    question = b''.join(bytes((len(label),)) + label for label in labels) + b'\0'
    if len(question) > 255:
        raise ValueError('the name is too long')
    header = struct.pack('>6H', identifier, _RECURSION_DESIRED, 1, 0, 0, 0)
    return header + question + struct.pack('>2H', record_type, _INTERNET)


def is_dns_name(name: str) -> bool:
    """Return whether a query for a name can be made: not for the root, nor for escaped bytes."""
    try:
        encode_query(0, name, A)
    except ValueError:
        return False
    return '\\' not in name


def decode_response(data: bytes, identifier: int, name: str) -> DnsMessage | None:
    """Return what a response says about a name; None for anything but a response to that query."""
    try:
        return _decode(data, identifier, name.rstrip('.').lower())
    except (ValueError, IndexError, struct.error):
        return None


def _decode(data: bytes, identifier: int, name: str) -> DnsMessage | None:
    received, flags, questions, answers, authorities = struct.unpack_from('>5H', data)
    if received != identifier or not flags & _RESPONSE or questions != 1:
        return None
    queried, offset = _read_name(data, 12)
    if queried != name:
        return None
    answer, offset = _read_records(data, offset + 4, answers)
    if answers > _MAX_RECORDS:  # where the authority section begins isn't known
        authorities = 0
    authority, _ = _read_records(data, offset, authorities)
    targets = {owner: _read_name(data, at)[0] for owner, kind, at in answer if kind == CNAME}
    aliases: list[str] = []
    while name in targets and len(aliases) < _LONGEST_CHAIN:
        name = targets.pop(name)
        aliases.append(name)
    resolved = any(kind == A for _, kind, _ in answer)
    rcode = RCODES.get(flags & 15, f'RCODE {flags & 15}')
    for owner, kind, at in authority:
        if kind == SOA:
            return DnsMessage(rcode, tuple(aliases), owner, _read_name(data, at)[0])
    return DnsMessage(rcode, tuple(aliases), resolved=resolved)


def _read_records(data: bytes, offset: int, count: int) -> tuple[list[_Record], int]:
    """Return the records that begin at an offset, and the offset after them."""
    records: list[_Record] = []
    for _ in range(min(count, _MAX_RECORDS)):
        owner, offset = _read_name(data, offset)
        kind, _, _, length = struct.unpack_from('>2HIH', data, offset)
        records.append((owner, kind, offset + 10))
        offset += 10 + length
    return records, offset


def _read_name(data: bytes, offset: int) -> tuple[str, int]:
    """Return the name at an offset, in lowercase, and the offset after it (section 4.1.4).

    A label can hold any bytes. Those that host names don't have are escaped (section 5.1), so that
    no name looks like another one.
    """
    labels: list[str] = []
    after: int | None = None
    while data[offset]:
        length = data[offset]
        if length >= 192:
            # A pointer leads to an earlier name, so a chain of pointers ends.
            target = struct.unpack_from('>H', data, offset)[0] & 0x3FFF
            after = offset + 2 if after is None else after
            if target >= offset:
                raise ValueError('a pointer leads forward')
            offset = target
            continue
        label = data[offset + 1 : offset + 1 + length]
        if length > 63 or len(label) < length or len(labels) > 127:
            raise ValueError('a label is too long')
        labels.append(_UNUSUAL.sub(_escape, label.decode('latin-1')).lower())
        offset += 1 + length
    return '.'.join(labels), offset + 1 if after is None else after


def _escape(match: re.Match[str]) -> str:
    return f'\\{ord(match[0]):03}'
