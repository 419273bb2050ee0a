# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The way from this machine to the data of an image, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from azext_acrhealth.report_rows import Row
from azext_acrhealth.report_writers.sections import MACHINE, Section, worst

_NAMES = (MACHINE, 'DNS', 'Proxy', 'Registry', 'Token', 'Storage')
# The stage of a check: by its ID, else by its category.
_BY_CHECK = {'dns': 'DNS', 'proxy': 'Proxy', 'clock': MACHINE, 'cache-rules': 'Storage'}
_BY_CATEGORY = {
    'environment': MACHINE,
    'registry': 'Registry',
    'connectivity': 'Registry',
    'authentication': 'Token',
    'private-link': 'DNS',
    'data': 'Storage',
}
# The checks that reach a stage, the most telling first: what Azure Resource Manager reports about a
# registry doesn't reach it. Each check of another stage does.
_REACHED_BY = {
    'DNS': ('dns',),
    'Proxy': ('proxy',),
    'Registry': ('connection',),
    'Token': ('refresh-token', 'access-token', 'anonymous-pull'),
    'Storage': ('blob', 'data-endpoints'),
}


class Stage(NamedTuple):
    """A stage with its state: Failed, Warning, Passed, Not reached, or Not checked.

    `apart` is true for the nodes of a cluster, which don't pull through this machine.
    """

    name: str
    state: str
    detail: str
    apart: bool = False


def stages(section: Section, machine: Section | None) -> list[Stage]:
    """Return the stages of a registry, from this machine to the storage and the clusters."""
    rows: dict[str, list[Row]] = {name: [] for name in _NAMES}
    for row in (*(machine.rows if machine else ()), *section.rows):
        rows.setdefault(stage_of(row), []).append(row)
    found: list[Stage] = []
    for name, rows_of_stage in rows.items():
        apart = name not in _NAMES
        broken = not apart and any(stage.state == 'Failed' for stage in found)
        found.append(_stage(name, rows_of_stage, broken)._replace(apart=apart))
    return found


def stage_of(row: Mapping[str, str]) -> str:
    """Return the name of the stage that a row is about."""
    if row['cluster']:
        return f'Nodes of {row["cluster"]}'
    return _BY_CHECK.get(row['check']) or _BY_CATEGORY.get(row['category'], 'Registry')


def _stage(name: str, rows: list[Row], broken: bool) -> Stage:
    found, checks = worst(rows), _REACHED_BY.get(name)
    deciding = rows
    if checks:
        deciding = [row for check in checks for row in rows if row['check'] == check]
    reached = [row for row in deciding if row['status'] in ('Passed', 'Warning')]
    if found and (found['status'] == 'Failed' or found['status'] == 'Warning' and not broken):
        return Stage(name, found['status'], found['detail'])
    if reached:
        return Stage(name, reached[0]['status'], reached[0]['detail'])
    if broken:
        return Stage(name, 'Not reached', '')
    return Stage(name, 'Not checked', deciding[0]['detail'] if deciding else '')
