# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Decide for --wait which results another attempt can change, what it repeats, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from azext_acrhealth.check_thread import Key
from azext_acrhealth.model import Check, Outcome, Result, Status
from azext_acrhealth.options import Target, scopes
from azext_acrhealth.report import is_unhealthy, subject

# Seconds between attempts; the last one holds for all that follow.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
_LONGEST_PAUSE = 60.0
# The codes of rows that could not determine their answer, and of pulls that could not be tried.
_UNREAD, _UNTRIED = 'ARM_READ_ERROR', 'CLUSTER_PULL_ERROR'
_NOT_RECHECKED = '; not rechecked: '


def unhealthy(results: Iterable[Result], strict: bool) -> list[Result]:
    """Return the results that make a report unhealthy."""
    return [result for result in results if is_unhealthy(result, strict)]


def all_transient(results: Iterable[Result]) -> bool:
    """Return whether the problems of all these results can pass without any action."""
    return all(
        result.outcome.problem is not None and result.outcome.problem.transient
        for result in results
    )


def carry_failure(earlier: Result | None, latest: Result) -> Result:
    """Return the latest result of a check, or its failure as long as nothing has disproved it.

    A repeated check that can't run, or can't read what it needs, has not seen its subject work.
    """
    if earlier is None or earlier.outcome.status is not Status.FAILED:
        return latest
    if not _is_undetermined(latest.outcome, earlier.outcome):
        return latest
    first = earlier.outcome.detail.partition(_NOT_RECHECKED)[0]
    detail = f'{first}{_NOT_RECHECKED}{latest.outcome.detail}'
    return earlier._replace(outcome=earlier.outcome._replace(detail=detail))


def _is_undetermined(latest: Outcome, earlier: Outcome) -> bool:
    """Return whether an outcome neither confirms nor disproves an earlier failure."""
    if latest.status is Status.SKIPPED:
        return True
    if latest.status is not Status.WARNING or latest.problem is None:
        return False
    if latest.problem.code != _UNTRIED:
        return latest.problem.code == _UNREAD
    # A pull whose pod remains leaves a value. Of several, one that never failed may be untried.
    failing = _nodes(earlier, 'PullFailed')
    return latest.value is None and not (failing and failing <= _nodes(latest, 'Pulled'))


def _nodes(outcome: Outcome, end: str) -> set[str]:
    """Return which nodes' pulls ended so, by the facts of the `cluster-pull` check."""
    return {pull['nodes'] for pull in outcome.facts.get('pulls', ()) if pull.get('end') == end}


def to_repeat(results: Iterable[Result], strict: bool) -> set[Key]:
    """Return what has to run again: unhealthy results, what depends on them, what both need.

    The values that checks leave hold connections, so whatever a repeated check needs is repeated.
    """
    results = list(results)
    outcomes = {(result.target, result.check): result.outcome for result in results}
    failing = {(result.target, result.check) for result in unhealthy(results, strict)}
    repeated = failing | {
        key
        for key, outcome in outcomes.items()
        if outcome.status is not Status.PASSED and _depends_on(key, failing, outcomes)
    }
    pending = list(repeated)
    while pending:
        target, check = pending.pop()
        for need in check.needs + check.either:
            key = _key(target, need, outcomes)
            if key not in outcomes or key in repeated:
                continue
            # What passed for the machine holds no connection.
            if key[0] is not None or outcomes[key].status is not Status.PASSED:
                repeated.add(key)
                pending.append(key)
    return repeated


def _key(target: Target | None, need: Check, outcomes: Mapping[Key, Outcome]) -> Key:
    """Return the key of a prerequisite in the nearest scope that has a result of it."""
    keys = ((scope, need) for scope in scopes(target))
    return next((key for key in keys if key in outcomes), (None, need))


def _depends_on(dependent: Key, failing: set[Key], outcomes: Mapping[Key, Outcome]) -> bool:
    """Return whether a check depends on a failing one, directly or through others."""
    visited, pending = set[Key](), [dependent]
    while pending:
        target, check = pending.pop()
        for need in check.needs + check.either + check.after:
            key = _key(target, need, outcomes)
            if key in failing:
                return True
            if key in outcomes and key not in visited:
                visited.add(key)
                pending.append(key)
    return False


def pause(attempt: int, results: Iterable[Result]) -> float:
    """Return the seconds to wait after the first, second, … attempt.

    The Retry-After of a server is obeyed, up to a minute.
    """
    named = [str(result.outcome.facts.get('retryAfter')) for result in results]
    asked = [float(text) for text in named if text.isascii() and text.isdigit() and len(text) < 9]
    return min(max([PAUSES[min(attempt, len(PAUSES)) - 1], *asked]), _LONGEST_PAUSE)


def describe(results: Sequence[Result], several: bool) -> str:
    """Return what is being waited for: the first of these results, and how many more."""
    first = results[0]
    of_target = ''
    if first.target and several:
        cluster = first.target.cluster
        of_target = subject(first.target.shown, cluster.shown if cluster else None)
    problem = first.outcome.problem
    reason = f' ({problem.code}, {problem.reason})' if problem else ''
    more = f' and {len(results) - 1} more' if len(results) > 1 else ''
    return f'{first.check.id}{of_target}{reason}{more}'
