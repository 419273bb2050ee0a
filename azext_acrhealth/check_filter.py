# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Select checks by id or category for --only and --skip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from azext_acrhealth.model import Check

LEFT_OUT = 'left out by --skip'


def expand(checks: Sequence[Check], names: Iterable[str]) -> set[Check]:
    """Return the checks that ids or categories name."""
    wanted = set(names)
    return {check for check in checks if check.id in wanted or check.category in wanted}


def select(
    checks: Sequence[Check], only: Iterable[str] = (), skip: Iterable[str] = ()
) -> Mapping[Check, str | None]:
    """Map each check that gets a row to None, or to the reason why it must not run.

    In display order.
    """
    only, left_out = tuple(only), expand(checks, skip)
    chosen = expand(checks, only) if only else set(checks)
    # Checks only ever need earlier ones, so one pass from the last to the first finds all
    # prerequisites.
    for check in reversed(checks):
        if check in chosen:
            chosen.update(check.needs + check.either)
    return {check: LEFT_OUT if check in left_out else None for check in checks if check in chosen}
