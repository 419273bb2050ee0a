# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of bodies that were sent as gzip."""

from __future__ import annotations

import gzip
from http.client import IncompleteRead

import pytest

from azext_acrhealth.probes.http.gzip_body import InvalidGzip, unpack_gzip

PACKED = gzip.compress(b'{"a": 1}', mtime=0)


@pytest.mark.parametrize(
    'packed, bound, body',
    [
        (PACKED, 100, b'{"a": 1}'),
        (PACKED, 8, b'{"a": 1}'),
        (PACKED, 3, b'{"a'),
        (PACKED + PACKED, 100, b'{"a": 1}{"a": 1}'),
        (b'', 100, b''),
        (gzip.compress(b'x' * 2**26, mtime=0), 1000, b'x' * 1000),
        (gzip.compress(b'', mtime=0) * 50_000, 1000, b''),
    ],
    ids=range(7),
)
def test_valid_bodies(packed: bytes, bound: int, body: bytes) -> None:
    assert unpack_gzip(packed, bound) == body


@pytest.mark.parametrize(
    'packed', [b'{"a": 1}', PACKED[:10] + b'\xff' * 20, PACKED + b'more', PACKED[:-8] + b'\0' * 8]
)
def test_what_is_no_gzip(packed: bytes) -> None:
    with pytest.raises(InvalidGzip):
        unpack_gzip(packed, 1000)


@pytest.mark.parametrize('length', [3, 9, len(PACKED) - 9, len(PACKED) - 1])
def test_a_truncated_body(length: int) -> None:
    with pytest.raises(IncompleteRead):
        unpack_gzip(PACKED[:length], 1000)
