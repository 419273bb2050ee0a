# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""HTML in which every text is escaped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.report_writers.markup import Markup, element, join


def test_texts_are_escaped_once() -> None:
    inner = element('b', '<i>&"\'')
    assert inner == '<b>&lt;i&gt;&amp;&quot;&#x27;</b>'
    assert element('p', inner, '<') == f'<p>{inner}&lt;</p>'


def test_attributes() -> None:
    found = element('a', 'x', class_='b c', data_label='"><script>', href=None)
    assert found == '<a class="b c" data-label="&quot;&gt;&lt;script&gt;">x</a>'


def test_content_can_be_nested_or_missing() -> None:
    assert element('p', None, ['a', [element('br'), None]], ('b',)) == '<p>a<br>b</p>'


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    assert '<' not in join(text) and '"' not in join(text)
    assert isinstance(join(text), Markup)
