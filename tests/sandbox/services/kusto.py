# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The part of Kusto's query language that the Resource Graph's callers use here: where, project, order, take.

Strict: what it does not know is refused, at the character where it stands, as the service refuses
what it cannot parse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from tests.sandbox.services.kustoterms import Conditions, Record, Value


class Query(Conditions):
    """A query that was read: `run` answers it, `columns` are those it projects (None: all)."""

    def __init__(self, text: str, columns: tuple[str, ...]) -> None:
        super().__init__(text, columns)
        self._steps: list[Callable[[list[Record]], list[Record]]] = []
        self.columns: Optional[list[str]] = None
        self._table()
        while self._taken('|'):
            self._operator()
        if self._next().kind != 'end':
            raise self._refused()

    def run(self, records: list[Record]) -> list[Record]:
        """Return what the query makes of a table."""
        for step in self._steps:
            records = step(records)
        return records

    def _table(self) -> None:
        if self._pop('name').text.lower() != 'resources':
            raise self._refused(back=1)

    def _operator(self) -> None:
        word = self._pop('name').text
        if word == 'where':
            test = self.either()
            self._steps.append(lambda records: [one for one in records if test(one)])
        elif word == 'project':
            self._project()
        elif word in ('order', 'sort') and self._taken('by'):
            self._order()
        elif word in ('take', 'limit'):
            count = int(self._pop('number').text)
            self._steps.append(lambda records: records[:count])
        else:
            raise self._refused(back=1)

    def _project(self) -> None:
        chosen: dict[str, Value] = {}
        while True:
            begun, name = self._at, self._pop('name').text
            named = self._taken('=')
            if not named:
                self._at = begun
            value = self.value()
            # Without a name of its own a column is called by its path: properties_loginServer.
            path = [one.text for one in self._tokens[begun : self._at] if one.kind == 'name']
            chosen[name if named else '_'.join(path)] = value
            if not self._taken(','):
                break
        self.columns, self._known = list(chosen), tuple(chosen)
        self._steps.append(
            lambda records: [
                {name: value(one) for name, value in chosen.items()} for one in records
            ]
        )

    def _order(self) -> None:
        keys: list[tuple[Value, bool]] = []
        while True:
            value = self.value()
            # Kusto sorts downwards unless it is told.
            upwards = self._taken('asc')
            keys.append((value, not upwards))
            if not upwards:
                self._taken('desc')
            if not self._taken(','):
                break

        def ordered(records: list[Record]) -> list[Record]:
            for value, backwards in reversed(keys):
                records = sorted(records, key=lambda one: str(value(one) or ''), reverse=backwards)  # noqa: B023
            return records

        self._steps.append(ordered)
