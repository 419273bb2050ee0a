# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A report as a summary in Markdown, for pipelines and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from azext_acrhealth.advice import code_parts, numbered
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.report import is_interrupted
from azext_acrhealth.report_rows import Row, counts
from azext_acrhealth.report_writers.sections import (
    Section,
    machine_of,
    registries_of,
    row_title,
    title,
    worst_first,
)

# GitHub takes 65,536 characters in a comment, and a mebibyte in the summary of a step.
_LONGEST = 60_000
# Registries in the overview, those whose problems are listed, and problems of each.
_LINES, _REGISTRIES, _PROBLEMS = 100, 20, 10
_MARKS = {'Passed': '✅', 'Warning': '⚠️', 'Failed': '❌', 'Skipped': '➖'}
_SPECIAL = lazy_pattern(r'[\\`*_{}\[\]<>()#+!|~&$]|(?<=:)//')
# What would mention a person or an issue: a zero-width space separates it.
_REFERENCE = lazy_pattern(r'(@|#)(?=\w)')
_SEPARATOR = '\u200b'


def render(report: Mapping[str, Any], strict: bool) -> str:
    """Return the verdicts, the problems with their solutions, and the rows, within bounds."""
    kept: list[str] = []
    length = 0
    for block in _blocks(report, strict):
        length += len(block.encode('utf-8')) + 1
        if length > _LONGEST:
            kept.append(
                'The rest of the result is left out. For all of it, use `--report FILE.html`.\n'
            )
            break
        kept.append(block)
    return '\n'.join(kept)


def _blocks(report: Mapping[str, Any], strict: bool) -> Iterator[str]:
    machine, registries = machine_of(report), worst_first(registries_of(report))
    mark = '✅' if report['healthy'] else '❌'
    yield f'### {mark} {_escape(title(report))}\n'
    if is_interrupted(report, strict):
        yield 'The run was interrupted. Checks that did not complete are skipped.\n'
    if len(registries) > 1:
        yield _overview(registries)
    elif registries:
        yield _verdicts(registries[0])
    sections = [*registries, *([machine] if machine else [])]
    yield f'{_escape(counts(report["checks"]))}.\n'
    with_problems = [section for section in sections if section.problems]
    for section in with_problems[:_REGISTRIES]:
        # The title names a single registry.
        named = len(registries) > 1 or bool(registries and section is machine)
        yield from _problems(section, named)
    if len(with_problems) > _REGISTRIES:
        yield f'Registries with problems that are left out: {len(with_problems) - _REGISTRIES}.\n'
    for section in sections:
        if any(row['status'] != 'Skipped' for row in section.rows):
            yield _all_rows(section)


def _overview(registries: Sequence[Section]) -> str:
    lines = [
        ('', 'Registry', 'Log in', 'Pull', 'Push', 'Problem'),
        *(
            (
                _MARKS[section.status],
                _cell(section.name),
                *(verdict.answer for verdict in section.verdicts[:3]),
                section.first_problem,
            )
            for section in registries[:_LINES]
        ),
    ]
    more = len(registries) - _LINES
    note = f'\nRegistries without a worse result that are left out: {more}.\n'
    return _table(lines) + (note if more > 0 else '')


def _verdicts(section: Section) -> str:
    verdicts = section.verdicts
    lines = [
        [_escape(verdict.question) for verdict in verdicts],
        [
            f'**{verdict.answer}**' + (f'<br>{_cell(verdict.reason)}' if verdict.reason else '')
            for verdict in verdicts
        ],
    ]
    return _table(lines)


def _problems(section: Section, named: bool) -> Iterator[str]:
    for row in section.problems[:_PROBLEMS]:
        yield _problem(row, section.name if named else '')
    more = len(section.problems) - _PROBLEMS
    if more > 0:
        yield f'Problems of {_code(section.name)} only in the table of its checks: {more}.\n'


def _problem(row: Row, name: str) -> str:
    subject = f'{_escape(name)}: ' if name else ''
    lines = [
        f'#### {_MARKS[row["status"]]} {subject}{_escape(row_title(row))}',
        '',
        f'[{row["code"]}]({row["documentation"]}) {row["reason"]}: {_code(row["detail"])}',
        '',
        _prose(row['cause']),
        '',
        *numbered(map(_prose, row['solutions'])),
        '',
    ]
    return '\n'.join(lines)


def _all_rows(section: Section) -> str:
    lines = [
        ('', 'Check', 'Result', 'Detail'),
        *(
            (
                _MARKS[row['status']],
                _cell(row_title(row)),
                row['status'] + (f' {row["code"]} {row["reason"]}' if row['code'] else ''),
                _cell(row['detail']),
            )
            for row in section.rows
        ),
    ]
    # Markdown doesn't reach into this element.
    summary = f'{escape(_separate(section.name))}: {counts(section.rows)}'
    return f'<details><summary>{summary}</summary>\n\n{_table(lines)}\n</details>\n'


def _table(lines: Iterable[Sequence[str]]) -> str:
    """Return a table; the first line has the names of its columns."""
    header, *others = (f'| {" | ".join(line)} |' for line in lines)
    columns = header.count(' | ') + 1
    return '\n'.join((header, '|---' * columns + '|', *others, ''))


def _prose(text: str) -> str:
    """Return a cause or a solution, whose commands are code."""
    return ''.join(_code(part) if is_code else _escape(part) for is_code, part in code_parts(text))


def _escape(text: str) -> str:
    """Return a text of which nothing is markup, a link, or a reference."""
    return _SPECIAL.sub(r'\\\g<0>', _separate(text))


def _separate(text: str) -> str:
    """Return a text in which no name, issue, or host stands in one piece."""
    return _REFERENCE.sub(rf'\1{_SEPARATOR}', text).replace('www.', f'www{_SEPARATOR}.')


def _code(text: str) -> str:
    """Return a text as code, in which nothing has a meaning."""
    if not text:
        return ''
    fence = '`' * (max(map(len, re.findall('`+', text)), default=0) + 1)
    padding = ' ' if text.startswith('`') or text.endswith('`') else ''
    return f'{fence}{padding}{text}{padding}{fence}'


def _cell(text: str) -> str:
    """Return a text as code in a table, whose pipes would end the cell."""
    return _code(text).replace('|', '\\|')
