# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The parts of a report that a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.model import not_applicable
from azext_acrhealth.options import Target
from azext_acrhealth.report_writers import sections
from azext_acrhealth.report_writers.sections import Verdict, title
from tests.report_writers.sample import (
    AKS,
    CONTOSO,
    FABRIKAM,
    bad,
    broken_at,
    build,
    doubtful,
    results,
)

HEALTHY = build(results(), CONTOSO)
SKIPPED = not_applicable("--image wasn't specified")
MACHINE_ONLY = results()[:1]


def section(report: dict[str, Any], number: int = 0) -> sections.Section:
    return sections.registries_of(report)[number]


def test_rows_belong_to_this_machine_or_to_a_registry() -> None:
    machine = sections.machine_of(HEALTHY)
    assert machine and [row['check'] for row in machine.rows] == ['engine-client']
    assert (machine.name, machine.verdicts) == ('This machine', [])
    found = section(HEALTHY)
    assert (found.name, len(found.rows)) == ('contoso', 8)
    assert sections.machine_of(build(results()[1:], CONTOSO)) is None


def test_a_registry_without_rows() -> None:
    found = section(build(results(), CONTOSO, FABRIKAM), 1)
    assert (found.rows, found.status, found.first_problem) == ([], 'Skipped', '')


def test_failures_come_before_warnings() -> None:
    found = section(build(results(dns=doubtful(), blob=bad()), CONTOSO))
    assert [row['check'] for row in found.problems] == ['blob', 'dns']
    worst = sections.worst(found.rows)
    assert worst and worst['check'] == 'blob'
    assert sections.worst([]) is None
    assert (found.status, found.first_problem) == ('Failed', 'TEST_ERROR NotFound')


def test_what_works_and_why_that_is_unknown() -> None:
    found = section(build(results(blob=SKIPPED), CONTOSO, clusters=[AKS]))
    assert found.verdicts == [
        Verdict('Log in', 'yes', ''),
        Verdict('Pull', 'unknown', "--image wasn't specified"),
        Verdict('Push', 'unknown', ''),  # the sample has no row for it
        Verdict('Pull by aks1', 'unknown', ''),
    ]


def test_the_worst_registry_comes_first() -> None:
    third = Target('third')
    everything = [
        *results(),
        *results(FABRIKAM, dns=doubtful()),
        *results(third, dns=bad(), blob=bad()),
    ]
    ranked = sections.worst_first(
        sections.registries_of(build(everything, CONTOSO, FABRIKAM, third))
    )
    assert [item.name for item in ranked] == ['third', 'fabrikam', 'contoso']


@pytest.mark.parametrize(
    'report, expected',
    [
        (HEALTHY, 'contoso: healthy'),
        (broken_at('dns'), 'contoso: not healthy'),
        (build(MACHINE_ONLY), 'This machine: healthy'),
        (build([*results(), *results(FABRIKAM)], CONTOSO, FABRIKAM), '2 registries: healthy'),
        (
            build([*results(), *results(FABRIKAM, dns=bad())], CONTOSO, FABRIKAM),
            '2 registries: 1 not healthy',
        ),
        (
            build([*results(engine_client=bad()), *results(FABRIKAM)], CONTOSO, FABRIKAM),
            '2 registries: not healthy',
        ),
    ],
)
def test_titles(report: dict[str, Any], expected: str) -> None:
    assert title(report) == expected


def test_the_title_of_a_row_names_its_cluster() -> None:
    assert sections.row_title({'check': 'pull-role', 'cluster': 'aks1'}) == 'pull-role of aks1'
    assert sections.row_title({'check': 'dns', 'cluster': None}) == 'dns'
