# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The last lines on stderr: whether the registries are healthy, and what works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azext_acrhealth.console import StyledLine
from azext_acrhealth.report import is_interrupted, unhealthy_rows
from azext_acrhealth.report_rows import (
    Row,
    counts,
    is_tried,
    option_to_try,
    rows_of,
    selection_rows,
    short_names,
    worst_status,
)
from azext_acrhealth.verdicts import CLUSTER_VERDICT, LABELS, VERDICTS

# By the status of rows.
MARKS = {'Failed': '✗', 'Warning': '!', 'Passed': '✓'}
STYLES = {'Failed': 'error', 'Warning': 'warning', 'Passed': 'success'}
_UNHEALTHY, _INTERRUPTED = 'not healthy', 'interrupted'
_NO_CLUSTER = 'requires the `cluster` check, '
# Rows and registries that are shown where there are several registries.
MOST = 5


def verdict_lines(
    report: Mapping[str, Any], strict: bool, marks: bool = False
) -> Iterator[StyledLine]:
    """Yield a line for the registry, or for this machine without any.

    For several registries, there is one for each, at most five; for this machine, if it failed or
    warned; and for all registries.
    """
    unhealthy = unhealthy_rows(report, strict)
    incomplete = is_interrupted(report, strict)
    # Also those whose clusters can't pull.
    affected = {row['registry'] for row in unhealthy}
    registries = sorted(report['registries'], key=lambda registry: registry['name'] not in affected)
    others = {'This machine': rows_of(report, None), 'Selection': selection_rows(report)}
    if registries:
        others = {name: rows for name, rows in others.items() if worst_status(rows) != 'Passed'}
    elif others['Selection'] and worst_status(others['This machine']) == 'Passed':
        del others['This machine']
    states = {
        name: _state(not any(row in unhealthy for row in rows), incomplete)
        for name, rows in others.items()
        if rows
    }
    single = len(registries) == 1
    for registry in registries[:MOST]:
        name = short_names([registry['name']])[registry['name']]
        state = {name: _state(registry['name'] not in affected, incomplete)}
        if single:
            state.update({key: value for key, value in states.items() if value == _UNHEALTHY})
        own = rows_of(report, registry['name'])
        counted = report['checks'] if single else own
        yield _line(state, counted, marks, _verdict_texts(registry, own))
    if single:
        return
    for name, value in states.items():
        yield _line({name: value}, others[name], marks)
    if registries:
        count = len(affected - {None})
        name = f'{f"{count} of " if count else ""}{len(registries)} registries'
        yield _line({name: _state(not count, incomplete)}, report['checks'], marks)


def _state(healthy: bool, incomplete: bool) -> str:
    """Return whether something is healthy; in an interrupted run, what didn't fail isn't."""
    if not healthy:
        return _UNHEALTHY
    return _INTERRUPTED if incomplete else 'healthy'


def _line(
    states: Mapping[str, str], rows: Sequence[Row], marks: bool, verdicts: Iterable[str] = ()
) -> StyledLine:
    """Return a line on what is healthy or not, by its name, with the counts of the rows."""
    worst = worst_status(rows)
    if _UNHEALTHY in states.values():
        worst = 'Failed'
    elif _INTERRUPTED in states.values():
        worst = 'Warning'
    mark = f'{MARKS[worst]} ' if marks else ''
    sentences = ' '.join(f'{name}: {state}.' for name, state in states.items())
    return [
        (STYLES[worst], mark + sentences),
        ('primary', ' ' + ' '.join([f'{counts(rows, always="Passed")}.', *verdicts])),
    ]


def _verdict_texts(registry: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    """Yield a sentence for each verdict on a registry and its clusters."""
    own = [row for row in rows if not row['cluster']]
    for key, verdict in VERDICTS.items():
        yield f'{LABELS[key]}: {_verdict_text(registry[key], verdict.proof, own)}.'
    short = short_names([cluster['name'] for cluster in registry['clusters']])
    for cluster in registry['clusters']:
        name = cluster['name']
        of_cluster = [row for row in rows if row['cluster'] == name]
        if any(row['detail'].startswith(_NO_CLUSTER) for row in of_cluster):
            of_cluster = []  # no option lets a cluster pull that isn't found
        text = _verdict_text(cluster['canPull'], CLUSTER_VERDICT.proof, of_cluster)
        yield f'Pull by {short[name]}: {text}.'


def _verdict_text(verdict: str, proof: str, rows: Sequence[Row]) -> str:
    if verdict != 'unknown' or is_tried(proof, rows):
        return verdict
    option = option_to_try(proof, rows)
    return f'not tried (add {option})' if option else 'not tried'
