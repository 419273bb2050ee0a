# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Select the solutions that stderr shows below the headline, and report which are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.report import row_name, unhealthy_rows

# Most solutions that are shown for several registries, and most checks that one of them names.
_SOLUTIONS, _NAMES = 3, 3


def recommendations(report: Mapping[str, Any], strict: bool) -> list[str]:
    """Return the solutions of the unhealthy rows, none twice.

    For several registries, they are the first of each row, three at most, and the last line counts
    those that are left out. Where several rows are unhealthy, each solution begins with the checks
    that it belongs to.
    """
    most = _SOLUTIONS if len(report['registries']) > 1 else None
    unhealthy = unhealthy_rows(report, strict)
    rows = [row for row in unhealthy if row['solutions']]
    names: dict[str, list[str]] = {}
    for row in rows:
        for text in row['solutions'][: most and 1]:
            names.setdefault(text, []).append(row_name(report, row))
    shown = list(names)[:most]
    several = len(unhealthy) > 1
    lines = [f'{_joined(names[text])}: {text}' if several else text for text in shown]
    left_out = {text for row in rows for text in row['solutions']} - set(shown)
    others = sum(row['solutions'][0] not in shown for row in rows)
    return [*lines, _left_out(len(left_out), others)] if left_out else lines


def _joined(names: list[str]) -> str:
    more = len(names) - _NAMES
    return ', '.join(names[:_NAMES]) + (f', and {more} more' if more > 0 else '')


def _left_out(solutions: int, checks: int) -> str:
    """Return where the solutions are that aren't shown; `checks` have none that is shown."""
    others = f', including those of {checks} more {_plural("check", checks)},' if checks else ','
    more = f'{solutions} more {_plural("solution", solutions)}{others}'
    return f'For {more} see the output of `-o json`.'


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f'{noun}s'
