# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The records that every layer shares: frozen, standard library only, no behaviour but construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from azext_acrhealth.options import Options, Target


class Status(str, Enum):
    """The four ends of a check, as the output spells them."""

    PASSED = 'Passed'
    WARNING = 'Warning'
    FAILED = 'Failed'
    SKIPPED = 'Skipped'


@dataclass(frozen=True)
class Family:
    """A documented error code: what it means in general, and the page that explains it."""

    code: str
    cause: str
    solutions: tuple[str, ...]
    link: str

    def problem(self, reason: str, cause: str, *solutions: str, transient: bool = False) -> Problem:
        """Construct a problem of this family.

        Without solutions of its own it takes the family's.
        """
        return Problem(self.code, reason, cause, solutions or self.solutions, self.link, transient)


@dataclass(frozen=True)
class Problem:
    """One cause: `code` names the family, `reason` the cause.

    `{registry}` and the like are filled in by the row.
    """

    code: str
    reason: str
    cause: str
    solutions: tuple[str, ...]
    link: str
    transient: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a check found. `value` goes to dependants and is never rendered; `facts` is rendered."""

    status: Status
    detail: str
    problem: Problem | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    value: Any = None


@dataclass(frozen=True)
class Context:
    """What a check may use. `deadline`: an instant of `time.monotonic()`, set when the target's first check starts."""

    target: Target | None
    options: Options
    probes: Any
    deadline: float = 0.0


@dataclass(frozen=True, eq=False)
class Check:
    """A check and what it needs: earlier checks whose values `run` gets, in order, after the context.

    It runs when all of `needs`, and one of `either` if there are any, left a value; `after` it only
    waits for. `skip_reason` tells why it has nothing to do for a user who asked for nothing of its
    kind. `grace`: seconds beyond the deadline that it may take to put away what it began.
    """

    id: str
    title: str
    verifies: str
    category: str
    per: str
    needs: tuple[Check, ...]
    after: tuple[Check, ...]
    problems: tuple[Problem, ...]
    run: Callable[..., Outcome]
    grace: float = 1.0
    either: tuple[Check, ...] = ()
    skip_reason: Callable[[Options], str | None] = lambda _: None


@dataclass(frozen=True)
class Result:
    """A check that has ended, for a target (None: this machine). `duration` is in seconds."""

    check: Check
    target: Target | None
    outcome: Outcome
    duration: float = 0.0


@dataclass(frozen=True)
class Job:
    """A check to run in a context; `skip` says why it must not run."""

    check: Check
    context: Context
    skip: str | None = None


CATEGORIES = ('environment', 'registry', 'connectivity', 'authentication', 'private-link', 'data')


def check(
    id: str,
    title: str,
    category: str,
    *,
    verifies: str,  # pylint: disable=redefined-builtin
    per: str = 'registry',
    needs: tuple[Check, ...] = (),
    after: tuple[Check, ...] = (),
    problems: tuple[Problem, ...] = (),
    grace: float = 1.0,
    either: tuple[Check, ...] = (),
    skip_reason: Callable[[Options], str | None] = lambda _: None,
) -> Callable[[Callable[..., Outcome]], Check]:
    """Turn a function into a Check that declares what it needs and what it may report."""
    assert category in CATEGORIES and per in ('machine', 'registry')

    def declare(run: Callable[..., Outcome]) -> Check:
        return Check(
            id,
            title,
            verifies,
            category,
            per,
            needs,
            after,
            problems,
            run,
            grace,
            either,
            skip_reason,
        )

    return declare


def passed(detail: str, value: Any = True, **facts: Any) -> Outcome:
    """Construct the outcome of a check that saw its subject work."""
    return Outcome(Status.PASSED, detail, facts=facts, value=value)


def warned(
    problem: Problem,
    detail: str,
    value: Any = None,
    placeholders: Mapping[str, str] | None = None,
    **facts: Any,
) -> Outcome:
    """Construct the outcome of a check that found something that does not stop the user by itself."""
    return Outcome(Status.WARNING, detail, problem, facts, placeholders or {}, value)


def failed(
    problem: Problem,
    detail: str,
    value: Any = None,
    placeholders: Mapping[str, str] | None = None,
    **facts: Any,
) -> Outcome:
    """Construct the outcome of a check that found what stops the user."""
    return Outcome(Status.FAILED, detail, problem, facts, placeholders or {}, value)


def not_applicable(why: str, value: Any = None, **facts: Any) -> Outcome:
    """Construct the outcome of a check that has nothing to look at here."""
    return Outcome(Status.SKIPPED, why, facts=facts, value=value)
