# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Undo the escapes of the forms that messages travel in: JSON, HTML, URLs, CSV, Markdown."""

from __future__ import annotations

import re
from urllib.parse import unquote

from azext_acrhealth.lazy_patterns import lazy_pattern

_UNICODE = lazy_pattern(r'\\{1,4}u([0-9a-fA-F]{4})')
# A JSON text in a JSON text in a JSON text has seven backslashes before a quote.
# Folders of Windows begin with these letters, too: `C:\\Users\\name\\.docker`.
_NO_FOLDER = r'(?![a-z]{2,20}\\(?![nrt](?:\\|[^a-z])))'
_LINE_BREAK = lazy_pattern(rf'\\{{1,8}}r\\{{1,8}}n|\\{{1,8}}[nr]{_NO_FOLDER}')
_TAB = lazy_pattern(rf'\\{{1,8}}t{_NO_FOLDER}')
_QUOTE = lazy_pattern(r'\\{1,16}(["\'/])')
_DOUBLED = lazy_pattern(r'(?<!")""(?!")|(?<!")"""(?!")')
_ENTITY = lazy_pattern(
    r'&(?:amp;)?(quot|apos|lt|gt|nbsp|#x?0*(?:39|34|27|22|2f|47));', re.IGNORECASE
)
_ENTITIES = {'quot': '"', 'apos': "'", 'lt': '<', 'gt': '>', 'nbsp': ' '}
_BY_NUMBER = {'39': "'", '34': '"', '47': '/', 'x27': "'", 'x22': '"', 'x2f': '/'}
_PERCENT = lazy_pattern(r'(?:%(?:25)?[0-9a-fA-F]{2}){1,64}')
# GitHub's log viewer links numbers; `text](address)` and `[text](address)` of Markdown.
_LINK = lazy_pattern(r'\[([^\[\]\n]{0,120})\]\((?:https?://)[^()\s]{1,500}\)')
_TYPOGRAPHIC = {
    **dict.fromkeys(map(ord, '\u2018\u2019\u201a\u201b\u2032'), "'"),
    **dict.fromkeys(map(ord, '\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb'), '"'),
    **dict.fromkeys(map(ord, '\u2010\u2011\u2212'), '-'),
}


def unescape(text: str) -> str:
    """Return a text as its author wrote it, before it was put into other formats."""
    if '\\' in text:
        text = _UNICODE.sub(_character, text)
        text = _LINE_BREAK.sub('\n', text)
        text = _TAB.sub(' ', text)
        text = _QUOTE.sub(r'\1', text)
    if '""' in text:
        text = _DOUBLED.sub('"', text)
    if '&' in text:
        text = _ENTITY.sub(_entity, text)
    if '](' in text:
        text = _LINK.sub(r'\1', text)
    if '%' in text:
        text = _PERCENT.sub(_decoded, text)
    return text.translate(_TYPOGRAPHIC)


def _character(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character.isprintable() else ' '


def _entity(match: re.Match[str]) -> str:
    name = match[1].lower()
    return _ENTITIES.get(name) or _BY_NUMBER.get(re.sub('^#(x?)0*', r'\1', name), ' ')


def _decoded(match: re.Match[str]) -> str:
    plain = unquote(unquote(match[0]))
    # A control character that was encoded must not come out.
    return plain if plain.isprintable() else match[0]
