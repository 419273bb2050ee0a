# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Verdicts and rows that differ, and what only one result has."""

from __future__ import annotations

from azext_acrhealth.compare.row_differences import (
    missing_registries,
    row_differences,
    verdict_differences,
)
from azext_acrhealth.compare.saved_result import Scope
from tests.compare.results import brief, pair, result, row

HERE = Scope('contoso')


def test_a_failure() -> None:
    made = pair(
        result(row('dns', detail='resolves to 10.1.0.5')),
        result(row('dns', 'Failed', 'NotInLocalDns', detail='no such host')),
    )
    found = list(row_differences(made, HERE))
    assert brief(found) == [('dns', 'Passed', 'Failed: NotInLocalDns')]
    assert found[0].text == (
        'On laptop.json, the `dns` check passed: resolves to 10.1.0.5; on agent.json, it failed: '
        'no such host (A_CODE, NotInLocalDns).'
    )
    assert found[0].failure and found[0].failure.reason == 'NotInLocalDns'


def test_a_detail_is_no_difference() -> None:
    made = pair(result(row('dns', detail='in 1 ms')), result(row('dns', detail='in 2 ms')))
    assert not list(row_differences(made, HERE))


def test_another_reason_and_a_row_on_one_side() -> None:
    made = pair(
        result(row('dns', 'Failed', 'A'), row('tls', 'Warning', 'B')),
        result(row('dns', 'Failed', 'C')),
    )
    assert brief(list(row_differences(made, HERE))) == [
        ('dns', 'Failed: A', 'Failed: C'),
        ('tls', 'Warning: B', 'not in the result'),
    ]


def test_checks_that_ran_on_one_side() -> None:
    first = result(row('dns'), row('connection'), row('tls'), row('blob'), row('manifest'))
    second = result(row('dns'), row('connection', 'Skipped'), row('tls', 'Skipped'))
    found = list(row_differences(pair(first, second), HERE))
    assert brief(found) == [
        ('Checks that ran', 'connection, tls', 'none'),
        ('Checks in the result', 'manifest, blob', 'none'),
    ]
    assert found[0].text == 'These checks were skipped only on agent.json: connection, tls.'
    assert brief(list(row_differences(pair(second, first), HERE))) == [
        ('Checks that ran', 'none', 'connection, tls'),
        ('Checks in the result', 'none', 'manifest, blob'),
    ]


def test_a_skipped_row_on_one_side_only() -> None:
    made = pair(result(row('dns')), result(row('dns'), row('push', 'Skipped')))
    assert brief(list(row_differences(made, HERE))) == [('Checks in the result', 'none', 'push')]


def test_verdicts() -> None:
    made = pair(result(row('dns'), canPull='yes'), result(row('dns'), canPull='no', canPush='no'))
    found = list(verdict_differences(made, HERE))
    assert brief(found) == [('Pull', 'yes', 'no')]
    assert found[0].text == (
        'On laptop.json, a pull from contoso works; on agent.json, a pull from contoso '
        "doesn't work."
    )


def test_a_verdict_on_a_cluster() -> None:
    results = [result(row('dns')) for _ in range(2)]
    for value, verdict in zip(results, ('yes', 'unknown')):
        value['registries'][0]['clusters'] = [{'name': 'aks1', 'canPull': verdict}]
    (found,) = verdict_differences(pair(*results), Scope('contoso', 'aks1'))
    assert 'a pull from contoso by aks1 works' in found.text


def test_a_registry_on_one_side() -> None:
    made = pair(result(row('dns')), result(row('dns'), row('dns', registry='fabrikam')))
    (found,) = missing_registries(made)
    assert brief([found]) == [('Whole registry', 'not in the result', 'checked')]
    assert found.text == 'The registry fabrikam is only in agent.json.'
