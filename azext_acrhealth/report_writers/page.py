# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A report as one HTML page, which needs no script and requests nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Template
from typing import Any

from azext_acrhealth.report import is_interrupted
from azext_acrhealth.report_rows import counts
from azext_acrhealth.report_writers.markup import Content, Markup, element, join
from azext_acrhealth.report_writers.page_parts import (
    hosts_table,
    overview,
    path,
    problem,
    rows_table,
    verdict_list,
)
from azext_acrhealth.report_writers.sections import (
    Section,
    machine_of,
    registries_of,
    title,
    worst_first,
)

_NETWORK = 'For the network team'


def render(report: Mapping[str, Any], strict: bool) -> str:
    """Return the page: verdicts, problems, the path, hosts to allow, and all rows with facts."""
    folder = files(__package__)
    template, style, script = (
        (folder / f'page.{ending}').read_text(encoding='utf-8') for ending in ('html', 'css', 'js')
    )
    return Template(template).substitute(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        title=join(title(report)),
        state='healthy' if report['healthy'] else 'unhealthy',
        summary=join(_summary(report, strict)),
        content=join(_content(report)),
        client=join(_client(report)),
    )


def _hash(content: str) -> str:
    """Return the source of a Content Security Policy that allows an inline element."""
    digest = hashlib.sha256(content.encode('utf-8')).digest()
    return f'sha256-{base64.b64encode(digest).decode("ascii")}'


def _summary(report: Mapping[str, Any], strict: bool) -> Iterator[Content]:
    started = report['startedAt'][:19].replace('T', ' ')
    seconds = report['durationMs'] / 1000
    yield element('p', f'{counts(report["checks"])}. {started} UTC, {seconds:.1f} seconds.')
    if is_interrupted(report, strict):
        yield element('p', 'The run was interrupted. Checks that did not complete are skipped.')
    elif strict and report['summary']['warning']:
        yield element('p', 'Warnings count as failures (--strict).')


def _content(report: Mapping[str, Any]) -> Iterator[Content]:
    machine, registries = machine_of(report), registries_of(report)
    if len(registries) > 1:
        ranked = worst_first(registries)
        anchors = {section.name: f'registry-{number}' for number, section in enumerate(ranked, 1)}
        yield _block('Registries', overview(ranked, anchors))
        yield _block(_NETWORK, hosts_table(registries))
        for section in ranked:
            yield _registry(section, machine, anchors[section.name])
    elif registries:
        section = registries[0]
        yield verdict_list(section.verdicts)
        yield _problems(section, 'h2')
        yield _block('Path', path(section, machine))
        yield _block(_NETWORK, hosts_table([section]))
        yield _block('Checks', rows_table(section.rows))
    if machine:
        yield _machine(machine, bool(registries))


def _registry(section: Section, machine: Section | None, anchor: str) -> Markup:
    return element(
        'article',
        element('h2', section.name),
        verdict_list(section.verdicts),
        _problems(section, 'h3'),
        _block('Path', path(section, machine), 'h3'),
        _folded_rows(section),
        id=anchor,
    )


def _machine(machine: Section, with_registry: bool) -> Content:
    if not with_registry:
        return [_problems(machine, 'h2'), _block('Checks', rows_table(machine.rows))]
    return element(
        'article',
        element('h2', machine.name),
        _problems(machine, 'h3'),
        _folded_rows(machine),
    )


def _folded_rows(section: Section) -> Markup:
    summary = element('summary', f'Checks: {counts(section.rows)}')
    return element('details', summary, rows_table(section.rows))


def _problems(section: Section, heading: str) -> Content:
    if not section.problems:
        return None
    inner = f'h{int(heading[1]) + 1}'
    return _block('What to do', [problem(row, inner) for row in section.problems], heading)


def _block(name: str, content: Content, heading: str = 'h2') -> Content:
    return element('section', element(heading, name), content) if content else None


def _client(report: Mapping[str, Any]) -> Iterator[Content]:
    client = report['client']
    words = {
        'acrhealth': client.get('extension'),
        'Azure CLI': client.get('azureCli'),
        'Python': client.get('python'),
        'Cloud': client.get('cloud'),
        'Platform': client.get('platform'),
        'Proxy': client.get('proxy') or 'none',
    }
    yield ', '.join(f'{name} {value}' for name, value in words.items() if value)
    if client.get('cloudShell'):
        yield '. The results describe the network of Azure Cloud Shell, not that of your machine'
    identity = report['identity']
    if identity:
        named = identity.get('clientId') or identity.get('objectId') or ''
        yield f'. Identity: {identity.get("kind")} {named}'.rstrip()
