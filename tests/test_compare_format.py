# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of `compare`: it fits the terminal, and shows what differs."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth._compare_format import comparison_table
from azext_acrhealth.compare.comparison import build, ranked
from tests.compare.results import pair, result, row
from tests.test_format import drawn


def table(first: Any, second: Any) -> list[str]:
    made = pair(first, second)
    return drawn(comparison_table(build(made, ranked(made))))


LONG = 'a' * 300
LAPTOP = result(
    row('dns', addresses=[{'address': '20.1.2.3'}]),
    row('tls', caSource='REQUESTS_CA_BUNDLE', caBundle=f'/{LONG}/one.pem'),
)
AGENT = result(
    row('dns', addresses=[{'address': f'10.0.0.{number}'} for number in range(30)]),
    row('tls', 'Failed', 'R' * 99, caSource='REQUESTS_CA_BUNDLE', caBundle=f'/{LONG}/two.pem'),
)


@pytest.mark.parametrize('columns, width', [('40', 80), ('80', 80), ('120', 120), ('999', 200)])
@pytest.mark.parametrize('registry', ['contoso', 'b' * 90])
def test_the_width(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int, registry: str
) -> None:
    monkeypatch.setenv('COLUMNS', columns)
    values = [
        result(
            *value['checks'],
            row('dns', registry=registry, addresses=[{'address': f'{number}{LONG}'}]),
        )
        for number, value in enumerate((LAPTOP, AGENT))
    ]
    lines = table(*values)
    assert max(map(len, lines)) <= width and len(lines) > 4
    assert max(map(len, lines)) > width - 4


def test_what_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('COLUMNS', '80')
    (line,) = (line for line in table(LAPTOP, AGENT) if line.startswith('CA bundle'))
    assert 'one.pem' in line and 'two.pem' in line


def test_headers() -> None:
    header = table(LAPTOP, AGENT)[0]
    assert header.split('  ')[0] == 'Difference'
    assert 'On laptop.json' in header and 'On agent.json' in header


def test_registries_and_clusters_are_named_where_needed() -> None:
    second = result(row('dns'), row('dns', registry='fabrikam'))
    assert table(result(row('dns')), second)[0].split()[0] == 'Registry'
    assert 'Cluster' not in table(LAPTOP, AGENT)[0]
    clusters = [
        result(row('dns'), row('pull-role', status, 'X', cluster='aks1'))
        for status in ('Warning', 'Failed')
    ]
    lines = table(*clusters)
    assert lines[0].split()[0] == 'Cluster' and any('aks1' in line for line in lines)


def test_files_whose_names_are_cut_to_the_same() -> None:
    made = pair(LAPTOP, AGENT)
    comparison = build(made, ranked(made))
    for side, name in (('first', f'{LONG}1'), ('second', f'{LONG}2')):
        comparison[side]['file'] = name
    assert {'First', 'Second'} <= set(comparison_table(comparison)[0])


def test_no_difference() -> None:
    assert table(LAPTOP, LAPTOP)[2].split('  ')[0] == 'none'
