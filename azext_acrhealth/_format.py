# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The tables of `--output table`."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

# tabulate, which the CLI prints tables with, puts two columns between columns and pads each header
# by two.
WIDTH, _GAP, _HEADER = 120, 2, 2

Line = OrderedDict[str, str]


def check_table(report: Mapping[str, Any]) -> list[Line]:
    """Return a line for each check, or for each registry when there are several."""
    if len(report['registries']) > 1:
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for row in report['checks']:
            rows.setdefault(row['registry'], []).append(row)
        lines = [
            _registry_line(registry, rows.get(registry['name'], ()))
            for registry in report['registries']
        ]
        return _fit([line for _, line in sorted(lines, key=lambda ranked: ranked[0])])
    with_clusters = any(row['cluster'] for row in report['checks'])
    return _fit(
        [
            OrderedDict(
                Check=row['check'],
                **({'Cluster': row['cluster'] or ''} if with_clusters else {}),
                Status=row['status'],
                Code=row['code'] or '',
                Detail=row['detail'],
            )
            for row in report['checks']
        ]
    )


def _registry_line(
    registry: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> tuple[tuple[Any, ...], Line]:
    """Return a registry's rank, the worst lowest, and its line.

    Failures rank before warnings, registries that can't log in before the others.
    """
    statuses = [row['status'] for row in rows]
    worst: Mapping[str, Any] = next(
        (row for status in ('Failed', 'Warning') for row in rows if row['status'] == status), {}
    )
    rank = (
        worst.get('status') != 'Failed',
        worst.get('status') != 'Warning',
        *(registry[verdict] != 'no' for verdict in ('canLogin', 'canPull', 'canPush')),
        -statuses.count('Failed'),
    )
    clusters = registry['clusters']
    line = OrderedDict(
        Registry=registry['name'],
        Location=registry['region'] or '',
        Login=registry['canLogin'],
        Pull=registry['canPull'],
        Push=registry['canPush'],
        **({'Pull by clusters': _by_clusters(clusters)} if clusters else {}),
        Code=worst.get('code') or '',
        Detail=worst.get('detail') or '',
    )
    return rank, line


def _by_clusters(clusters: Sequence[Mapping[str, Any]]) -> str:
    """Return the verdicts on clusters: one for a single cluster, else each with its name."""
    if len(clusters) == 1:
        return str(clusters[0]['canPull'])
    return ', '.join(f'{cluster["name"]}: {cluster["canPull"]}' for cluster in clusters)


def checks_table(checks: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return a line for each check of `list-checks`; only the JSON has room for what it needs."""
    return _fit(
        [
            OrderedDict(
                Check=check['check'], Category=check['category'], Verifies=check['verifies']
            )
            for check in checks
        ]
    )


def errors_table(errors: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return a line for each reason of each code."""
    return _fit(
        [
            OrderedDict(Code=error['code'], Reason=reason['reason'], Cause=reason['cause'])
            for error in errors
            for reason in error['reasons']
        ]
    )


def error_table(error: Mapping[str, Any]) -> list[Line]:
    """Return a line for each reason of a code."""
    return _fit(
        [OrderedDict(Reason=reason['reason'], Cause=reason['cause']) for reason in error['reasons']]
    )


def explanation_table(explanation: Mapping[str, Any]) -> list[Line]:
    """Return a line for each match; for none, a line that has the verdict."""
    matches = explanation['matches']
    if not matches:
        return [
            OrderedDict(
                Verdict=explanation['verdict'],
                Registry=explanation['registry'] or '',
                Image=explanation['image'] or '',
            )
        ]
    return _fit(
        [
            OrderedDict(
                Code=match['code'],
                Reason=match['reason'],
                Confidence=match['confidence'],
                Evidence=match['evidence'],
            )
            for match in matches
        ]
    )


def _fit(lines: list[Line]) -> list[Line]:
    """Return the lines with the last column cut so that every line fits the width."""
    if not lines:
        return lines
    *others, last = lines[0]
    used = sum(
        max(len(name) + _HEADER, *(_columns(line[name]) for line in lines)) + _GAP
        for name in others
    )
    for line in lines:
        line[last] = cut(line[last], max(WIDTH - used, 10))
    return lines


def cut(text: str, width: int) -> str:
    """Return a text cut to a number of columns, with an ellipsis that counts."""
    if _columns(text) <= width:
        return text
    kept = ''
    for character in text:
        if _columns(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + '…'


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in 'WF' else 1 for character in text)
