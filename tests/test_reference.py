# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The error reference matches the catalogue."""

from __future__ import annotations

import pytest

from azext_acrhealth import advice
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.model import Family
from tests.reference import REFERENCE, document, text_of


def entry_of(family: Family) -> str:
    """Return the text under a code's heading."""
    _, found, rest = document().partition(f'\n## {family.code}\n')
    assert found
    return rest.partition('\n## ')[0]


def test_the_file_is_up_to_date() -> None:
    assert REFERENCE.read_text(encoding='utf-8') == document(), 'run `make reference`'


def test_each_code_has_one_heading_and_a_link_to_it() -> None:
    lines = document().splitlines()
    assert [line for line in lines if line.startswith('## ')] == [
        f'## {family.code}' for family in FAMILIES
    ]
    contents = [line.partition('](')[2].partition(')')[0] for line in lines if line[:3] == '| [']
    assert contents == [f'#{family.code.lower()}' for family in FAMILIES]


@pytest.mark.parametrize('family', FAMILIES, ids=lambda family: family.code)
def test_an_entry_has_its_cause_link_checks_and_reasons(family: Family) -> None:
    entry = entry_of(family)
    problems = [problem for problem in PROBLEMS if problem.code == family.code]
    assert entry.startswith(f'\n{text_of(family.cause)}\n') and f'({family.link})' in entry
    assert [line[4:] for line in entry.splitlines() if line.startswith('### ')] == [
        problem.reason for problem in problems
    ]
    for problem in problems:
        reason = entry.partition(f'\n### {problem.reason}\n')[2].partition('\n### ')[0]
        assert reason.startswith(f'\n{text_of(problem.cause)}')
        for number, solution in enumerate(problem.solutions, 1):
            where = advice.conditions(solution)
            text = text_of(advice.text_of(solution))
            assert f'\n{number}. {where and f"{where}: "}{text}\n' in f'{reason}\n'
    for check in CHECKS:
        if any(problem.code == family.code for problem in check.problems):
            assert f'`{check.id}`' in entry


def test_a_reason_of_some_checks_only_names_them() -> None:
    entry = entry_of(next(family for family in FAMILIES if family.code == 'IMAGE_PULL_ERROR'))
    assert (
        '\nReported by `access-token`, `manifest`, `blob`, `cluster-platforms`, `cluster-pull`. '
    ) in entry
    assert 'Reported only by `blob`.\n' in entry.partition('\n### BlobMissing\n')[2]


def test_markup_is_escaped_outside_code_only() -> None:
    assert text_of('[a] <b> `<c> *` *d* {e}') == r'\[a] \<b> `<c> *` \*d\* E'
