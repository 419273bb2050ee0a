# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The verdicts and the arithmetic of runs under a limit on open files, on known samples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.benchmarks.cases import OURS, Case
from tests.benchmarks.figures import Sample
from tests.benchmarks.open_files import (
    LimitedRun,
    result_of,
    table,
    unmet_expectations,
    wrong_verdicts,
)

ONE = 0.3  # seconds of CPU time of a single registry
REASONS = {'good.example': '', 'dead.example': 'ConnectTimeout'}


def report(**changed: Any) -> dict[str, Any]:
    registries = [
        {'name': 'good', 'loginServer': 'good.example', 'healthy': True, 'canLogin': 'yes'},
        {'name': 'dead', 'loginServer': 'dead.example', 'healthy': False, 'canLogin': 'no'},
    ]
    checks = [
        {'registry': None, 'status': 'Passed', 'reason': None},
        {'registry': 'good', 'status': 'Skipped', 'reason': None},
        {'registry': 'dead', 'status': 'Failed', 'reason': 'ConnectTimeout'},
    ]
    return {'registries': registries, 'checks': checks, **changed}


def row(registry: str | None, reason: str) -> dict[str, Any]:
    return {'registry': registry, 'status': 'Failed', 'reason': reason}


def test_right_verdicts() -> None:
    assert wrong_verdicts(report(), REASONS) == []


@pytest.mark.parametrize(
    'changed, wrong',
    [
        ({'checks': []}, ["dead.example: (False, 'no', []), not ConnectTimeout"]),
        (
            {'checks': [*report()['checks'], row('good', 'TooManyOpenFiles')]},
            ["good.example: (True, 'yes', ['TooManyOpenFiles']), not healthy"],
        ),
        ({'registries': report()['registries'][:1]}, ['dead.example: missing']),
        ({'checks': [*report()['checks'], row(None, 'OutOfMemory')]}, ['the run: OutOfMemory']),
    ],
)
def test_wrong_verdicts(changed: dict[str, Any], wrong: list[str]) -> None:
    assert wrong_verdicts(report(**changed), REASONS) == wrong


def test_an_unexpected_registry() -> None:
    assert wrong_verdicts(report(), {'good.example': ''}) == ['dead.example: unexpected']


def runs(
    descriptors: int = 80,
    peak: float = 190.0,
    wrong: tuple[str, ...] = (),
    code: int = 1,
    cpu: float = 30.0,
) -> list[LimitedRun]:
    case = Case('x', OURS, ('acrhealth', 'check'))
    return [
        LimitedRun(100, Sample(case, 0.04, 9.0, 3.0, 40.0, 1, descriptors=79), (), 22.0),
        LimitedRun(
            1000,
            Sample(case, 0.04, 44.0, cpu, peak, code, descriptors=descriptors),
            wrong,
            122.0,
        ),
    ]


@pytest.mark.parametrize(
    'changed, expected',
    [
        ({}, None),
        ({'descriptors': 96}, '96 descriptors with 1000 registries, 79 with 100'),
        ({'peak': 191.0}, '0.17 MiB for each additional registry, not 1.5 times the 0.11 MiB'),
        ({'wrong': ('a: x',)}, '1000 registries and 256 open files: a: x'),
        ({'code': 0}, '1000 registries and 256 open files: exit code 0'),
        ({'cpu': 33.0}, 'each registry after 100 takes 1.22 times the CPU time of those, not 1.2'),
    ],
)
def test_an_expectation_that_is_not_met_is_reported(
    changed: dict[str, Any], expected: str | None
) -> None:
    unmet = unmet_expectations(runs(**changed), ONE)
    assert [line for line in unmet if expected and line.startswith(expected)] == unmet
    assert bool(unmet) == bool(expected)


def test_the_most_memory() -> None:
    limited = runs(peak=201.0)
    limited[0] = limited[0]._replace(sample=limited[0].sample._replace(peak=52.0))
    assert unmet_expectations(limited, ONE) == ['201 MiB with 1000 registries, not 200 MiB at most']


def test_of_many_wrong_verdicts_some_are_shown() -> None:
    unmet = unmet_expectations(runs(wrong=tuple(f'{number}: x' for number in range(9))), ONE)
    assert len(unmet) == 6 and unmet[-1].endswith('9 verdicts are wrong')


def test_the_table() -> None:
    text = table(runs())
    assert '| 100 | 16 | 9.0 s | 0 | 3.0 s | 79 | 40 MiB |  |  |' in text
    assert '| 1000 | 160 | 44.0 s | 0 | 30.0 s | 80 | 190 MiB | 0.17 MiB | 0.11 MiB |' in text
    assert len({line.count('|') for line in text.splitlines()}) == 1


def test_the_result_comes_before_what_is_logged() -> None:
    sample = runs()[0].sample
    printed = json.dumps(report(), indent=2)
    assert result_of(sample._replace(output=f'{printed}\nWARNING: {{x}}')) == report()
    with pytest.raises(RuntimeError, match='ended with 1'):
        result_of(sample._replace(output='ERROR: x'))
