# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Decoding: with and without a byte order mark, UTF-16, code pages, damaged files."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.explain.readers.encoding import decode

TEXT = 'Failed to pull image "contoso.azurecr.io/app:v1": ünauthorized\r\n'


@pytest.mark.parametrize(
    'content',
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode('utf-16-le'),
        codecs.BOM_UTF16_BE + TEXT.encode('utf-16-be'),
        TEXT.encode('utf-16-le'),
        TEXT.encode('utf-16-be'),
        TEXT.encode('cp1252'),
    ],
)
def test_an_encoding(content: bytes) -> None:
    assert decode(content).rstrip('\ufffd') in (TEXT, TEXT.replace('ü', '\ufffd'))


def test_stray_nuls_are_no_utf_16() -> None:
    assert decode(b'man\0ifest unknown\0') == 'man\0ifest unknown\0'


@given(st.binary())
def test_any_content_is_decoded(content: bytes) -> None:
    assert isinstance(decode(content), str)
