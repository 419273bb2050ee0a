# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The kinds of failures in messages."""

from __future__ import annotations

from typing import get_args

from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.explain.rules import RULES


def test_every_kind_is_that_of_a_rule() -> None:
    assert set(get_args(Kind)) == {rule.kind for rule in RULES}
