# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Checks, jobs and results for tests that don't need real checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azext_acrhealth.model import Check, Context, Family, Job, Outcome, Result, check, passed
from azext_acrhealth.options import Options, Target

FAMILY = Family(
    'TEST_ERROR', 'A cause.', ('Do this in {registry}.',), 'https://learn.microsoft.com/test'
)
PROBLEM = FAMILY.problem(
    'Reason', 'It is {what}.', 'Mend {what} in {registry}.', 'Or {other_thing}.'
)
ONE, TWO = Target('registryone'), Target('registrytwo')


def make(
    id: str,
    run: Callable[..., Outcome] | None = None,
    *needs: Check,
    after: tuple[Check, ...] = (),
    category: str = 'registry',
    per: str = 'registry',
    problems: tuple[Any, ...] = (),
) -> Check:
    """Make a check; without `run` it passes with its id as the value."""
    declare = check(
        id,
        id.title(),
        category,
        verifies=f'That {id} works.',
        per=per,
        needs=needs,
        after=after,
        problems=problems,
        grace=0.05,
    )
    return declare(run or (lambda ctx, *values: passed(f'{id} is fine', id)))


class OpenedConnections:
    """Counts how often it is closed; nothing connects here."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class OnlyConnections:
    """Probes of checks that probe nothing; they keep all connections that they return."""

    def __init__(self) -> None:
        self.opened: list[OpenedConnections] = []

    def host_connections(self) -> OpenedConnections:
        self.opened.append(OpenedConnections())
        return self.opened[-1]


def context(target: Target | None = ONE, timeout: float = 60.0, probes: Any = None) -> Context:
    return Context(target, Options(timeout=timeout), probes or OnlyConnections())


def jobs(*checks: Check, target: Target | None = ONE, timeout: float = 60.0) -> list[Job]:
    """Return the jobs of a registry's checks, which share a context as in the command."""
    shared = context(target, timeout)
    return [Job(item, shared) for item in checks]


def result(
    id: str, outcome: Outcome, target: Target | None = ONE, duration: float = 0.0, **more: Any
) -> Result:
    """Return the result of a check with this id."""
    return Result(make(id, **more), target, outcome, duration)
