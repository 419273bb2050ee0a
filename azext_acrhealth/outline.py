# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The text that follows the result on stderr: what failed, what to do, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_acrhealth.console import StyledLine, with_commands
from azext_acrhealth.report import subject, unhealthy_rows
from azext_acrhealth.report_rows import Row, short_names
from azext_acrhealth.skipped_checks import skipped_line
from azext_acrhealth.verdict_lines import MARKS, MOST, STYLES, verdict_lines

_EMPTY: StyledLine = [('primary', '')]
_CLOUD_SHELL = (
    'The checks ran in Azure Cloud Shell: the results describe its network, not that of your own '
    'machine.'
)


def outline(
    report: Mapping[str, Any], strict: bool, *, marks: bool = False, errors_only: bool = False
) -> list[StyledLine]:
    """Return the lines that follow a report.

    `marks` are shown where the console has color; `errors_only` is --only-show-errors.
    """
    rows = unhealthy_rows(report, strict if errors_only else True)
    shown = rows[:MOST] if len(report['registries']) > 1 else rows
    lines: list[StyledLine] = []
    skipped = '' if errors_only else skipped_line(report)
    if skipped:
        lines += [[('secondary', skipped)]]
    for row in shown:
        lines += [_EMPTY, *_block(report, row, marks)]
    if len(rows) > len(shown):
        lines += [_EMPTY, [('primary', _left_out(len(rows) - len(shown)))]]
    if not errors_only:
        lines += [_EMPTY, *verdict_lines(report, strict, marks)]
    if not errors_only and report['client']['cloudShell']:
        lines += [[('warning', _CLOUD_SHELL)]]
    return lines


def _block(report: Mapping[str, Any], row: Row, marks: bool) -> Iterator[StyledLine]:
    several = len(report['registries']) > 1
    short = short_names([name for name in (row['registry'], row['cluster']) if name])
    about = subject(
        several and bool(row['registry']) and short[row['registry']],
        bool(row['cluster']) and short[row['cluster']],
    )
    style = STYLES[row['status']]
    mark = MARKS[row['status']] if marks else f'{row["status"]}:'
    yield [
        (style, f'{mark} {row["check"]}{about}'),
        ('primary', f' ({row["code"]}, {row["reason"]})'),
    ]
    yield [('primary', f'  {row["detail"]}')]
    yield [('secondary', '  Cause: '), *with_commands(row['cause'])]
    for number, solution in enumerate(row['solutions'], 1):
        yield [('secondary', f'  {number}. '), *with_commands(solution)]
    yield [('secondary', '  Learn more: '), ('hyperlink', row['documentation'])]


def _left_out(count: int) -> str:
    return (
        f'{count} more check{"s" if count > 1 else ""} failed or returned a warning: see the '
        'output of `-o json`.'
    )
