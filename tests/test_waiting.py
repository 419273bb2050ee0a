# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What another attempt repeats, and when."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth import waiting
from azext_acrhealth.catalogue.cluster.cluster_pull import NOT_DELETED, UNSCHEDULABLE
from azext_acrhealth.catalogue.registry.arm_read import ARM_READ
from azext_acrhealth.model import Check, Outcome, Result, failed, not_applicable, passed, warned
from azext_acrhealth.options import Cluster
from azext_acrhealth.waiting import PAUSES, all_transient, describe, pause, to_repeat, unhealthy
from tests.made import FAMILY, ONE, PROBLEM, TWO, make, result

HEALS = FAMILY.problem('Healing', 'It passes.', transient=True)
UNREADABLE = ARM_READ.problem('Unreadable', 'It could not be read.')
MACHINE = make('machine', per='machine')
ROOT = make('root', None, MACHINE)
NAME = make('name', None, ROOT)
WIRE = make('wire', None, ROOT, NAME)
ASIDE = make('aside', None, ROOT)
AFTER = make('after', None, ROOT, after=(WIRE,))
BAD, GOOD, SKIPPED = (
    failed(HEALS, 'not yet'),
    passed('fine'),
    not_applicable('requires the `name` check, which failed'),
)


def results(target: Any = ONE, machine: Outcome = GOOD, **outcomes: Outcome) -> list[Result]:
    checks: list[Check] = [ROOT, NAME, WIRE, ASIDE, AFTER]
    return [
        Result(MACHINE, None, machine),
        *(Result(one, target, outcomes.get(one.id, GOOD)) for one in checks),
    ]


@pytest.mark.parametrize(
    'outcomes, expected',
    [
        ({}, set()),
        ({'name': BAD, 'wire': SKIPPED}, {'root', 'name', 'wire'}),
        ({'name': BAD, 'wire': SKIPPED, 'after': SKIPPED}, {'root', 'name', 'wire', 'after'}),
        ({'wire': BAD}, {'root', 'name', 'wire'}),
        ({'aside': BAD}, {'root', 'aside'}),
        ({'name': BAD, 'wire': GOOD, 'aside': SKIPPED}, {'root', 'name'}),
        (
            {'root': BAD, 'name': SKIPPED, 'wire': SKIPPED, 'aside': SKIPPED, 'after': SKIPPED},
            {'root', 'name', 'wire', 'aside', 'after'},
        ),
        (
            {
                'machine': BAD,
                'root': SKIPPED,
                'name': SKIPPED,
                'wire': SKIPPED,
                'aside': SKIPPED,
                'after': SKIPPED,
            },
            {'machine', 'root', 'name', 'wire', 'aside', 'after'},
        ),
        ({'wire': warned(HEALS, 'odd')}, set()),
    ],
)
def test_what_is_repeated(outcomes: Any, expected: set[str]) -> None:
    repeated = to_repeat(results(**outcomes), False)
    assert {check.id for _, check in repeated} == expected
    assert {target for target, check in repeated} <= {ONE, None}


def test_one_registry_s_trouble_repeats_nothing_of_another_s() -> None:
    both = [*results(), *results(TWO, aside=BAD)[1:]]
    assert to_repeat(both, False) == {(TWO, ROOT), (TWO, ASIDE)}


CLUSTER = Cluster('aks1')
PAIR, OTHER_PAIR = ONE._replace(cluster=CLUSTER), TWO._replace(cluster=CLUSTER)


def test_a_cluster_repeats_what_it_needs_of_its_registry() -> None:
    cluster = make('cluster', category='cluster', per='cluster')
    role = make('pull-role', None, cluster, ROOT, category='cluster', per='cluster')
    rows = [
        *results(),
        *results(TWO)[1:],
        *(Result(cluster, pair, GOOD) for pair in (PAIR, OTHER_PAIR)),
        Result(role, PAIR, BAD),
        Result(role, OTHER_PAIR, GOOD),
    ]
    assert to_repeat(rows, False) == {(PAIR, role), (PAIR, cluster), (ONE, ROOT)}
    assert describe(unhealthy(rows, False), True) == (
        'pull-role of registryone and aks1 (TEST_ERROR, Healing)'
    )


def test_warnings_count_under_strict() -> None:
    odd = results(wire=warned(HEALS, 'odd'))
    assert unhealthy(odd, False) == [] and [one.check for one in unhealthy(odd, True)] == [WIRE]
    assert (ONE, WIRE) in to_repeat(odd, True)


def test_what_waiting_is_of_use_for() -> None:
    assert all_transient(unhealthy(results(wire=BAD, aside=BAD), False))
    assert not all_transient(unhealthy(results(wire=BAD, aside=failed(PROBLEM, 'for good')), False))


@pytest.mark.parametrize(
    'attempt, facts, seconds',
    [
        (1, {}, PAUSES[0]),
        (2, {}, PAUSES[1]),
        (5, {}, PAUSES[-1]),
        (99, {}, PAUSES[-1]),
        (1, {'retryAfter': '7'}, 7.0),
        (9, {'retryAfter': '1'}, PAUSES[-1]),
        (1, {'retryAfter': '86400'}, 60.0),
        (1, {'retryAfter': 'soon'}, PAUSES[0]),
        (1, {'retryAfter': None}, PAUSES[0]),
    ],
)
def test_pauses(attempt: int, facts: Any, seconds: float) -> None:
    assert pause(attempt, unhealthy(results(wire=failed(HEALS, '', **facts)), False)) == seconds


def test_what_is_waited_for() -> None:
    bad = unhealthy(results(name=BAD, wire=BAD), False)
    assert describe(bad, True) == 'name of registryone (TEST_ERROR, Healing) and 1 more'
    assert describe(bad[1:], False) == 'wire (TEST_ERROR, Healing)'


@pytest.mark.parametrize(
    'latest, detail',
    [
        (not_applicable('requires the `a` check'), 'broken; not rechecked: requires the `a` check'),
        (warned(UNREADABLE, 'throttled'), 'broken; not rechecked: throttled'),
        (passed('works'), 'works'),
        (warned(PROBLEM, 'odd'), 'odd'),
        (failed(PROBLEM, 'still broken'), 'still broken'),
    ],
)
def test_a_failure_stays_until_it_is_disproved(latest: Outcome, detail: str) -> None:
    earlier = result('a', failed(PROBLEM, 'broken'))
    first = waiting.carry_failure(earlier, result('a', latest))
    assert first.outcome.detail == detail
    second = waiting.carry_failure(first, result('a', latest))
    assert second.outcome.detail == detail, 'the note is not repeated'
    assert waiting.carry_failure(None, result('a', latest)).outcome is latest
    assert waiting.carry_failure(result('a', passed('ok')), result('a', latest)).outcome is latest


def pulls(**ends: str) -> list[dict[str, str]]:
    """Return the facts of pulls by their nodes."""
    return [{'nodes': nodes, 'end': end} for nodes, end in ends.items()]


@pytest.mark.parametrize(
    'latest, detail',
    [
        (warned(UNSCHEDULABLE, 'no node'), 'denied; not rechecked: no node'),
        (
            warned(UNSCHEDULABLE, 'no node', pulls=pulls(amd64='Unschedulable', arm64='Pulled')),
            'denied; not rechecked: no node',
        ),
        (
            warned(UNSCHEDULABLE, 'no node', pulls=pulls(amd64='Pulled', arm64='Unschedulable')),
            'no node',
        ),
        (warned(NOT_DELETED, 'pulled; the pod remains', True), 'pulled; the pod remains'),
    ],
)
def test_a_failed_pull_stays_until_the_same_nodes_pull(latest: Outcome, detail: str) -> None:
    earlier = failed(PROBLEM, 'denied', pulls=pulls(amd64='PullFailed', arm64='Pulled'))
    carried = waiting.carry_failure(result('a', earlier), result('a', latest))
    assert carried.outcome.detail == detail
    assert (carried.outcome.status.value == 'Failed') == detail.startswith('denied')
