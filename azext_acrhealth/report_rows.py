# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the rows of a report say together: whose they are, and what was not tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.options import cluster_of, target_of

Row = Mapping[str, Any]
# The check that says which option would have proved a verdict, where the proof itself doesn't.
_FIRST = {'blob': 'manifest'}
# This row is about the selection of registries, not about this machine.
SELECTION = 'registries'
_UNSPECIFIED = lazy_pattern(r"(--[\w-]+) wasn't specified")


def rows_of(report: Mapping[str, Any], registry: str | None) -> list[Row]:
    """Return the rows of a registry and its clusters, or of this machine for None."""
    return [
        row for row in report['checks'] if row['registry'] == registry and row['check'] != SELECTION
    ]


def rows_by_registry(report: Mapping[str, Any]) -> dict[str | None, list[Row]]:
    """Return the rows of each registry and its clusters; under None, those of no registry."""
    rows: dict[str | None, list[Row]] = {item['name']: [] for item in report['registries']}
    for row in report['checks']:
        rows.setdefault(row['registry'], []).append(row)
    return rows


def selection_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return the row that says which registries were found, if there is one."""
    return [row for row in report['checks'] if row['check'] == SELECTION]


def worst_status(rows: Iterable[Row]) -> str:
    """Return Failed or Warning if any row has it, else Passed."""
    statuses = {row['status'] for row in rows}
    return next((status for status in ('Failed', 'Warning') if status in statuses), 'Passed')


def counts(rows: Iterable[Row], always: str = '') -> str:
    """Return how many rows have each status; one without any is left out, unless it is `always`."""
    numbers = Counter(row['status'] for row in rows)
    words = {'Warning': 'warning' if numbers['Warning'] == 1 else 'warnings'}
    return ', '.join(
        f'{numbers[status]} {words.get(status, status.lower())}'
        for status in ('Passed', 'Warning', 'Failed', 'Skipped')
        if numbers[status] or status == always
    )


def is_tried(proof: str, rows: Iterable[Row]) -> bool:
    """Return whether the check that proves a verdict has run."""
    return any(row['check'] == proof and row['status'] != 'Skipped' for row in rows)


def option_to_try(proof: str, rows: Iterable[Row]) -> str | None:
    """Return the option without which a verdict wasn't tried, None for another reason."""
    first = _FIRST.get(proof, proof)
    matches = (_UNSPECIFIED.fullmatch(row['detail']) for row in rows if row['check'] == first)
    return next((match[1] for match in matches if match), None)


def subscription_and_group(rows: Iterable[Row], name: str) -> tuple[str, str]:
    """Return a registry's subscription and resource group, '' where they aren't known."""
    known = (row['facts'].get('resourceId') for row in rows)
    targets = (target_of(text) for text in (*known, name) if isinstance(text, str))
    target = next((target for target in targets if target), None)
    return (target.subscription or '', target.resource_group or '') if target else ('', '')


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return the names to show in a column: for resource IDs, what tells their resources apart."""
    shortened = {}
    for name in names:
        found = target_of(name) or cluster_of(name)
        shortened[name] = f'{found.name} ({found.resource_group})' if found else name
    names_by_short = Counter(shortened.values())
    return {name: name if names_by_short[short] > 1 else short for name, short in shortened.items()}
