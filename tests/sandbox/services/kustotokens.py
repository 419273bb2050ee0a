# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The pieces of a query in Kusto's language, and a reader that goes through them one by one."""

from __future__ import annotations

import re
from typing import NamedTuple

TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|@'(?:[^']|'')*')|(?P<number>\d+)
                       |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:-[a-z]+)?~?)
                       |(?P<mark>=~|!~|==|!=|!in~?|[|(),.\[\]=]))""",
    re.VERBOSE,
)


class Unparsed(Exception):
    """A query that cannot be read; where, and at what."""

    def __init__(self, position: int, token: str) -> None:
        super().__init__(token)
        self.position, self.token = position, token


class Token(NamedTuple):
    """A piece of a query; the kind is text, number, name, mark or end."""

    kind: str
    text: str
    position: int


class Reader:
    """Goes through a query; what does not fit is refused with its place."""

    def __init__(self, text: str) -> None:
        self._at, self._tokens = 0, tokens(text)

    def _literal(self) -> str:
        text = self._pop('text').text
        return (
            text[2:-1].replace("''", "'") if text[0] == '@' else re.sub(r'\\(.)', r'\1', text[1:-1])
        )

    def _next(self) -> Token:
        return self._tokens[self._at]

    def _pop(self, *kinds: str) -> Token:
        token = self._next()
        if token.kind not in kinds:
            raise self._refused()
        self._at += 1
        return token

    def _taken(self, text: str) -> bool:
        found = self._next().text == text and self._next().kind in ('name', 'mark')
        self._at += found
        return found

    def _wanted(self, text: str) -> None:
        if not self._taken(text):
            raise self._refused()

    def _refused(self, back: int = 0) -> Unparsed:
        token = self._tokens[self._at - back]
        return Unparsed(token.position, token.text)


def tokens(text: str) -> list[Token]:
    """Return the pieces of a query, and one for its end."""
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise Unparsed(at, text[at])
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, Token('end', '<EOF>', len(text))]
