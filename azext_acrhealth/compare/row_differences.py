# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the verdicts and the rows that differ between two results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from azext_acrhealth.compare.difference import Difference, Kind, Pair, joined
from azext_acrhealth.compare.saved_result import Row, Scope
from azext_acrhealth.compare.stages import order_of, position, stage_of
from azext_acrhealth.verdicts import LABELS

_ABSENT, _WHOLE = 'not in the result', 'Whole registry'
_OUTCOMES = {
    'Passed': 'passed',
    'Warning': 'returned a warning',
    'Failed': 'failed',
    'Skipped': 'was skipped',
}
# Of a verdict: what it is about, and what its values mean.
_VERDICTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    'healthy': ('Healthy', {'yes': 'the result is healthy', 'no': "the result isn't healthy"}),
    **{
        verdict: (
            LABELS[verdict],
            {
                'yes': f'{action} {{}} works',
                'no': f"{action} {{}} doesn't work",
                'unknown': f"it isn't known whether {action} {{}} works",
            },
        )
        for verdict, action in (
            ('canLogin', 'a login to'),
            ('canPull', 'a pull from'),
            ('canPush', 'a push to'),
        )
    },
}


def missing_registries(pair: Pair) -> Iterator[Difference]:
    """Yield the registries that only one of the results has."""
    for name in sorted({*pair.first.hosts, *pair.second.hosts}):
        if all(name in result.hosts for result in pair.results):
            continue
        having = pair.first if name in pair.first.hosts else pair.second
        first, second = ('checked' if name in result.hosts else _ABSENT for result in pair.results)
        text = f'The registry {name} is only in {having.label}.'
        yield Difference('MissingRegistry', None, Scope(name), _WHOLE, first, second, text)


def verdict_differences(pair: Pair, scope: Scope) -> Iterator[Difference]:
    """Yield the verdicts that differ."""
    by = f'{scope.registry} by {scope.cluster}' if scope.cluster else scope.registry or ''
    sides = [result.verdicts.get(scope, {}) for result in pair.results]
    for verdict, (subject, phrases) in _VERDICTS.items():
        first, second = (side.get(verdict) for side in sides)
        if first and second and first != second:
            text = pair.sentence(*(phrases[value].replace('{}', by) for value in (first, second)))
            yield Difference('Verdict', None, scope, subject, first, second, text)


def row_differences(pair: Pair, scope: Scope) -> Iterator[Difference]:
    """Yield the rows with another outcome. Checks that only one side ran are yielded together."""
    sides = [result.rows.get(scope, {}) for result in pair.results]
    one_sided: dict[tuple[Kind, bool], list[str]] = {}
    for check in sorted({*sides[0], *sides[1]}, key=_place):
        first, second = (side.get(check) for side in sides)
        if _outcome(first) == _outcome(second):
            continue
        if {'Failed', 'Warning'} & {row.status for row in (first, second) if row}:
            yield _row_difference(pair, scope, check, first, second)
        elif first and second:
            one_sided.setdefault(('SkippedChecks', first.status == 'Skipped'), []).append(check)
        else:
            one_sided.setdefault(('MissingChecks', first is None), []).append(check)
    for (kind, first_lacks), names in one_sided.items():
        yield _one_sided(pair, scope, kind, first_lacks, joined(names))


def _place(check: str) -> tuple[int, int, str]:
    return position(stage_of(check)), order_of(check), check


def _outcome(row: Row | None) -> tuple[str | None, ...] | None:
    return (row.status, row.code, row.reason) if row else None


def _row_difference(
    pair: Pair, scope: Scope, check: str, first: Row | None, second: Row | None
) -> Difference:
    name = f'the `{check}` check{pair.about(scope)}'
    failures = (row for row in (first, second) if row and row.status == 'Failed')
    return Difference(
        'Row',
        stage_of(check),
        scope,
        check,
        _shown(first),
        _shown(second),
        pair.sentence(f'{name} {_describe(first)}', f'it {_describe(second)}'),
        check,
        failure=next(failures, None),
        order=order_of(check),
    )


def _shown(row: Row | None) -> str:
    if row is None:
        return _ABSENT
    return f'{row.status}: {row.reason}' if row.reason else row.status


def _describe(row: Row | None) -> str:
    if row is None:
        return "isn't in the result"
    cause = ', '.join(filter(None, (row.code, row.reason)))
    detail = f': {row.detail}' if row.detail else ''
    return f'{_OUTCOMES[row.status]}{detail}{f" ({cause})" if cause else ""}'


def _one_sided(pair: Pair, scope: Scope, kind: Kind, first_lacks: bool, names: str) -> Difference:
    """Return the checks that were skipped, or aren't in the result, on one side only."""
    lacking, having = pair.results if first_lacks else pair.results[::-1]
    subject, where = {
        'SkippedChecks': ('Checks that ran', f'were skipped only on {lacking.label}'),
        'MissingChecks': ('Checks in the result', f'are only in {having.label}'),
    }[kind]
    text = f'These checks{pair.about(scope)} {where}: {names}.'
    first, second = ('none', names) if first_lacks else (names, 'none')
    return Difference(kind, None, scope, subject, first, second, text)
