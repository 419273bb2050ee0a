# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The arithmetic of the benchmark, on samples with a known result."""

from __future__ import annotations

import pytest

from tests.benchmarks.cases import (
    BARE_CASE,
    BLACK_HOLE,
    EVERYTHING,
    EXPLAIN_CASE,
    HELP,
    IN_THE_BLACK_HOLE,
    OURS,
    PAIRS,
    REGISTRY,
    THEIRS,
)
from tests.benchmarks.figures import Figures, Sample, table

HOST = 'contoso.azurecr.test'
# Seconds of wall time: a bare start of 0.1, and on a wire of 40 ms ours takes a third of theirs
# above it.
WALL = {
    (EVERYTHING, OURS): 0.5,
    (EVERYTHING, THEIRS): 1.3,
    (REGISTRY, OURS): 0.4,
    (REGISTRY, THEIRS): 1.1,
    (HELP, OURS): 0.15,
    (HELP, THEIRS): 0.3,
}
BLACK_HOLE_WALL = {OURS: 20.9, THEIRS: 60.0}
LONGER = {OURS: 0.4 + 7 * 0.16, THEIRS: 1.1 + 20 * 0.16}


def figures(
    wall: dict[tuple[str, str], float] | None = None,
    longer: dict[str, float] | None = None,
    hole: dict[str, float] | None = None,
    handshakes: int = 1,
    cpu: float = 0.4,
    explain: float = 0.2,
) -> Figures:
    walls = {**WALL, **(wall or {})}
    samples = [Sample(BARE_CASE, 0.04, seconds, 0.25) for seconds in (0.09, 0.1, 5.0)]
    samples += [Sample(EXPLAIN_CASE, 0.04, explain) for _ in range(3)]
    for case in PAIRS.values():
        usual_seconds = walls[case.title, case.tool]
        shook = {HOST: handshakes if case.tool == OURS else 4}
        mean_cpu = cpu if case.tool == OURS else 0.6
        # A slow run now and then is what medians are for.
        samples += [
            Sample(case, 0.04, seconds, used, 60.0, 0, shook, {HOST: 3})
            for seconds, used in (
                (usual_seconds, mean_cpu - 0.1),
                (9.0, mean_cpu + 0.2),
                (usual_seconds - 0.01, mean_cpu - 0.1),
            )
        ]
        if case.title == REGISTRY:
            samples += [
                Sample(case, 0.2, seconds)
                for seconds in ({**LONGER, **(longer or {})}[case.tool], 9.9, 0.1)
            ]
    samples += [
        Sample(case, 0.04, {**BLACK_HOLE_WALL, **(hole or {})}[case.tool])
        for case in IN_THE_BLACK_HOLE.values()
    ]
    return Figures(samples, 0.04)


def test_times_are_medians_and_cpu_times_means_above_a_bare_start() -> None:
    assert figures().bare_start() == 0.1
    assert figures().above_bare(EVERYTHING, THEIRS) == pytest.approx(1.2)
    assert figures().ratio(EVERYTHING) == pytest.approx(0.4 / 1.2)
    assert figures().ratio(REGISTRY) == pytest.approx(0.3)
    assert figures().whole_ratio(REGISTRY) == pytest.approx(0.4 / 1.1)
    assert figures().cpu_above_bare(OURS) == pytest.approx(0.15)
    assert figures().cpu_above_bare(THEIRS) == pytest.approx(0.35)


def test_round_trips_are_the_growth_of_the_time() -> None:
    assert figures().round_trips(OURS) == pytest.approx(7) and figures().round_trips(
        THEIRS
    ) == pytest.approx(20)


def test_runs_of_another_round_trip_time_count_only_there() -> None:
    assert (
        len(figures().samples_of(REGISTRY, OURS)) == 3
        and len(figures().samples_of(REGISTRY, OURS, 0.2)) == 3
    )


def test_of_varying_counts_the_most_is_shown() -> None:
    case = PAIRS[f'{REGISTRY} {OURS}']
    measured = Figures(
        [
            Sample(case, 0.04, 1, requests={'a': 1, 'b': 3}),
            Sample(case, 0.04, 1, requests={'a': 2}),
        ],
        0.04,
    )
    assert measured.most_by_host('requests', OURS) == {'a': 2, 'b': 3}


@pytest.mark.parametrize(
    'changed, expected',
    [
        ({}, None),
        (
            {'wall': {(EVERYTHING, OURS): 0.6}},
            "registry and machine: 0.46 of the predecessor's whole time",
        ),
        (
            {'wall': {(REGISTRY, OURS): 0.505}},
            "registry only: 0.46 of the predecessor's whole time",
        ),
        ({'cpu': 0.44}, "0.54 of the predecessor's CPU time above bare start, not 0.51"),
        ({'explain': 0.25}, "error explain takes 0.833 of the time of the predecessor's --help"),
        ({'longer': {OURS: 0.4 + 9.1 * 0.16}}, '9.1 sequential round trips'),
        ({'hole': {OURS: 21.2}}, '21.1 s with an unreachable login server'),
        (
            {'wall': {(HELP, OURS): 0.28}},
            "--help takes 0.933 of the time of the predecessor's --help",
        ),
        ({'handshakes': 2}, '2 handshakes with the login server'),
    ],
)
def test_an_expectation_that_is_not_met_is_reported(
    changed: dict[str, object], expected: str | None
) -> None:
    unmet = figures(**changed).unmet_expectations(HOST)  # type: ignore[arg-type]
    assert [line for line in unmet if expected and expected in line] == unmet and bool(
        unmet
    ) == bool(expected)


def test_the_black_hole_may_be_left_out() -> None:
    measured = figures()
    measured.samples = [sample for sample in measured.samples if sample.case.title != BLACK_HOLE]
    assert measured.unmet_expectations(HOST) == [] and 'drops packets' not in table(
        measured, {HOST: 'login server'}
    )


def test_the_table() -> None:
    text = table(figures(), {HOST: 'login server', 'arm': 'Resource Manager'})
    assert '| registry only: time above bare `az` start | 0.30 s | 1.00 s | 0.30 |' in text
    assert '| sequential round trips (6 required) | 7.0 | 20.0 | 0.35 |' in text
    assert '| TLS handshakes: login server, Resource Manager | 1, 0 | 4, 0 | 0.25 |' in text
    assert (
        '| the login server drops packets (ours: `--timeout 20`) | 20.9 s | cut at 60 s |  |'
        in text
    )
    assert len({line.count('|') for line in text.splitlines()}) == 1


def test_a_predecessor_that_ends_by_itself_is_compared() -> None:
    assert '| 20.9 s | 41.8 s | 0.50 |' in table(figures(hole={THEIRS: 41.8}), {})
