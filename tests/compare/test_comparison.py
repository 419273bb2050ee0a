# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The order of differences, and the object that is returned."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.compare.comparison import build, has_common_checks, ranked
from azext_acrhealth.compare.saved_result import Scope
from tests.compare.results import brief, compared, pair, result, row

LAPTOP = result(
    row('engine-version', registry=None, version='4'),
    row('dns', addresses=[{'address': '20.1.2.3'}]),
    row('connection', proxy=None),
    row('tls', issuer='A public CA'),
    row('manifest', digest='sha256:1'),
    canPull='yes',
)
AGENT = result(
    row('engine-version', registry=None, version='5'),
    row('dns', 'Warning', 'Odd', addresses=[{'address': '10.1.0.5'}]),
    row('connection', 'Failed', 'ConnectTimeout', proxy=None),
    row('tls', 'Skipped'),
    row('manifest', 'Passed', digest='sha256:2'),
    client={'azureCli': '2.75.0', 'proxy': None},
    canPull='no',
)


def test_the_best_explanation_comes_first() -> None:
    assert [subject for subject, _, _ in brief(compared(LAPTOP, AGENT))] == [
        'connection',
        'Addresses',
        'dns',
        'Healthy',
        'Pull',
        'Digest',
        'Engine version',
        'Azure CLI',
        'Checks that ran',
    ]


def test_a_failure_that_changes_a_verdict_comes_before_others() -> None:
    first = result(row('dns'), row('dns', registry='fabrikam'), canLogin='no')
    second = result(
        row('dns', 'Failed', 'X'), row('dns', 'Failed', 'X', registry='fabrikam'), canLogin='no'
    )
    first['registries'][1]['canLogin'] = 'yes'
    assert [entry.scope.registry for entry in compared(first, second)][:2] == [
        'fabrikam',
        'contoso',
    ]


def test_a_failure_of_one_registry_is_not_explained_by_another() -> None:
    def made(address: str, status: str) -> Any:
        addresses = [{'address': address}]
        return result(
            row('dns', addresses=addresses, registry='fabrikam'),
            row('tls', status, 'X' if status == 'Failed' else None),
            row('dns', addresses=[{'address': '1.1.1.1'}]),
        )

    order = brief(compared(made('10.0.0.1', 'Passed'), made('10.0.0.2', 'Failed')))
    assert [subject for subject, _, _ in order] == ['tls', 'Healthy', 'Addresses']


def test_a_later_failure_comes_after_the_explanation() -> None:
    first = result(row('access-token', granted=['pull']), row('manifest'))
    second = result(
        row('access-token', 'Failed', 'ActionsMissing', granted=[]), row('manifest', 'Failed', 'X')
    )
    assert [subject for subject, _, _ in brief(compared(first, second))] == [
        *('access-token', 'Permissions', 'manifest', 'Healthy')
    ]


def test_a_failure_of_the_other_result_has_a_cause_of_its_own() -> None:
    first = result(row('access-token', 'Failed', 'ActionsMissing', granted=[]), row('manifest'))
    second = result(row('access-token', granted=['pull']), row('manifest', 'Failed', 'X'))
    for order in (compared(first, second), compared(second, first)):
        assert [subject for subject, _, _ in brief(order)] == [
            *('access-token', 'manifest', 'Permissions')
        ]


def test_the_same() -> None:
    assert compared(LAPTOP, copy.deepcopy(LAPTOP)) == []


def test_the_object() -> None:
    made = pair(LAPTOP, AGENT)
    differences = ranked(made)
    built = build(made, differences)
    assert list(built) == ['schemaVersion', 'same', 'first', 'second', 'differences']
    assert built['same'] is False and built['first'] == {
        'file': 'laptop.json',
        'startedAt': '2026-01-01T00:00:00.000000Z',
        'healthy': True,
        'registries': ['contoso'],
        'checks': 5,
    }
    assert built['differences'][1] == {
        'kind': 'Fact',
        'stage': 'dns',
        'registry': 'contoso',
        'cluster': None,
        'check': 'dns',
        'fact': 'dns.addresses[].address',
        'subject': 'Addresses',
        'first': '20.1.2.3',
        'second': '10.1.0.5',
        'text': differences[1].text,
    }
    assert len({frozenset(entry) for entry in built['differences']}) == 1


def test_common_checks() -> None:
    assert has_common_checks(pair(LAPTOP, AGENT))
    other = result(row('dns', registry='fabrikam'))
    assert not has_common_checks(pair(result(row('dns')), other))
    assert not has_common_checks(pair(result(row('dns')), result(row('tls'))))


CHECKS = st.sampled_from(['dns', 'connection', 'refresh-token', 'tls', 'unknown'])
FACTS = st.fixed_dictionaries(
    {},
    optional={
        'addresses': st.lists(st.sampled_from([{'address': 'a'}, {'address': 'b'}]), max_size=2),
        'issuer': st.sampled_from(['x', 'y', None]),
        'proxy': st.sampled_from([None, 'http://p']),
    },
)
ROWS = st.builds(
    lambda check, status, registry, facts: row(
        check, status, 'R' if status in ('Failed', 'Warning') else None, registry=registry, **facts
    ),
    CHECKS,
    st.sampled_from(['Passed', 'Warning', 'Failed', 'Skipped']),
    st.sampled_from([None, 'contoso', 'fabrikam']),
    FACTS,
)
RESULTS = st.builds(
    lambda rows, verdict: result(*rows, canPull=verdict),
    st.lists(ROWS, min_size=1, max_size=6),
    st.sampled_from(['yes', 'no', 'unknown']),
)


@given(RESULTS, RESULTS)
def test_the_sides_are_equal(first: Any, second: Any) -> None:
    forward, backward = compared(first, second), compared(second, first)
    swapped = [
        dataclasses.replace(entry, first=entry.second, second=entry.first) for entry in backward
    ]
    assert [(entry.kind, entry.scope, entry.fact) for entry in forward] == [
        (entry.kind, entry.scope, entry.fact) for entry in swapped
    ]
    assert brief(forward) == brief(swapped)
    assert (forward == []) is (backward == [])


@given(RESULTS)
def test_a_result_is_the_same_as_itself(value: Any) -> None:
    assert compared(value, copy.deepcopy(value)) == []


def test_scopes_are_sorted() -> None:
    assert pair(LAPTOP, AGENT).scopes == [Scope(), Scope('contoso')]
