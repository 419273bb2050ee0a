# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Escapes of JSON, HTML, URLs, CSV and Markdown are undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.explain.readers.escapes import unescape


@pytest.mark.parametrize(
    'text, plain',
    [
        ('client with IP \\u0027203.0.113.7\\u0027', "client with IP '203.0.113.7'"),
        ('\\"a\\" \\\\\\"b\\\\\\"', '"a" "b"'),
        ('one\\ntwo\\r\\nthree\\tfour', 'one\ntwo\nthree four'),
        ('C:\\Users\\name\\.docker', 'C:\\Users\\name\\.docker'),
        ('scope=repository%3Aapp%2Fweb%3Apull', 'scope=repository:app/web:pull'),
        ('repository%253Aapp', 'repository:app'),
        ('"Failed to pull image ""x"": denied"', '"Failed to pull image "x": denied"'),
        ('&quot;a&#39;b&apos;&lt;', "\"a'b'<"),
        ('app:32[65](https://github.com/x/1)8e', 'app:32658e'),
        ('\u201cx\u201d \u2018y\u2019', '"x" \'y\''),
        ('%1b%00%zz', '%1b%00%zz'),
        ('100%', '100%'),
    ],
)
def test_a_text(text: str, plain: str) -> None:
    assert unescape(text) == plain


@given(st.text(alphabet='\\"\'%u0027nrt&;[](a)'))
def test_any_text_is_unescaped(text: str) -> None:
    assert isinstance(unescape(text), str)
