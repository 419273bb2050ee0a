# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of `compare --output table`."""

from __future__ import annotations

import os.path
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.tables import (
    GAP,
    HEADER,
    MIDDLE,
    Line,
    column_width,
    cut,
    ellipsis,
    terminal_width,
)

_LONGEST_NAME, _LONGEST_SUBJECT = 20, 26
# Characters that are shown of the beginning that two long values share.
_CONTEXT = 8
_SIDES = ('first', 'second')


def comparison_table(comparison: Mapping[str, Any]) -> list[Line]:
    """Return a line for each difference, or a line that says that there is none."""
    differences = comparison['differences']
    if not differences:
        sides = [f'{comparison[side]["checks"]} checks' for side in _SIDES]
        return [_line(['none'], sides, ['Difference'], _labels(comparison, MIDDLE))]
    names = [
        (title, [cut(difference[key] or '', longest, ellipsis()) for difference in differences])
        for title, key, longest in (
            ('Registry', 'registry', _LONGEST_NAME),
            ('Cluster', 'cluster', _LONGEST_NAME),
            ('Difference', 'subject', _LONGEST_SUBJECT),
        )
        if title == 'Difference' or _is_needed(key, differences)
    ]
    used = sum(column_width(title, values) + GAP for title, values in names)
    left = terminal_width() - used - GAP
    labels = _labels(comparison, left // 2 - HEADER)
    widths = _share(
        left,
        *(
            column_width(label, (difference[side] for difference in differences))
            for label, side in zip(labels, _SIDES)
        ),
    )
    titles = [title for title, _ in names]
    return [
        _line(
            [values[number] for _, values in names],
            _cut_both((difference['first'], difference['second']), widths),
            titles,
            labels,
        )
        for number, difference in enumerate(differences)
    ]


def _share(width: int, first: int, second: int) -> tuple[int, int]:
    """Return the widths of two columns: a narrow one leaves its half to the other one."""
    half = width // 2
    if first <= half:
        return first, width - first
    return (width - second, second) if second <= half else (half, half)


def _line(
    names: Sequence[str], sides: Sequence[str], titles: Sequence[str], labels: Sequence[str]
) -> Line:
    return OrderedDict(zip((*titles, *labels), (*names, *sides)))


def _is_needed(key: str, differences: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether lines need a column: that of registries if there are several."""
    found = {difference[key] for difference in differences} - {None}
    missing = any(difference['kind'] == 'MissingRegistry' for difference in differences)
    return len(found) > (1 if key == 'registry' and not missing else 0)


def _labels(comparison: Mapping[str, Any], width: int) -> list[str]:
    """Return the headers of both sides, which must not be the same."""
    # The CLI capitalizes a header, which a file's name must not be.
    labels = [cut(f'On {comparison[side]["file"]}', width, ellipsis()) for side in _SIDES]
    return labels if labels[0] != labels[1] else ['First', 'Second']


def _cut_both(values: tuple[str, str], widths: tuple[int, int]) -> list[str]:
    """Return two values cut to widths, so that what differs is seen."""
    end = ellipsis()
    short = [cut(value, width, end) for value, width in zip(values, widths)]
    if short[0].removesuffix(end) != short[1].removesuffix(end):
        return short
    beyond = max(len(value) + len(end) - width for value, width in zip(values, widths))
    start = max(min(len(os.path.commonprefix(values)) - _CONTEXT, beyond), 0)
    return [cut(f'{end}{value[start:]}', width, end) for value, width in zip(values, widths)]
