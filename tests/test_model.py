# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The records: their construction, and that nobody changes them."""

from __future__ import annotations

import dataclasses

import pytest

from azext_acrhealth import model, options
from azext_acrhealth.model import Outcome, Problem, Status, failed, not_applicable, passed, warned
from tests.made import FAMILY, PROBLEM, make


@pytest.mark.parametrize(
    'outcome, expected',
    [
        (passed('fine'), Outcome(Status.PASSED, 'fine', value=True)),
        (passed('fine', 7, seen='x'), Outcome(Status.PASSED, 'fine', facts={'seen': 'x'}, value=7)),
        (warned(PROBLEM, 'odd'), Outcome(Status.WARNING, 'odd', PROBLEM)),
        (
            warned(PROBLEM, 'odd', 7, {'host': 'h'}, seen='x'),
            Outcome(Status.WARNING, 'odd', PROBLEM, {'seen': 'x'}, {'host': 'h'}, 7),
        ),
        (failed(PROBLEM, 'bad'), Outcome(Status.FAILED, 'bad', PROBLEM)),
        (
            failed(PROBLEM, 'bad', 7, {'host': 'h'}, seen='x'),
            Outcome(Status.FAILED, 'bad', PROBLEM, {'seen': 'x'}, {'host': 'h'}, 7),
        ),
        (not_applicable('no use'), Outcome(Status.SKIPPED, 'no use')),
        (
            not_applicable('no use', 7, seen='x'),
            Outcome(Status.SKIPPED, 'no use', facts={'seen': 'x'}, value=7),
        ),
    ],
)
def test_outcomes(outcome: Outcome, expected: Outcome) -> None:
    assert outcome == expected


def test_a_problem_takes_what_it_does_not_say_from_its_family() -> None:
    assert FAMILY.problem('Reason', 'Because.') == Problem(
        'TEST_ERROR', 'Reason', 'Because.', FAMILY.solutions, FAMILY.link, False
    )
    assert FAMILY.problem('Reason', 'Because.', 'Do that.', transient=True) == Problem(
        'TEST_ERROR', 'Reason', 'Because.', ('Do that.',), FAMILY.link, True
    )


def test_a_check_is_a_decorated_function() -> None:
    first = make('first')

    @model.check(
        'second', 'Second', 'data', verifies='That it works.', needs=(first,), problems=(PROBLEM,)
    )
    def second(ctx: model.Context, value: str) -> Outcome:
        return passed(value)

    assert (second.id, second.title, second.category, second.per) == (
        'second',
        'Second',
        'data',
        'registry',
    )
    assert (second.needs, second.after, second.problems) == ((first,), (), (PROBLEM,))
    assert second.run(None, 'seen').detail == 'seen'


@pytest.mark.parametrize('wrong', [{'category': 'nonsense'}])
def test_a_check_of_no_known_kind_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        make('odd', **wrong)


RECORDS = [
    one
    for one in {**vars(model), **vars(options)}.values()
    if dataclasses.is_dataclass(one) or hasattr(one, '_fields')
]


@pytest.mark.parametrize('record', RECORDS, ids=lambda record: record.__name__)
def test_records_are_frozen(record: type) -> None:
    names = getattr(record, '_fields', None)
    blank = tuple.__new__(record, names) if names else object.__new__(record)
    with pytest.raises(AttributeError):
        setattr(blank, names[0] if names else dataclasses.fields(record)[0].name, 'changed')


def test_statuses_are_spelt_as_the_output_spells_them() -> None:
    assert [status.value for status in Status] == ['Passed', 'Warning', 'Failed', 'Skipped']


def test_categories() -> None:
    assert model.CATEGORIES == (
        'environment',
        'registry',
        'connectivity',
        'authentication',
        'private-link',
        'data',
        'cluster',
    )
