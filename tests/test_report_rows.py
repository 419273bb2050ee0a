# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the rows of a report say together."""

from __future__ import annotations

import pytest

from azext_acrhealth import report_rows
from tests.made_reports import NO_IMAGE, NO_PUSH, registry_id, report, row


def test_whose_rows_they_are() -> None:
    rows = [
        row('registries', registry=None),
        row('helm-client', registry=None),
        row('dns'),
        row('cluster', cluster='aks1'),
        row('dns', registry='two'),
    ]
    made = report(*rows)
    assert report_rows.rows_of(made, None) == rows[1:2]
    assert report_rows.rows_of(made, 'one') == rows[2:4]
    assert report_rows.selection_rows(made) == rows[:1]
    assert report_rows.rows_by_registry(made) == {None: rows[:2], 'one': rows[2:4], 'two': rows[4:]}


@pytest.mark.parametrize(
    'statuses, worst',
    [
        ((), 'Passed'),
        (('Skipped',), 'Passed'),
        (('Passed', 'Warning'), 'Warning'),
        (('Warning', 'Failed', 'Passed'), 'Failed'),
    ],
)
def test_worst_status(statuses: tuple[str, ...], worst: str) -> None:
    assert report_rows.worst_status([row('a', status) for status in statuses]) == worst


def test_counts() -> None:
    rows = [row('a', status) for status in ('Passed', 'Skipped', 'Failed', 'Passed')]
    assert report_rows.counts(rows) == '2 passed, 1 failed, 1 skipped'
    assert report_rows.counts([row('a', 'Warning')]) == '1 warning'
    assert report_rows.counts([row('a', 'Warning')] * 2, always='Passed') == '0 passed, 2 warnings'
    assert report_rows.counts([]) == ''


@pytest.mark.parametrize(
    'rows, tried, option',
    [
        ([], False, None),
        ([row('blob')], True, None),
        ([row('blob', 'Failed')], True, None),
        ([row('manifest', 'Skipped', detail=NO_IMAGE), row('blob', 'Skipped')], False, '--image'),
        ([row('manifest', 'Skipped', detail='excluded by --skip')], False, None),
    ],
)
def test_what_was_tried(rows: list[report_rows.Row], tried: bool, option: str | None) -> None:
    assert report_rows.is_tried('blob', rows) is tried
    assert report_rows.option_to_try('blob', rows) == option


def test_the_option_of_a_push() -> None:
    assert report_rows.option_to_try('push', [row('push', 'Skipped', detail=NO_PUSH)]) == '--push'


def test_where_a_registry_is() -> None:
    known = row('login-server', facts={'resourceId': registry_id('contoso', group='rg')})
    subscription = '0b1f6471-1bf0-4dda-aec3-cb9272f09501'
    assert report_rows.subscription_and_group([row('dns'), known], 'contoso') == (
        subscription,
        'rg',
    )
    assert report_rows.subscription_and_group([], registry_id('fabrikam')) == (
        subscription,
        'rg-apps',
    )
    assert report_rows.subscription_and_group([row('dns')], 'contoso') == ('', '')


def test_short_names() -> None:
    here, there = registry_id('contoso', group='a'), registry_id('contoso', group='b')
    elsewhere = registry_id('contoso', 'f' * 8 + '-1111-1111-1111-' + '1' * 12, group='b')
    assert report_rows.short_names(['two', here]) == {'two': 'two', here: 'contoso (a)'}
    assert report_rows.short_names([here, there, elsewhere]) == {
        here: 'contoso (a)',
        there: there,
        elsewhere: elsewhere,
    }
