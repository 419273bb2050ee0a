# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Select checks by id or category for --only and --skip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from azext_acrhealth.model import Check

LEFT_OUT = 'excluded by --skip'


def expand(checks: Sequence[Check], names: Iterable[str]) -> set[Check]:
    """Return the checks that these IDs and categories name."""
    named = set(names)
    return {check for check in checks if check.id in named or check.category in named}


def select(
    checks: Sequence[Check], only: Iterable[str] = (), skip: Iterable[str] = ()
) -> Mapping[Check, str | None]:
    """Return the checks that get a row, in display order, each with None or why it is skipped."""
    only, skipped = tuple(only), expand(checks, skip)
    chosen = expand(checks, only) if only else set(checks)
    # A check needs only earlier ones, so one pass from the last to the first finds all.
    for check in reversed(checks):
        if check in chosen:
            chosen.update(check.needs + check.either)
    return {check: LEFT_OUT if check in skipped else None for check in checks if check in chosen}
