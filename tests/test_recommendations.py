# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What stderr shows below the headline: solutions, whose they are, and how many are left out."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.recommendations import recommendations


def row(
    check: str, *solutions: str, registry: str | None = 'one', status: str = 'Failed'
) -> dict[str, Any]:
    return {
        'cluster': None,
        'check': check,
        'registry': registry,
        'status': status,
        'solutions': [*solutions],
    }


def lines(*rows: dict[str, Any], strict: bool = False, registries: int = 1) -> list[str]:
    return recommendations({'checks': rows, 'registries': [{'clusters': []}] * registries}, strict)


def test_one_check() -> None:
    assert lines(row('a', 'First.')) == ['First.']
    assert lines(row('a', 'First.', 'Second.')) == ['First.', 'Second.']
    assert lines(row('a', 'First.', 'Second.', 'Third.'), registries=2) == [
        'First.',
        'For 2 more solutions, see the output of `-o json`.',
    ]


def test_several_checks_are_named() -> None:
    assert lines(row('a', 'First.'), row('b', 'Second.', 'Third.')) == [
        'a: First.',
        'b: Second.',
        'b: Third.',
    ]
    assert lines(row('a', 'First.'), row('b', 'Second.', registry=None), registries=2) == [
        'a of one: First.',
        'b: Second.',
    ]


def test_the_same_solution_is_shown_once() -> None:
    rows = [row(name, 'First.', 'Second.') for name in 'abcde']
    assert lines(*rows[:2]) == ['a, b: First.', 'a, b: Second.']
    assert lines(*rows)[0] == 'a, b, c, and 2 more: First.'
    # The second solution of one check is the first of another.
    rows = [row('a', 'First.', 'Second.'), row('b', 'Second.', registry='two')]
    assert lines(*rows) == ['a: First.', 'a, b: Second.']
    assert lines(*rows, registries=2) == ['a of one: First.', 'b of two: Second.']


@pytest.mark.parametrize(
    'count, last',
    [
        (4, 'For 1 more solution, including those of 1 more check, see the output of `-o json`.'),
        (6, 'For 3 more solutions, including those of 3 more checks, see the output of `-o json`.'),
    ],
)
def test_checks_that_are_left_out(count: int, last: str) -> None:
    rows = [row(name, f'Solution {name}.') for name in 'abcdef'[:count]]
    *shown, end = lines(*rows, registries=2)
    assert [line.partition(': ')[2] for line in shown] == [f'Solution {name}.' for name in 'abc']
    assert end == last
    assert len(lines(*rows)) == count


def test_what_is_no_failure() -> None:
    warned = row('w', 'Warned.', status='Warning')
    assert lines(row('a', 'First.'), warned) == ['First.']
    assert lines(row('a', 'First.'), warned, strict=True) == ['a: First.', 'w: Warned.']
    assert lines(row('a'), row('b', status='Passed')) == []
