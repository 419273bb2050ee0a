# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Compare two results, and build the object that `compare` returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azext_acrhealth import report
from azext_acrhealth.compare.difference import Difference, Pair
from azext_acrhealth.compare.fact_differences import fact_differences
from azext_acrhealth.compare.row_differences import (
    missing_registries,
    row_differences,
    verdict_differences,
)
from azext_acrhealth.compare.saved_result import SavedResult, Scope
from azext_acrhealth.compare.stages import EXPLAINED_BY, position

# The order of the differences that follow failures and the facts that explain them.
_KINDS = ('Row', 'Verdict', 'Fact', 'SkippedChecks', 'MissingChecks', 'MissingRegistry')


def build(pair: Pair, differences: Sequence[Difference]) -> dict[str, Any]:
    """Return the result of `compare`, fit to be shown."""
    return {
        'schemaVersion': report.SCHEMA_VERSION,
        'same': not differences,
        'first': _described(pair.first),
        'second': _described(pair.second),
        'differences': [_entry(difference) for difference in differences],
    }


def has_common_checks(pair: Pair) -> bool:
    """Return whether any check has a row in both results."""
    return any(
        not rows.keys().isdisjoint(pair.second.rows.get(scope, {}))
        for scope, rows in pair.first.rows.items()
    )


def ranked(pair: Pair) -> list[Difference]:
    """Return the differences: first failures, the facts that explain them, and the others.

    Each group is in the order of the path. No rank depends on which result is the first.
    """
    found = list(_find(pair))
    judged = {difference.scope for difference in found if difference.kind == 'Verdict'}
    failures = sorted((difference for difference in found if difference.failure), key=_place)
    explained = _explained(failures)
    # A check that fails later can fail for the same cause, if it is in the same result.
    first_failures = {
        (failure.scope, pair.is_failure_of_first(failure)): failure
        for failure in reversed(failures)
    }

    def rank(difference: Difference) -> tuple[Any, ...]:
        if any(failure is difference for failure in first_failures.values()):
            group = 0 if difference.scope in judged else 1
        elif difference.kind == 'Fact' and difference.stage in explained.get(difference.scope, ()):
            group = 2
        else:
            group = 3 + _KINDS.index(difference.kind)
        return group, *_place(difference)

    return sorted(found, key=rank)


def _place(difference: Difference) -> tuple[Any, ...]:
    return (
        position(difference.stage),
        difference.order,
        difference.check or '',
        difference.scope.registry or '',
        difference.scope.cluster or '',
    )


def _find(pair: Pair) -> Iterator[Difference]:
    for scope in pair.scopes:
        yield from verdict_differences(pair, scope)
        yield from row_differences(pair, scope)
    yield from fact_differences(pair)
    yield from missing_registries(pair)


def _explained(failures: Iterable[Difference]) -> Mapping[Scope, set[str]]:
    """Return the stages whose facts can explain a failure, for the scopes of these facts."""
    stages: dict[Scope, set[str]] = {}
    for failure in failures:
        scope = failure.scope
        for explaining in dict.fromkeys((Scope(), Scope(scope.registry), scope)):
            stages.setdefault(explaining, set()).update(EXPLAINED_BY[failure.stage or 'versions'])
    return stages


def _described(result: SavedResult) -> dict[str, Any]:
    return {
        'file': result.label,
        'startedAt': result.started,
        'healthy': {'yes': True, 'no': False}.get(result.verdicts[Scope()].get('healthy', '')),
        'registries': sorted(result.hosts),
        'checks': sum(map(len, result.rows.values())),
    }


def _entry(difference: Difference) -> dict[str, Any]:
    return {
        'kind': difference.kind,
        'stage': difference.stage,
        'registry': difference.scope.registry,
        'cluster': difference.scope.cluster,
        'check': difference.check,
        'fact': difference.fact,
        'subject': difference.subject,
        'first': difference.first,
        'second': difference.second,
        'text': difference.text,
    }
