# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A row of a check's test table: fake probes, and the outcome that the check must return."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth import report as reports
from azext_acrhealth.advice import Client, select
from azext_acrhealth.catalogue import BY_ACCOUNT
from azext_acrhealth.catalogue.by_account import solutions_for
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import Check, Context, Outcome, Result
from azext_acrhealth.options import Options, Target
from tests.checks.fake_probes import FakeProbes

MYREGISTRY = Target('myregistry')


@dataclass(frozen=True)
class Row:
    """A test case of a check. `problem` is `CODE Reason`.

    `facts` is a subset of the facts; `detail` and `solution` are parts of what the user sees.
    """

    name: str
    check: Check
    status: str
    problem: str = ''
    detail: str = ''
    probes: FakeProbes = field(default_factory=FakeProbes)
    needs: tuple[Any, ...] = ()
    options: Options = Options(targets=(MYREGISTRY,))
    target: Target = MYREGISTRY
    facts: Mapping[str, Any] = field(default_factory=dict)
    solution: str = ''
    # Placeholders that the texts leave for the user to fill in.
    unfilled_placeholders: Sequence[str] = ()
    # Whether the outcome has a value for dependents; None: it has if the check passed.
    has_value: bool | None = None

    def __str__(self) -> str:
        return f'{self.check.id}: {self.name}'


def run(row: Row) -> Outcome:
    """Run the row's check with its probes and return the outcome."""
    target = None if row.check.per == 'machine' else row.target
    probes = copy.deepcopy(row.probes)
    return row.check.run(
        Context(target, row.options, probes, 1e9, probes.host_connections()), *row.needs
    )


def shown(
    check: Check,
    outcome: Outcome,
    target: Target = MYREGISTRY,
    platform: str = '',
    cli: str | None = None,
) -> dict[str, Any]:
    """Return the outcome as its entry in the report, of a client's platform and CLI if any."""
    target = None if check.per == 'machine' else target
    report = reports.build(
        [Result(check, target, outcome)],
        CHECKS,
        [target.registry] if target else [],
        clusters=[target.cluster] if target and target.cluster else [],
        client={'platform': platform, 'azureCli': cli},
        started=datetime.now(timezone.utc),
        duration=0.0,
    )
    return report['checks'][0]


def verify(row: Row) -> None:
    """Assert that the check's outcome is the one in the row."""
    outcome = run(row)
    entry = shown(row.check, outcome, row.target)
    code, _, reason = row.problem.partition(' ')
    assert (entry['status'], entry['code'], entry['reason']) == (
        row.status,
        code or None,
        reason or None,
    ), entry['detail']
    assert row.detail in entry['detail']
    assert entry['detail']
    facts = {name: entry['facts'].get(name, 'not among the facts') for name in row.facts}
    assert facts == dict(row.facts)
    assert any(row.solution in solution for solution in entry['solutions']) or not row.solution, (
        entry['solutions']
    )
    leaves = row.status == 'Passed' if row.has_value is None else row.has_value
    assert (outcome.value is not None) == leaves
    if outcome.problem:
        assert outcome.problem in row.check.problems, 'a check reports only what it declares'
        client = Client(filled=frozenset(filter(outcome.placeholders.get, outcome.placeholders)))
        solutions = solutions_for(outcome.problem.solutions, outcome.placeholders, BY_ACCOUNT)
        placeholders = re.findall(
            r'\{(\w+)\}', ' '.join((outcome.problem.cause, *select(solutions, client)))
        )
        known = {
            **outcome.placeholders,
            **({} if row.check.per == 'machine' else {'registry': row.target.name}),
        }
        assert [name for name in placeholders if not known.get(name)] == list(
            row.unfilled_placeholders
        )


def assert_no_secrets(row: Row, *secrets: str) -> None:
    """Assert that neither the report nor the value for dependents contains a secret."""
    outcome = run(row)
    text = repr(shown(row.check, outcome)) + repr(outcome)
    assert [secret for secret in secrets if secret in text] == []


def assert_value_is(row: Row, connection: Any) -> None:
    """Assert that the row's value is the connection, and that no proxy password is reported."""
    outcome = run(row)
    assert outcome.value in (connection, None)
    assert 'hunter2' not in repr(outcome.facts) + outcome.detail
