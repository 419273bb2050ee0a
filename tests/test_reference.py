# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The README's table matches the catalogue."""

from __future__ import annotations

from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from tests.reference import README, table, with_table


def test_the_readme_holds_the_table_of_today() -> None:
    text = README.read_text(encoding='utf-8')
    assert with_table(text) == text, 'run `make reference`'


def test_the_table_has_a_row_for_each_reason_and_a_link_for_each_code() -> None:
    rows = table().splitlines()[2:]
    assert len(rows) == len(PROBLEMS)
    assert all(any(f'[{family.code}]({family.link})' in row for row in rows) for family in FAMILIES)
