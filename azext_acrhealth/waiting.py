# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which results another attempt may change, what it has to run again for that, and when it is due."""

from __future__ import annotations

from typing import Iterable, Mapping, Sequence

from azext_acrhealth.model import Check, Outcome, Result, Status
from azext_acrhealth.options import Target

Key = tuple[Target | None, Check]
# Seconds between attempts, the last one for all that follow.
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
_LONGEST = 60.0


def unhealthy(results: Iterable[Result], strict: bool) -> list[Result]:
    """Give the results that make a report unhealthy."""
    return [one for one in results if one.outcome.status is Status.FAILED
            or strict and one.outcome.status is Status.WARNING]


def may_heal(results: Sequence[Result]) -> bool:
    """Tell whether all of some unhealthy results can pass by themselves: else waiting is of no use."""
    return all(one.outcome.problem is not None and one.outcome.problem.heals for one in results)


def again(results: Iterable[Result], strict: bool) -> set[Key]:
    """Give what has to run again: what is unhealthy, what could not run without it, and what either needs.

    Values that a check leaves hold connections, so that whatever a repeated check needs is repeated, too.
    """
    results = list(results)
    held = {(one.target, one.check): one.outcome for one in results}
    repeated = {(one.target, one.check) for one in unhealthy(results, strict)}
    for one in results:     # in any order: a check's dependants may have ended before others of its kind
        if one.outcome.status is not Status.PASSED and _stands_on(one, repeated, held):
            repeated.add((one.target, one.check))
    todo = list(repeated)
    while todo:
        target, check = todo.pop()
        for need in check.needs + check.either:
            key = (target, need) if (target, need) in held else (None, need)
            # What the machine has shown is no connection.
            if key in held and key not in repeated and (key[0] is not None or held[key].status is not Status.PASSED):
                repeated.add(key)
                todo.append(key)
    return repeated


def _stands_on(result: Result, repeated: set[Key], held: Mapping[Key, Outcome]) -> bool:
    """Tell whether a check depends, over any number of others, on one that is repeated."""
    seen, todo = set[Key](), [(result.target, result.check)]
    while todo:
        target, check = todo.pop()
        for need in check.needs + check.either + check.after:
            key = (target, need) if (target, need) in held else (None, need)
            if key in repeated:
                return True
            if key in held and key not in seen:
                seen.add(key)
                todo.append(key)
    return False


def pause(attempt: int, results: Iterable[Result]) -> float:
    """Give the seconds until the next attempt after the first, second, …; a server that names a time is obeyed."""
    named = [str(one.outcome.facts.get('retryAfter')) for one in results]
    asked = [float(one) for one in named if one.isascii() and one.isdigit() and len(one) < 9]
    return min(max([PAUSES[min(attempt, len(PAUSES)) - 1], *asked]), _LONGEST)


def told(results: Sequence[Result], several: bool) -> str:
    """Say what is being waited for."""
    first = results[0]
    name = f' of {first.target.label or first.target.name}' if first.target and several else ''
    problem = first.outcome.problem
    why = f' ({problem.code}, {problem.reason})' if problem else ''
    return f'{first.check.id}{name}{why}{f" and {len(results) - 1} more" if len(results) > 1 else ""}'
