# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which results another attempt may change, what it has to run again for that, and when it is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from azext_acrhealth.model import Check, Outcome, Result, Status
from azext_acrhealth.options import Target
from azext_acrhealth.report import is_unhealthy
from azext_acrhealth.scheduler import Key

# Seconds between attempts, the last one for all that follow.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
_LONGEST = 60.0


def unhealthy(results: Iterable[Result], strict: bool) -> list[Result]:
    """Return the results that make a report unhealthy."""
    return [one for one in results if is_unhealthy(one, strict)]


def may_heal(results: Sequence[Result]) -> bool:
    """Return whether all of some unhealthy results can pass by themselves: else waiting is of no use."""
    return all(one.outcome.problem is not None and one.outcome.problem.transient for one in results)


def again(results: Iterable[Result], strict: bool) -> set[Key]:
    """Return what has to run again: what is unhealthy, what could not run without it, and what either needs.

    Values that a check leaves hold connections, so that whatever a repeated check needs is
    repeated, too.
    """
    results = list(results)
    held = {(one.target, one.check): one.outcome for one in results}
    bad = {(one.target, one.check) for one in unhealthy(results, strict)}
    repeated = bad | {
        key
        for key, outcome in held.items()
        if outcome.status is not Status.PASSED and _stands_on(key, bad, held)
    }
    todo = list(repeated)
    while todo:
        target, check = todo.pop()
        for need in check.needs + check.either:
            key = _key(target, need, held)
            # What the machine has shown is no connection.
            if (
                key in held
                and key not in repeated
                and (key[0] is not None or held[key].status is not Status.PASSED)
            ):
                repeated.add(key)
                todo.append(key)
    return repeated


def _key(target: Target | None, need: Check, held: Mapping[Key, Outcome]) -> Key:
    """Return what a check of a target stands on: the target's own result, else the machine's."""
    return (target, need) if (target, need) in held else (None, need)


def _stands_on(dependant: Key, bad: set[Key], held: Mapping[Key, Outcome]) -> bool:
    """Return whether a check depends, over any number of others, on one that is bad."""
    seen, todo = set[Key](), [dependant]
    while todo:
        target, check = todo.pop()
        for need in check.needs + check.either + check.after:
            key = _key(target, need, held)
            if key in bad:
                return True
            if key in held and key not in seen:
                seen.add(key)
                todo.append(key)
    return False


def pause(attempt: int, results: Iterable[Result]) -> float:
    """Return the seconds until the next attempt after the first, second, ….

    A server that names a time is obeyed.
    """
    named = [str(one.outcome.facts.get('retryAfter')) for one in results]
    asked = [float(one) for one in named if one.isascii() and one.isdigit() and len(one) < 9]
    return min(max([PAUSES[min(attempt, len(PAUSES)) - 1], *asked]), _LONGEST)


def told(results: Sequence[Result], several: bool) -> str:
    """Say what is being waited for."""
    first = results[0]
    name = f' of {first.target.label or first.target.name}' if first.target and several else ''
    problem = first.outcome.problem
    why = f' ({problem.code}, {problem.reason})' if problem else ''
    return (
        f'{first.check.id}{name}{why}{f" and {len(results) - 1} more" if len(results) > 1 else ""}'
    )
