# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A report as JUnit XML, by the schema of Jenkins' xUnit plugin (junit-10.xsd)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from azext_acrhealth.advice import numbered
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.report import unhealthy_statuses
from azext_acrhealth.report_rows import Row
from azext_acrhealth.report_writers.sections import (
    Section,
    machine_of,
    registries_of,
    row_title,
)

# What XML 1.0 can't hold, not even as a reference (section 2.2).
_FORBIDDEN = lazy_pattern('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def render(report: Mapping[str, Any], strict: bool) -> str:
    """Return a test suite for this machine and for each registry, with a test case for each row."""
    machine = machine_of(report)
    sections = [*([machine] if machine else []), *registries_of(report)]
    root = _element(
        'testsuites',
        name='az acrhealth check',
        **_numbers(report['checks'], strict),
        time=_seconds(report['durationMs']),
    )
    root.extend(_suite(section, report, strict) for section in sections)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding='unicode')
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(section: Section, report: Mapping[str, Any], strict: bool) -> ElementTree.Element:
    suite = _element(
        'testsuite',
        name=section.name,
        **_numbers(section.rows, strict),
        skipped=str(sum(row['status'] == 'Skipped' for row in section.rows)),
        time=_seconds(sum(row['durationMs'] for row in section.rows)),
        timestamp=report['startedAt'],
    )
    properties = list(_properties(section, report, strict))
    holder = ElementTree.SubElement(suite, 'properties')
    holder.extend(_element('property', name=name, value=value) for name, value in properties)
    suite.extend(_case(section, row, strict) for row in section.rows)
    return suite


def _properties(
    section: Section, report: Mapping[str, Any], strict: bool
) -> Iterator[tuple[str, str]]:
    for key, value in report['client'].items():
        yield f'client.{key}', '' if value is None else str(value)
    for key in ('loginServer', 'region', 'canLogin', 'canPull', 'canPush'):
        value = (section.registry or {}).get(key)
        if value:
            yield key, str(value)
    for cluster in (section.registry or {}).get('clusters', ()):
        yield f'canPull.{cluster["name"]}', cluster['canPull']
    for row in section.rows:
        if row['status'] == 'Warning' and not strict:
            yield f'warning.{row_title(row)}', f'{row["code"]} {_message(row)}'


def _case(section: Section, row: Row, strict: bool) -> ElementTree.Element:
    case = _element(
        'testcase',
        name=row_title(row),
        classname=f'{section.name}.{row["category"]}',
        time=_seconds(row['durationMs']),
    )
    if _is_failure(row, strict):
        case.append(_element('failure', _advice(row), type=row['code'], message=_message(row)))
    elif row['status'] == 'Skipped':
        case.append(_element('skipped', message=row['detail']))
    elif row['status'] == 'Warning':
        warning = f'Warning {row["code"]} {_message(row)}\n{_advice(row)}'
        case.append(_element('system-out', warning))
    else:
        case.append(_element('system-out', row['detail']))
    return case


def _message(row: Row) -> str:
    return f'{row["reason"]}: {row["detail"]}'


def _advice(row: Row) -> str:
    return '\n'.join((row['cause'], *numbered(row['solutions']), row['documentation']))


def _numbers(rows: Sequence[Row], strict: bool) -> dict[str, str]:
    failures = sum(_is_failure(row, strict) for row in rows)
    return {'tests': str(len(rows)), 'failures': str(failures), 'errors': '0'}


def _is_failure(row: Row, strict: bool) -> bool:
    return row['status'] in unhealthy_statuses(strict)


def _seconds(milliseconds: int) -> str:
    return f'{milliseconds / 1000:.3f}'


def _element(tag: str, content: str | None = None, **attributes: str) -> ElementTree.Element:
    """Return an element without any character that XML forbids."""
    element = ElementTree.Element(
        tag, {name: _FORBIDDEN.sub('\ufffd', value) for name, value in attributes.items()}
    )
    element.text = None if content is None else _FORBIDDEN.sub('\ufffd', content)
    return element
