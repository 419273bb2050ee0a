# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rules of `encryption`: near misses, which they must not recognize."""

from __future__ import annotations

import pytest

from azext_acrhealth.explain.rule import Rule
from azext_acrhealth.explain.rules import encryption as rules
from tests.explain.rules.near_misses import fires, near_misses, rules_of


@pytest.mark.parametrize('rule', rules_of(rules), ids=lambda rule: rule.id)
def test_a_near_miss_is_not_recognized(rule: Rule) -> None:
    assert not fires(rule, near_misses()[rule.id])
