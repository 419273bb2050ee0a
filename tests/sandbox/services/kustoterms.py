# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Columns and conditions in Kusto's language: as much of them as the Resource Graph's callers use here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sandbox.services.kustotokens import Reader

Record = dict[str, Any]
Test = Callable[[Record], bool]
Value = Callable[[Record], Any]
PAIRS: dict[str, Callable[[str, str], bool]] = {
    '==': lambda one, other: one == other,
    '=~': lambda one, other: one.lower() == other.lower(),
    'startswith': lambda one, other: one.lower().startswith(other.lower()),
    'contains': lambda one, other: other.lower() in one.lower(),
}
NOT = {'!=': '==', '!~': '=~', '!in': 'in', '!in~': 'in~'}
CHECKS: dict[str, Callable[[Any], bool]] = {
    'isnull': lambda value: value is None,
    'isnotnull': lambda value: value is not None,
    'isempty': lambda value: value in (None, ''),
    'isnotempty': lambda value: value not in (None, ''),
}


class Unresolved(Exception):
    """A column that the table does not have."""


class Conditions(Reader):
    """Reads conditions over the columns of a table."""

    def __init__(self, text: str, columns: tuple[str, ...]) -> None:
        super().__init__(text)
        self._known = columns

    def either(self) -> Test:
        """Read a condition."""
        terms = [self._both()]
        while self._taken('or'):
            terms.append(self._both())
        return lambda one: any(term(one) for term in terms)

    def _both(self) -> Test:
        terms = [self._term()]
        while self._taken('and'):
            terms.append(self._term())
        return lambda one: all(term(one) for term in terms)

    def _term(self) -> Test:
        if self._taken('('):
            inner = self.either()
            self._wanted(')')
            return inner
        name = self._next().text
        if name in CHECKS or name == 'not':
            self._at += 1
            self._wanted('(')
            if name == 'not':
                test = self.either()
                self._wanted(')')
                return lambda one: not test(one)
            value = self.value()
            self._wanted(')')
            return lambda one: CHECKS[name](value(one))
        return self._comparison()

    def _comparison(self) -> Test:
        value, word = self.value(), self._pop('name', 'mark').text
        plain = NOT.get(word, word)
        if plain in ('in', 'in~'):
            self._wanted('(')
            others = [self._literal()]
            while self._taken(','):
                others.append(self._literal())
            self._wanted(')')
            compare = PAIRS['=~' if plain == 'in~' else '==']
        elif plain in PAIRS:
            others, compare = [self._literal()], PAIRS[plain]
        else:
            raise self._refused(back=1)
        # What is not there is like an empty text.
        return lambda one: (
            any(compare(str(value(one) or ''), other) for other in others) == (word == plain)
        )

    def value(self) -> Value:
        """Read a column, or what lies in one: properties.policies, tags['team'], tostring(tags.team)."""
        name = self._pop('name').text
        if name in ('tostring', 'tolower'):
            self._wanted('(')
            inner = self.value()
            self._wanted(')')
            return lambda one: (
                str(inner(one) or '').lower() if name == 'tolower' else str(inner(one) or '')
            )
        if name not in self._known:
            raise Unresolved(name)
        path = [name]
        while True:
            if self._taken('.'):
                path.append(self._pop('name').text)
            elif self._taken('['):
                path.append(self._literal())
                self._wanted(']')
            else:
                return lambda one: _inside(one, path)


def _inside(record: Record, path: list[str]) -> Any:
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
