# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The parts of a report that a person reads, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from azext_acrhealth.report import subject
from azext_acrhealth.report_rows import Row, rows_by_registry
from azext_acrhealth.verdicts import LABELS, VERDICTS

MACHINE = 'This machine'
_WORST_FIRST = ('Failed', 'Warning', 'Passed', 'Skipped')


class Verdict(NamedTuple):
    """Whether something works: `answer` is yes, no, or unknown; `reason` says why, or is empty."""

    question: str
    answer: str
    reason: str


class Section(NamedTuple):
    """A registry and its rows, or this machine (`registry` is None) and its rows."""

    registry: Mapping[str, Any] | None
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        """Return the name of the registry."""
        return str(self.registry['name']) if self.registry else MACHINE

    @property
    def problems(self) -> list[Row]:
        """Return the failed rows, then those with a warning."""
        return [row for status in _WORST_FIRST[:2] for row in self.rows if row['status'] == status]

    @property
    def status(self) -> str:
        """Return the worst status of the rows; Skipped without any."""
        row = worst(self.rows)
        return str(row['status']) if row else 'Skipped'

    @property
    def first_problem(self) -> str:
        """Return the code and the reason of the first problem, '' without any."""
        row = next(iter(self.problems), None)
        return f'{row["code"]} {row["reason"]}' if row else ''

    @property
    def verdicts(self) -> list[Verdict]:
        """Return whether logins, pulls, and pushes work, and pulls by each cluster."""
        if self.registry is None:
            return []
        answers = [
            Verdict(question, self.registry[key], self._reason(key, self.registry[key]))
            for key, question in LABELS.items()
        ]
        clusters = self.registry['clusters']
        return answers + [Verdict(f'Pull by {c["name"]}', c['canPull'], '') for c in clusters]

    def _reason(self, key: str, answer: str) -> str:
        """Return why it is unknown whether something works: its proof is missing."""
        if answer != 'unknown':
            return ''
        proof = next((row for row in self.rows if row['check'] == VERDICTS[key].proof), None)
        return str(proof['detail']) if proof else ''


def machine_of(report: Mapping[str, Any]) -> Section | None:
    """Return the rows of this machine and of the selection, None without any."""
    rows = rows_by_registry(report).get(None)
    return Section(None, rows) if rows else None


def registries_of(report: Mapping[str, Any]) -> list[Section]:
    """Return the registries in the order of the report."""
    rows = rows_by_registry(report)
    return [Section(item, rows[item['name']]) for item in report['registries']]


def worst_first(sections: Iterable[Section]) -> list[Section]:
    """Return sections in the order of their worst rows."""

    def rank(section: Section) -> tuple[int, ...]:
        statuses = [row['status'] for row in section.rows]
        return tuple(-statuses.count(status) for status in _WORST_FIRST[:2])

    return sorted(sections, key=rank)


def worst(rows: Iterable[Row]) -> Row | None:
    """Return the row that decides about rows, None without any."""
    return min(rows, key=lambda row: _WORST_FIRST.index(row['status']), default=None)


def row_title(row: Row) -> str:
    """Return the ID of a row's check, with its cluster."""
    return f'{row["check"]}{subject(row["cluster"])}'


def title(report: Mapping[str, Any]) -> str:
    """Return what was checked, and whether it is healthy."""
    registries = report['registries']
    unhealthy = sum(not registry['healthy'] for registry in registries)
    if len(registries) == 1:
        checked = registries[0]['name']
    else:
        checked = f'{len(registries)} registries' if registries else MACHINE
    if len(registries) > 1 and unhealthy:
        return f'{checked}: {unhealthy} not healthy'
    return f'{checked}: {"healthy" if report["healthy"] else "not healthy"}'
