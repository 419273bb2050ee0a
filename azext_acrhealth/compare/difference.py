# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The records of a comparison: two results, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from azext_acrhealth.compare.saved_result import Row, SavedResult, Scope, rename_registries
from azext_acrhealth.report import subject

Kind = Literal['Row', 'Fact', 'Verdict', 'SkippedChecks', 'MissingChecks', 'MissingRegistry']
_LISTED = 20


@dataclass(frozen=True)
class Difference:
    """What differs, with both sides as they are shown, and in a sentence.

    `stage` is None for what is in no place on the path, and `order` is the place in the stage.
    `check` is the source of a fact, too. `failure` is the row of a check that failed for a cause
    that the other side doesn't have.
    """

    kind: Kind
    stage: str | None
    scope: Scope
    subject: str
    first: str
    second: str
    text: str
    check: str | None = None
    fact: str | None = None
    failure: Row | None = None
    order: int = 0


@dataclass(frozen=True)
class Pair:
    """Two results to compare, in which a registry has one name."""

    first: SavedResult
    second: SavedResult

    @property
    def results(self) -> tuple[SavedResult, SavedResult]:
        """Return both results."""
        return self.first, self.second

    @cached_property
    def _several(self) -> bool:
        return len({*self.first.hosts, *self.second.hosts}) > 1

    @property
    def scopes(self) -> list[Scope]:
        """Return this machine, and the registries and clusters that both results have."""
        found = {scope for result in self.results for scope in (*result.verdicts, *result.rows)}
        shared = [
            scope
            for scope in found
            if all(not scope.registry or scope.registry in result.hosts for result in self.results)
        ]
        return sorted(shared, key=lambda scope: (scope.registry or '', scope.cluster or ''))

    def sentence(self, first: str, second: str) -> str:
        """Return what holds on each side in one sentence."""
        return f'On {self.first.label}, {first}; on {self.second.label}, {second}.'

    def is_failure_of_first(self, difference: Difference) -> bool:
        """Return whether the failure of a difference is in the first result."""
        rows = self.first.rows.get(difference.scope, {})
        return rows.get(difference.check or '') is difference.failure

    def about(self, scope: Scope) -> str:
        """Return which registry and cluster a sentence is about, such as ' of contoso'.

        Empty where that is clear.
        """
        return subject(self._several and scope.registry, scope.cluster)


def pair_of(first: SavedResult, second: SavedResult) -> Pair:
    """Return two results, of which registries with the same login server get the same name."""
    names: dict[str, str] = {}
    by_host = {host: name for name, host in first.hosts.items() if host}
    for name, host in second.hosts.items():
        other = by_host.get(host or '')
        if other and other != name and name not in first.hosts and other not in second.hosts:
            shared = min(name, other, key=lambda text: (len(text), text))
            names.update({name: shared, other: shared})
    if not names:
        return Pair(first, second)
    return Pair(rename_registries(first, names), rename_registries(second, names))


def joined(texts: Sequence[str]) -> str:
    """Return a list of texts as one, with a number in the place of the last ones of many."""
    more = len(texts) - _LISTED
    return ', '.join(texts[:_LISTED]) + (f', and {more} more' if more > 0 else '')
