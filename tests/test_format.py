# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The tables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tabulate import tabulate

from azext_acrhealth import custom, error_commands
from azext_acrhealth._format import check_table, checks_table, error_table, errors_table
from azext_acrhealth.tables import Line

ONE: dict[str, Any] = {
    'name': 'one',
    'region': 'eastus',
    'canLogin': 'yes',
    'canPull': 'unknown',
    'canPush': 'no',
    'clusters': [],
}
TWO = {**ONE, 'name': 'two', 'region': None, 'canLogin': 'no', 'canPull': 'no'}


def row(
    check: str,
    status: str,
    code: str | None = None,
    detail: str = 'detail',
    registry: str | None = 'one',
    cluster: str | None = None,
) -> Any:
    names = {'registry': registry, 'cluster': cluster, 'check': check}
    return {**names, 'status': status, 'code': code, 'detail': detail, 'facts': {}}


def drawn(lines: list[OrderedDict[str, str]]) -> list[str]:
    """Draw a table as knack does."""
    return tabulate(lines, headers='keys', tablefmt='simple', disable_numparse=True).splitlines()


def test_one_registry_has_a_line_for_each_check() -> None:
    report = {
        'registries': [ONE],
        'checks': [row('helm', 'Passed', registry=None), row('dns', 'Failed', 'DNS_ERROR')],
    }
    assert [dict(line) for line in check_table(report)] == [
        {'Check': 'helm', 'Status': 'Passed', 'Code': '', 'Detail': 'detail'},
        {'Check': 'dns', 'Status': 'Failed', 'Code': 'DNS_ERROR', 'Detail': 'detail'},
    ]


def test_what_was_skipped_is_left_out() -> None:
    report = {'registries': [ONE], 'checks': [row('dns', 'Passed'), row('push', 'Skipped')]}
    assert [line['Check'] for line in check_table(report)] == ['dns']


def test_several_registries_have_a_line_each() -> None:
    report = {'registries': [ONE, TWO], 'checks': [row('dns', 'Failed', registry='two')]}
    assert [line['Registry'] for line in check_table(report)] == ['two', 'one']


def test_clusters_have_a_column() -> None:
    report = {
        'registries': [ONE],
        'checks': [row('dns', 'Passed'), row('cluster', 'Failed', 'C', cluster='aks1')],
    }
    assert [dict(line) for line in check_table(report)] == [
        {'Check': 'dns', 'Cluster': '', 'Status': 'Passed', 'Code': '', 'Detail': 'detail'},
        {
            'Check': 'cluster',
            'Cluster': 'aks1',
            'Status': 'Failed',
            'Code': 'C',
            'Detail': 'detail',
        },
    ]


def test_clusters_that_share_a_name_are_told_apart() -> None:
    ids = [
        f'/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09501/resourceGroups/{group}/providers'
        '/Microsoft.ContainerService/managedClusters/aks1'
        for group in ('blue', 'green')
    ]
    checks = [row('cluster', 'Passed', cluster=identifier) for identifier in ids]
    lines = check_table({'registries': [ONE], 'checks': checks})
    assert [line['Cluster'] for line in lines] == ['aks1 (blue)', 'aks1 (green)']


def test_nothing() -> None:
    assert check_table({'registries': [], 'checks': []}) == []


def columns(line: str) -> int:
    return len(line) + line.count('東')


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the terminal have 120 columns."""
    monkeypatch.setenv('COLUMNS', '120')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(['dns', 'engine-version']),
            st.sampled_from(['Passed', 'Failed']),
            st.sampled_from([None, 'CONNECTIVITY_TOOMANYREQUESTS_ERROR']),
            st.text('ab 東', max_size=400),
        ),
        min_size=1,
    )
)
def test_every_line_fits(rows: list[tuple[str, str, str | None, str]]) -> None:
    checks = [
        row(check, status, code, ' '.join(detail.split())) for check, status, code, detail in rows
    ]
    for report in (
        {'registries': [ONE], 'checks': checks},
        {'registries': [ONE, TWO], 'checks': checks},
    ):
        lines = check_table(report)
        assert all(isinstance(cell, str) for line in lines for cell in line.values())
        widths = [max(len(name), *(columns(line[name]) for line in lines)) for name in lines[0]]
        assert sum(widths) + 2 * (len(widths) - 1) <= 120


@pytest.mark.parametrize('width', [80, 120, 200])
@pytest.mark.parametrize(
    'table, titles, narrow',
    [
        (
            lambda: checks_table(custom.list_checks(None)),
            ['Check', 'Category', 'Verifies', 'Needs', 'Codes'],
            ['Check', 'Verifies', 'Needs and codes'],
        ),
        (
            lambda: errors_table(error_commands.list_errors(None)),
            ['Code', 'Reason', 'Cause and solutions'],
            ['Code and reason', 'Cause and solutions'],
        ),
        (
            lambda: error_table(error_commands.show_error(None, 'CMK_ERROR')),
            ['Reason', 'Cause and solutions'],
            ['Reason', 'Cause and solutions'],
        ),
    ],
)
def test_the_references_tables(
    table: Callable[[], list[Line]],
    titles: list[str],
    narrow: list[str],
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('COLUMNS', str(width))
    lines = table()
    assert list(lines[0]) == (titles if width > 80 else narrow)
    assert max(map(len, drawn(lines))) <= width


def test_the_reference_shows_all_solutions() -> None:
    error = error_commands.show_error(None, 'CMK_ERROR')
    for reason, line in zip(error['reasons'], error_table(error)):
        shown = ' '.join(line['Cause and solutions'].split())
        assert shown.startswith(reason['cause'])
        for number, solution in enumerate(reason['solutions'], 1):
            assert f' {number}. {solution}' in shown


def test_the_checks_table_shows_needs_and_codes() -> None:
    for check, line in zip(custom.list_checks(None), checks_table(custom.list_checks(None))):
        assert line['Needs'].split() == check['needs'] and line['Codes'].split() == check['codes']
