# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The tables of `--output table`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.advice import numbered
from azext_acrhealth.registries_table import registries_table
from azext_acrhealth.report_rows import short_names
from azext_acrhealth.tables import Line, fit, room, wrap

# The column of causes and solutions, and the width below which its lines are hard to read.
_ADVICE, _READABLE = 'Cause and solutions', 24


def check_table(report: Mapping[str, Any]) -> list[Line]:
    """Return a line for each check that ran, or for each registry when there are several."""
    if len(report['registries']) > 1:
        return registries_table(report)
    rows = [row for row in report['checks'] if row['status'] != 'Skipped']
    clusters = short_names(list({row['cluster']: None for row in rows if row['cluster']}))
    return fit(
        [
            OrderedDict(
                Check=row['check'],
                **({'Cluster': clusters.get(row['cluster'], '')} if clusters else {}),
                Status=row['status'],
                Code=row['code'] or '',
                Detail=row['detail'],
            )
            for row in rows
        ],
        dispensable=['Code'],
    )


def checks_table(checks: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return a line for each check of `list-checks`."""
    lines = [
        OrderedDict(
            Check=check['check'],
            Category=check['category'],
            Verifies=check['verifies'],
            Needs='\n'.join(check['needs']),
            Codes='\n'.join(check['codes']),
        )
        for check in checks
    ]
    if room(lines, 'Verifies') < _READABLE:
        lines = [
            OrderedDict(
                {
                    'Check': line['Check'],
                    'Verifies': line['Verifies'],
                    'Needs and codes': f'{line["Needs"]}\n{line["Codes"]}'.strip(),
                }
            )
            for line in lines
        ]
    return wrap(lines, 'Verifies')


def errors_table(errors: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Return a line for each reason of each code."""
    lines = [
        OrderedDict({'Code': error['code'], 'Reason': reason['reason'], _ADVICE: _advice(reason)})
        for error in errors
        for reason in error['reasons']
    ]
    if room(lines, _ADVICE) < _READABLE:
        lines = [
            OrderedDict(
                {
                    'Code and reason': f'{line["Code"]}\n{line["Reason"]}',
                    _ADVICE: line[_ADVICE],
                }
            )
            for line in lines
        ]
    return wrap(lines, _ADVICE)


def error_table(error: Mapping[str, Any]) -> list[Line]:
    """Return a line for each reason of a code."""
    lines = [
        OrderedDict({'Reason': reason['reason'], _ADVICE: _advice(reason)})
        for reason in error['reasons']
    ]
    return wrap(lines, _ADVICE)


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
    return fit(
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


def _advice(reason: Mapping[str, Any]) -> str:
    """Return the cause and the solutions of a reason, a paragraph each."""
    return '\n'.join([reason['cause'], *numbered(reason['solutions'])])
