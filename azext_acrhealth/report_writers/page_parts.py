# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The parts of the page about one registry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azext_acrhealth.advice import code_parts
from azext_acrhealth.report_rows import Row
from azext_acrhealth.report_writers.hosts import hosts
from azext_acrhealth.report_writers.markup import Content, Markup, element
from azext_acrhealth.report_writers.sections import (
    Section,
    Verdict,
    row_title,
)
from azext_acrhealth.report_writers.stages import Stage, stages

_MARKS = {
    'Passed': '✓',
    'Warning': '!',
    'Failed': '✕',
    'Skipped': '–',
    'Not checked': '–',
    'Not reached': '–',
    'Reached': '✓',
}
_CLI_HOSTS = 'https://learn.microsoft.com/cli/azure/azure-cli-endpoints'


def verdict_list(verdicts: Sequence[Verdict]) -> Content:
    """Return whether logins, pulls, and pushes work."""
    return element(
        'dl',
        [
            element(
                'div',
                element('dt', verdict.question),
                element('dd', verdict.answer, class_='answer'),
                element('dd', verdict.reason) if verdict.reason else None,
                class_=f'verdict {verdict.answer}',
            )
            for verdict in verdicts
        ],
        class_='verdicts',
    )


def problem(row: Row, heading: str) -> Markup:
    """Return a failed check or a warning, with its solutions."""
    return element(
        'div',
        element(heading, _state(row['status']), ' ', row['title'], ' ', _code(row_title(row))),
        element('p', row['detail'], class_='detail'),
        element('p', _prose(row['cause'])),
        element('ol', [element('li', _prose(text)) for text in row['solutions']]),
        element(
            'p',
            f'{row["code"]}, {row["reason"]}. ',
            element('a', 'Documentation', href=row['documentation'], rel='noreferrer'),
            class_='reference',
        ),
        class_=f'problem {_class(row["status"])}',
    )


def path(section: Section, machine: Section | None) -> Markup:
    """Return the stages from this machine to the storage, and where the path ends."""
    found = stages(section, machine)
    broken = next((stage for stage in found if stage.state == 'Failed'), None)
    return element('ol', [_stage(stage, stage is broken) for stage in found], class_='path')


def _stage(stage: Stage, broken: bool) -> Markup:
    return element(
        'li',
        element('strong', stage.name),
        _state(stage.state, f'{stage.state}: the path ends here' if broken else None),
        element('span', stage.detail, class_='detail') if stage.detail else None,
        class_=_class(stage.state)
        + (' broken' if broken else '')
        + (' apart' if stage.apart else ''),
    )


def hosts_table(sections: Iterable[Section]) -> Content:
    """Return the hosts and ports to allow; None if none is known."""
    found = hosts(sections)
    if not found:
        return None
    head = ('Host', 'Port', 'Purpose', 'Address here', 'Proxy', 'Result')
    lines = [
        [
            _code(host.name),
            str(host.port),
            host.purpose,
            ', '.join(host.addresses),
            host.proxy,
            _state(host.result),
        ]
        for host in found
    ]
    return [
        element('p', 'Allow outbound HTTPS from this machine to these hosts.'),
        _table(head, lines, 'hosts'),
        element(
            'p',
            'The Azure CLI also requires Microsoft Entra ID and Azure Resource Manager: see ',
            element('a', 'the endpoints of the Azure CLI', href=_CLI_HOSTS, rel='noreferrer'),
            '.',
        ),
    ]


def overview(sections: Sequence[Section], anchors: Mapping[str, str]) -> Markup:
    """Return a line for each registry; a script makes the columns sortable."""
    head = ('Registry', 'Status', 'Region', 'Log in', 'Pull', 'Push', 'Problems', 'First problem')
    return _table(head, [_overview_line(item, anchors[item.name]) for item in sections], 'sortable')


def _overview_line(section: Section, anchor: str) -> list[Content]:
    registry = section.registry or {}
    return [
        element('a', section.name, href=f'#{anchor}'),
        _state(section.status),
        registry.get('region') or '',
        *(verdict.answer for verdict in section.verdicts[:3]),
        str(len(section.problems)),
        section.first_problem,
    ]


def rows_table(rows: Sequence[Row]) -> Markup:
    """Return all rows with their facts."""
    with_clusters = any(row['cluster'] for row in rows)
    head = ('Status', 'Check', *(('Cluster',) if with_clusters else ()), 'Result', 'Time')
    return _table(head, [_row_line(row, with_clusters) for row in rows], 'rows')


def _row_line(row: Row, with_clusters: bool) -> list[Content]:
    code = f' {row["code"]}, {row["reason"]}' if row['code'] else None
    facts = element('details', element('summary', 'Facts'), _facts(row['facts']))
    # Other details can repeat what a server sent, which must not look like a command to copy.
    detail = _prose(row['detail']) if row['status'] == 'Skipped' else row['detail']
    return [
        _state(row['status']),
        [element('span', row['title']), ' ', _code(row['check'])],
        *([row['cluster'] or ''] if with_clusters else []),
        [
            element('span', detail, class_='detail'),
            element('span', code, class_='reference') if code else None,
            facts if row['facts'] else None,
        ],
        f'{row["durationMs"]} ms',
    ]


def _facts(facts: Mapping[str, Any]) -> Markup:
    pairs = [(element('dt', key), element('dd', _fact(value))) for key, value in facts.items()]
    return element('dl', pairs, class_='facts')


def _fact(value: Any) -> Content:
    if isinstance(value, (list, tuple)) and not any(
        isinstance(item, (list, dict)) for item in value
    ):
        return ', '.join(map(_scalar, value)) or 'none'
    if isinstance(value, (list, dict)):
        return element('pre', json.dumps(value, indent=2, ensure_ascii=False))
    return _scalar(value)


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _table(head: Sequence[str], lines: Iterable[Sequence[Content]], kind: str) -> Markup:
    """Return a table; each cell names its column, for narrow screens."""
    return element(
        'table',
        element('thead', element('tr', [element('th', name, scope='col') for name in head])),
        element('tbody', [element('tr', _cells(head, line)) for line in lines]),
        class_=kind,
    )


def _cells(head: Sequence[str], line: Sequence[Content]) -> Iterator[Markup]:
    for name, content in zip(head, line):
        yield element('td', content, data_label=name)


def _state(state: str, words: str | None = None) -> Markup:
    """Return a state as a mark and a word."""
    mark = element('span', _MARKS[state], aria_hidden='true')
    return element('span', mark, ' ', words or state, class_=f'state {_class(state)}')


def _class(state: str) -> str:
    return state.lower().replace(' ', '-')


def _prose(text: str) -> list[Content]:
    """Return a cause or solution, whose commands can be copied."""
    return [
        element('code', part, class_='command' if ' ' in part else None) if is_code else part
        for is_code, part in code_parts(text)
    ]


def _code(text: str) -> Markup:
    return element('code', text)
