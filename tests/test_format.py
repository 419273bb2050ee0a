# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The tables."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tabulate import tabulate

from azext_acrhealth import custom, error_commands
from azext_acrhealth._format import WIDTH, check_table, checks_table, cut, error_table, errors_table

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
    return {**names, 'status': status, 'code': code, 'detail': detail}


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


def test_several_registries_have_a_line_each_with_the_worst_of_their_own() -> None:
    report = {
        'registries': [ONE, TWO, {**TWO, 'name': 'three'}],
        'checks': [
            row('engine', 'Failed', 'ENGINE', registry=None),
            row('login', 'Warning', 'WARNED', 'odd'),
            row('dns', 'Failed', 'FIRST', 'bad'),
            row('tls', 'Failed', 'SECOND'),
            row('login', 'Warning', 'WARNED', 'odd', 'two'),
            row('dns', 'Passed', registry='two'),
        ],
    }
    assert [list(line.values()) for line in check_table(report)] == [
        ['one', 'eastus', 'yes', 'unknown', 'no', 'FIRST', 'bad'],
        ['two', '', 'no', 'no', 'no', 'WARNED', 'odd'],
        ['three', '', 'no', 'no', 'no', '', ''],
    ]
    assert list(check_table(report)[0]) == [
        'Registry',
        'Location',
        'Login',
        'Pull',
        'Push',
        'Code',
        'Detail',
    ]


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


@pytest.mark.parametrize(
    'clusters, shown',
    [(['aks1'], 'no'), (['aks1', 'aks2'], 'aks1: no, aks2: no')],
)
def test_several_registries_show_the_verdicts_on_clusters(clusters: list[str], shown: str) -> None:
    listed = [{'name': name, 'id': None, 'canPull': 'no'} for name in clusters]
    report = {
        'registries': [{**ONE, 'clusters': listed}, {**TWO, 'clusters': listed}],
        'checks': [row('cluster', 'Failed', 'C', registry='two', cluster='aks1')],
    }
    lines = check_table(report)
    assert [line['Registry'] for line in lines] == ['two', 'one']
    assert {line['Pull by clusters'] for line in lines} == {shown}


def test_nothing() -> None:
    assert check_table({'registries': [], 'checks': []}) == []


@pytest.mark.parametrize(
    'text, width, shown',
    [
        ('', 3, ''),
        ('abc', 3, 'abc'),
        ('abcd', 3, 'ab…'),
        ('a bcd', 3, 'a…'),
        ('東京', 4, '東京'),
        ('東京都', 5, '東京…'),
        ('東京都', 4, '東…'),
        ('abcd', 1, '…'),
    ],
)
def test_cut(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_the_worst_registry_stands_first() -> None:
    def registry(name: str, **verdicts: str) -> dict[str, Any]:
        return {
            **ONE,
            'name': name,
            'canLogin': 'yes',
            'canPull': 'unknown',
            'canPush': 'unknown',
            **verdicts,
        }

    report = {
        'registries': [
            registry('fine'),
            registry('odd'),
            registry('no-push', canPush='no'),
            registry('fine2'),
            registry('no-login', canLogin='no'),
            registry('failing'),
        ],
        'checks': [
            {**row('dns', status, 'CODE', 'why'), 'registry': name}
            for name, status in (
                ('fine', 'Passed'),
                ('odd', 'Warning'),
                ('no-push', 'Failed'),
                ('no-login', 'Failed'),
                ('failing', 'Failed'),
                ('odd', 'Passed'),
            )
        ],
    }
    assert [line['Registry'] for line in check_table(report)] == [
        'no-login',
        'no-push',
        'failing',
        'odd',
        'fine',
        'fine2',
    ]


def columns(line: str) -> int:
    return len(line) + line.count('東')


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
        assert sum(widths) + 2 * (len(widths) - 1) <= WIDTH


@pytest.mark.parametrize(
    'lines, titles',
    [
        (checks_table(custom.list_checks(None)), ['Check', 'Category', 'Verifies']),
        (errors_table(error_commands.list_errors(None)), ['Code', 'Reason', 'Cause']),
        (error_table(error_commands.show_error(None, 'CMK_ERROR')), ['Reason', 'Cause']),
    ],
)
def test_the_references_tables(lines: list[OrderedDict[str, str]], titles: list[str]) -> None:
    assert list(lines[0]) == titles
    assert max(map(len, drawn(lines))) <= WIDTH
