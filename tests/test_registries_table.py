# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of several registries."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.registries_table import registries_table
from tests.made_reports import registry, registry_id, report, row

COLUMNS = ['Registry', 'Location', 'Status', 'Login', 'Pull', 'Push', 'Code', 'Detail']


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the terminal have 200 columns."""
    monkeypatch.setenv('COLUMNS', '200')


def test_a_line_has_the_worst_of_a_registry() -> None:
    listed = [
        registry(canPush='no'),
        registry('two', region=None, canLogin='no', canPull='no', canPush='no'),
        registry('three', canPull='yes'),
    ]
    made = report(
        row('engine', registry=None),
        row('login', 'Warning', 'WARNED', 'odd'),
        row('dns', 'Failed', 'FIRST', 'bad'),
        row('tls', 'Failed', 'SECOND'),
        row('login', 'Warning', 'WARNED', 'odd', 'two'),
        row('dns', registry='two'),
        row('blob', 'Skipped', registry='three'),
        registries=listed,
    )
    lines = registries_table(made)
    assert [list(line.values()) for line in lines] == [
        ['one', 'eastus', 'Failed', 'yes', '-', 'no', 'FIRST', 'bad'],
        ['two', '', 'Warning', 'no', 'no', 'no', 'WARNED', 'odd'],
        ['three', 'eastus', 'Passed', 'yes', 'yes', '-', '', ''],
    ]
    assert list(lines[0]) == COLUMNS


def test_what_was_tried_and_remains_unknown() -> None:
    made = report(row('blob', 'Failed'), registries=[registry(), registry('two')])
    assert [line['Pull'] for line in registries_table(made)] == ['unknown', '-']


@pytest.mark.parametrize('status', ['Failed', 'Warning'])
def test_this_machine_and_the_selection_have_lines(status: str) -> None:
    made = report(
        row('registries', status, detail='some are missing', registry=None),
        row('helm-client', status, 'HELM', 'no helm', None),
        registries=[registry(), registry('two')],
    )
    shown = [
        [line[name] for name in ('Registry', 'Status', 'Login', 'Code')]
        for line in registries_table(made)
    ]
    assert shown == [
        ['(this machine)', status, '-', 'HELM'],
        ['(selection)', status, '-', 'TEST_ERROR'],
        ['one', 'Passed', 'yes', ''],
        ['two', 'Passed', 'yes', ''],
    ]


def in_subscription(name: str, subscription: str, group: str) -> Any:
    facts = {'resourceId': registry_id(name, subscription, group)}
    return row('login-server', registry=name, facts=facts)


def test_several_subscriptions_have_columns() -> None:
    first, second = (
        '11111111' + '-1111' * 3 + '-' + '1' * 12,
        '2222' + '1' * 4 + '-1111' * 3 + '-' + '1' * 12,
    )
    label = registry_id('contoso', second, 'b')
    made = report(
        in_subscription('registry1', first, 'a'),
        row('engine', 'Failed', registry=None),
        registries=[registry('registry1'), registry(label)],
    )
    lines = registries_table(made)
    assert list(lines[0]) == [COLUMNS[0], 'Subscription', 'Resource group', *COLUMNS[1:]]
    assert [list(line.values())[:3] for line in lines] == [
        ['(this machine)', '', ''],
        ['registry1', '11111111', 'a'],
        ['contoso', '22221111', 'b'],
    ]


@pytest.mark.parametrize(
    'ids, shown',
    [
        (
            ('0b1f6471-1bf0-4dda-aec3-000000000001', '1b1f6471-1bf0-4dda-aec3-000000000001'),
            '0b1f6471',
        ),
        (
            ('0b1f6471-1bf0-4dda-aec3-000000000001', '0b1f6471-1bf0-4dda-aec3-000000000002'),
            '0' * 11 + '1',
        ),
        (
            ('0b1f6471-1bf0-4dda-aec3-000000000001', '0b1f6471-1bf1-4dda-aec3-000000000001'),
            '0b1f6471-1bf0-4dda-aec3-000000000001',
        ),
    ],
)
def test_subscriptions_are_shortened_where_that_tells_them_apart(
    ids: tuple[str, str], shown: str
) -> None:
    names = ('registry1', 'registry2')
    made = report(
        *(in_subscription(name, identifier, 'a') for name, identifier in zip(names, ids)),
        registries=map(registry, names),
    )
    assert registries_table(made)[0]['Subscription'] == shown


@pytest.mark.parametrize(
    'clusters, shown',
    [(['aks1'], 'no'), (['aks1', 'aks2'], 'aks1: no, aks2: -')],
)
def test_verdicts_on_clusters(clusters: list[str], shown: str) -> None:
    listed = [
        {'name': name, 'id': None, 'canPull': 'no' if name == 'aks1' else 'unknown'}
        for name in clusters
    ]
    made = report(
        row('cluster', 'Failed', registry='two', cluster='aks1'),
        row('engine', 'Warning', registry=None),
        registries=[registry(clusters=listed), registry('two', clusters=listed)],
    )
    lines = registries_table(made)
    assert [(line['Registry'], line['Pull by clusters']) for line in lines] == [
        ('two', shown),
        ('(this machine)', ''),
        ('one', shown),
    ]


def test_the_worst_registry_stands_first() -> None:
    names = {
        'fine': 'Passed',
        'odd': 'Warning',
        'no-push': 'Failed',
        'fine2': 'Passed',
        'no-login': 'Failed',
        'failing': 'Failed',
    }
    verdicts = {'no-push': {'canPush': 'no'}, 'no-login': {'canLogin': 'no'}}
    made = report(
        *(row('dns', status, registry=name) for name, status in names.items()),
        registries=[registry(name, **verdicts.get(name, {})) for name in names],
    )
    assert [line['Registry'] for line in registries_table(made)] == [
        *('no-login', 'no-push', 'failing', 'odd', 'fine', 'fine2'),
    ]


def test_many_registries_take_no_long_time() -> None:
    names = [f'registry{number}' for number in range(3000)]
    made = report(
        *(row(check, registry=name) for name in names for check in ('dns', 'tls', 'push')),
        registries=map(registry, names),
    )
    assert len(registries_table(made)) == 3000


def test_a_narrow_terminal_shows_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('COLUMNS', '80')
    made = report(
        row('dns', 'Failed', 'CONNECTIVITY_ACCESS_TOKEN_ERROR', 'x' * 90),
        registries=[registry(), registry('two')],
    )
    assert list(registries_table(made)[0]) == [
        *('Registry', 'Status', 'Login', 'Pull', 'Push', 'Code'),
    ]
    placed = [
        in_subscription(f'registry{digit}', digit * 8 + '-1111' * 3 + '-' + '1' * 12, 'group')
        for digit in '12'
    ]
    made = report(
        *placed,
        row('dns', 'Failed', 'CONNECTIVITY_ACCESS_TOKEN_ERROR', 'x' * 90, 'registry1'),
        registries=[registry('registry1'), registry('registry2')],
    )
    assert list(registries_table(made)[0]) == [
        *('Registry', 'Subscription', 'Resource group', 'Status', 'Login', 'Pull', 'Push'),
    ]
