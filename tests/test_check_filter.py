# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--only and --skip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.check_filter import LEFT_OUT, expand, select
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import CATEGORIES
from tests.made import make

A = make('a', category='registry')
B = make('b', None, A, category='connectivity')
C = make('c', None, B, category='connectivity')
D = make('d', None, A, after=(C,), category='authentication')
ALL = (A, B, C, D)
NAMES = st.sets(st.sampled_from([*(check.id for check in CHECKS), *CATEGORIES]))


@pytest.mark.parametrize(
    'only, skip, rows',
    [
        ((), (), {'a': None, 'b': None, 'c': None, 'd': None}),
        (('c',), (), {'a': None, 'b': None, 'c': None}),
        (('d',), (), {'a': None, 'd': None}),  # what it only waits for is not a prerequisite
        (('connectivity',), (), {'a': None, 'b': None, 'c': None}),
        (('a', 'd'), (), {'a': None, 'd': None}),
        ((), ('b',), {'a': None, 'b': LEFT_OUT, 'c': None, 'd': None}),
        ((), ('connectivity',), {'a': None, 'b': LEFT_OUT, 'c': LEFT_OUT, 'd': None}),
        (('c',), ('a',), {'a': LEFT_OUT, 'b': None, 'c': None}),
        (('connectivity',), ('c',), {'a': None, 'b': None, 'c': LEFT_OUT}),
        (('b',), ('d',), {'a': None, 'b': None}),  # what was not selected has no row to skip
        (('a',), ('a',), {'a': LEFT_OUT}),
        (('data',), (), {}),
    ],
)
def test_select(only: tuple[str, ...], skip: tuple[str, ...], rows: dict[str, str | None]) -> None:
    selected = select(ALL, only, skip)
    assert {check.id: why for check, why in selected.items()} == rows
    assert list(selected) == [check for check in ALL if check in selected], 'in display order'


def test_iterators_serve() -> None:
    assert list(select(ALL, iter(['b']), iter(['d']))) == [A, B]


def test_expand() -> None:
    assert expand(ALL, ['connectivity', 'a', 'nonsense']) == {A, B, C}


@given(NAMES, NAMES)
def test_whatever_is_selected_has_its_prerequisites(only: set[str], skip: set[str]) -> None:
    selected = select(CHECKS, only, skip)
    for check, why in selected.items():
        assert set(check.needs) <= set(selected)
        assert (why == LEFT_OUT) == (check.id in skip or check.category in skip)
    assert expand(CHECKS, only) <= set(selected)
