# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arithmetic of the benchmark of many registries, on samples with a known result."""

from __future__ import annotations

import pytest

from tests.benchmarks.cases import OURS, THEIRS, Case
from tests.benchmarks.figures import Figures, Sample
from tests.benchmarks.fleets import (
    DEAD,
    cpu_per_registry,
    loop_time,
    memory_per_registry,
    table,
    title,
    unmet_expectations,
)

# Seconds of wall and CPU time, MiB: one registry, then 15 ms and a quarter of a MiB for each
# further one.
OF_OURS = {
    title(1): (0.7, 0.4, 65.0),
    title(10): (1.3, 0.535, 67.25),
    title(100): (4.0, 1.885, 89.75),
    title(1, 1): (5.5, 0.4, 65.0),
    title(100, DEAD): (9.0, 1.9, 90.0),
}
OF_THEIRS = {title(1): (1.6, 0.5), title(10): (16.0, 5.0)}


def figures(**changed: tuple[float, float, float]) -> Figures:
    samples = {
        **OF_OURS,
        **{
            name.replace('_', ' ').replace(' unreachable', f', {DEAD} unreachable'): values
            for name, values in changed.items()
        },
    }
    return Figures(
        [
            *(Sample(Case(name, OURS, ()), 0.04, *values) for name, values in samples.items()),
            *(Sample(Case(name, THEIRS, ()), 0.04, *values) for name, values in OF_THEIRS.items()),
        ],
        0.04,
    )


def test_a_loop_over_many_is_extrapolated_from_fewer() -> None:
    assert [loop_time(figures(), size) for size in (1, 10, 100)] == [1.6, 16.0, 160.0]


def test_the_cost_of_a_further_registry() -> None:
    assert cpu_per_registry(figures(), 10) == pytest.approx(0.015)
    assert cpu_per_registry(figures(), 100) == pytest.approx(0.015)
    assert memory_per_registry(figures(), 100) == pytest.approx(0.25)


@pytest.mark.parametrize(
    'name, values, expected',
    [
        ('100_registries', (4.0, 1.88, 90.0), None),
        (
            '100_registries',
            (8.1, 1.88, 90.0),
            "100 registries: 8.1 s, not 0.05 of the loop's 160 s",
        ),
        ('100_registries_unreachable', (10.4, 3.4, 90.0), None),
        (
            '100_registries_unreachable',
            (10.6, 3.4, 90.0),
            '5 unreachable of 100: 6.6 s longer, not 6.5 s',
        ),
        ('100_registries', (4.0, 1.88, 151.0), '100 registries: 151 MiB'),
        ('100_registries_unreachable', (9.0, 3.4, 151.0), '100 registries, 5 unreachable: 151 MiB'),
        ('100_registries', (4.0, 2.0, 90.0), "0.032 of the predecessor's CPU time for each"),
    ],
)
def test_an_expectation_that_is_not_met_is_reported(
    name: str, values: tuple[float, float, float], expected: str | None
) -> None:
    unmet = unmet_expectations(figures(**{name: values}))
    assert [line for line in unmet if expected and line.startswith(expected)] == unmet and bool(
        unmet
    ) == bool(expected)


def test_the_table() -> None:
    text = table(figures())
    assert '| 1 | 0.70 s | 1.6 s | 0.437 | 0.40 s |  | 65 MiB |  |' in text
    assert (
        '| 100 | 4.00 s | 160.0 s (estimated) | 0.025 | 1.89 s | 15 ms | 90 MiB | 0.25 MiB |'
        in text
    )
    assert '| 100, 5 unreachable | 9.00 s |  |  | 1.90 s |  | 90 MiB |  |' in text
    assert len({line.count('|') for line in text.splitlines()}) == 1
