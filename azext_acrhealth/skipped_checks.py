# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Sum up in a line why checks were skipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from azext_acrhealth.check_filter import LEFT_OUT
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.report_rows import Row

_OPTION = lazy_pattern(r'--[\w-]+')
# Details that name options which would make the check run.
_UNSPECIFIED = lazy_pattern(r'.*was(n.t)? specified|requires --.*')
_REQUIRES = lazy_pattern(r'requires the `([\w-]+)` check, which (.+)')
# A registry and a cluster, None without one, and a check.
_Key = tuple[str | None, str | None, str]
_UNSUITABLE = 'not applicable'


def skipped_line(report: Mapping[str, Any]) -> str:
    """Return how many checks were skipped, grouped by reason; '' for none."""
    skipped = [row for row in report['checks'] if row['status'] == 'Skipped']
    if not skipped:
        return ''
    rows = {(row['registry'], row['cluster'], row['check']): row for row in report['checks']}
    options: dict[str, None] = {}
    groups: dict[str, list[Row]] = {}
    for row in skipped:
        reason = _root_reason(row, rows)
        if _UNSPECIFIED.fullmatch(reason):
            options.update(dict.fromkeys(_OPTION.findall(reason)))
        else:
            groups.setdefault(reason, []).append(row)
    parts = [f'{_joined(sorted(options))} not specified'] if options else []
    left_out = groups.pop(LEFT_OUT, [])
    parts += [f'left out by --skip: {_names(left_out, report)}'] if left_out else []
    # What only one check can say would make the line long.
    shared = {
        reason: group
        for reason, group in groups.items()
        if len(_ids(group)) > 1 or _REQUIRES.fullmatch(reason)
    }
    parts += [f'{_shortened(reason)}: {_names(group, report)}' for reason, group in shared.items()]
    single = [row for reason, group in groups.items() if reason not in shared for row in group]
    parts += [f'{_UNSUITABLE}: {_names(single, report)}'] if single else []
    return f'{len(skipped)} skipped: {"; ".join(parts)}'


def _root_reason(row: Row, rows: Mapping[_Key, Row]) -> str:
    """Return why the first check was skipped that a skipped check depends on."""
    match = _REQUIRES.fullmatch(row['detail'])
    if match:
        # As in the run, the nearest scope that has the check counts.
        scopes = ((row['registry'], row['cluster']), (row['registry'], None), (None, None))
        found = (rows.get((*scope, match[1])) for scope in scopes)
        needed = next((other for other in found if other), None)
        if needed and needed['status'] == 'Skipped':
            return _root_reason(needed, rows)
    return str(row['detail'])


def _shortened(reason: str) -> str:
    match = _REQUIRES.fullmatch(reason)
    return f'{match[1]} {match[2]}' if match else reason.partition(';')[0]


def _names(rows: Iterable[Row], report: Mapping[str, Any]) -> str:
    """Return the IDs of the rows' checks, or a category of which no check is missing."""
    ids = _ids(rows)
    members: dict[str, dict[str, None]] = {}
    for row in report['checks']:
        members.setdefault(row['category'], {})[row['check']] = None
    shown: dict[str, None] = {}
    for category, checks in members.items():
        whole = len(checks) > 1 and ids.keys() >= checks.keys()
        shown.update({category: None} if whole else {name: None for name in checks if name in ids})
    return ', '.join(shown)


def _ids(rows: Iterable[Row]) -> dict[str, None]:
    return dict.fromkeys(row['check'] for row in rows)


def _joined(names: Sequence[str]) -> str:
    *others, last = names
    comma = ',' if len(others) > 1 else ''
    return f'{", ".join(others)}{comma} and {last}' if others else last
