# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Attempts: what is run again, with what, and when there are no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from azext_acrhealth import attempts as attempts_module
from azext_acrhealth.model import Check, Outcome, failed, passed, warned
from azext_acrhealth.options import Cluster, Options, Selection, Target
from tests.checks.fake_probes import FakeProbes
from tests.made import FAMILY, ONE, PROBLEM, TWO, make

HEALS = FAMILY.problem('Healing', 'It passes.', transient=True)
CONTEXT = SimpleNamespace(only_show_errors=True)


class RunProbes(FakeProbes):
    """Probes that count the attempts."""

    def __init__(self) -> None:
        super().__init__()
        self.renewed = 0

    def forget_failures(self) -> None:
        self.renewed += 1


@pytest.fixture(name='clock')
def fixture_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody sleep; give the pauses that there would have been."""
    slept: list[float] = []
    monkeypatch.setattr(attempts_module, 'sleep', slept.append)
    return slept


def perform(
    monkeypatch: pytest.MonkeyPatch,
    checks: list[Check],
    wait: float | None,
    targets: Any = (ONE,),
    strict: bool = False,
    selection: Selection | None = None,
) -> tuple[dict[str, str], Any, RunProbes]:
    monkeypatch.setattr(attempts_module, 'checks_for', lambda _: tuple(checks))
    probes = RunProbes()
    options = Options(targets=tuple(targets), selection=selection, strict=strict, wait=wait)
    ended = attempts_module.run_attempts(CONTEXT, probes, options)
    results, waited = ended.results, ended.wait
    rows = {
        f'{one.target.name if one.target else ""} {one.check.id}': one.outcome.detail
        for one in results
    }
    return rows, waited, probes


def turns(*outcomes: Outcome) -> tuple[Any, list[Any]]:
    """Return a check's function with an outcome per call, and the list of the values it got."""
    got: list[Any] = []

    def act(ctx: Any, *values: Any) -> Outcome:
        got.append(values)
        return outcomes[min(len(got), len(outcomes)) - 1]

    return act, got


NOT_YET = failed(HEALS, 'not yet')


def test_until_healthy(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    machine, asked = turns(passed('fine', 'machine'))
    root, rooted = turns(passed('first', 'one'), passed('second', 'two'), passed('third', 'three'))
    name, named = turns(NOT_YET, NOT_YET, passed('there'))
    beside, besides = turns(passed('kept'))
    m = make('m', machine, per='machine')
    r = make('r', root, m)
    checks = [m, r, make('n', name, r), make('b', beside, r)]
    rows, waited, probes = perform(monkeypatch, checks, 60)
    assert rows == {
        ' m': 'fine',
        'registryone r': 'third',
        'registryone n': 'there',
        'registryone b': 'kept',
    }
    assert named == [('one',), ('two',), ('three',)], 'what it needs is had anew'
    assert (len(asked), len(besides), probes.renewed) == (1, 1, 2), 'what passed is carried'
    assert (waited['seconds'], waited['attempts']) == (60, 3) and waited['healthyAfterMs'] >= 0
    assert clock == [1.0, 2.0]


@pytest.mark.parametrize(
    'outcome, wait, strict, attempts',
    [
        (failed(PROBLEM, 'for good'), 60, False, 1),
        (NOT_YET, 0.0001, False, 1),
        (warned(HEALS, 'odd'), 60, False, 1),
        (warned(PROBLEM, 'odd'), 60, True, 1),
    ],
)
def test_one_attempt_is_enough(
    monkeypatch: pytest.MonkeyPatch,
    clock: list[float],
    outcome: Outcome,
    wait: float,
    strict: bool,
    attempts: int,
) -> None:
    _, waited, _ = perform(monkeypatch, [make('a', lambda ctx: outcome)], wait, strict=strict)
    healthy = outcome.problem is HEALS and outcome is not NOT_YET
    assert (
        waited['attempts'] == attempts
        and (waited['healthyAfterMs'] is not None) == healthy
        and clock == []
    )


def test_one_trouble_that_stays_is_enough_to_end_it(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    def act(ctx: Any) -> Outcome:
        return NOT_YET if ctx.target is ONE else failed(PROBLEM, 'for good')

    assert perform(monkeypatch, [make('a', act)], 60, (ONE, TWO))[1]['attempts'] == 1


def test_without_it_nothing_is_repeated(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    assert perform(monkeypatch, [make('a', lambda ctx: NOT_YET)], None)[1] is None and clock == []


CLUSTERS = (Cluster('aks1'), Cluster('aks2'))


def test_each_cluster_is_checked_with_each_registry(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    each = make('a', lambda ctx: passed('', ctx.target.name))
    cluster = make('c', lambda ctx: passed('', ctx.target.cluster.name), per='cluster')
    pair = make('p', lambda ctx, *values: passed(' '.join(values)), cluster, each, per='cluster')
    found, _ = turns(passed('all', (ONE, TWO)))
    look = make('registries', found, per='machine')
    monkeypatch.setattr(attempts_module, 'registries', look)
    monkeypatch.setattr(attempts_module, 'checks_for', lambda _: (look, each, cluster, pair))
    options = Options(targets=(ONE,), selection=Selection(), clusters=CLUSTERS)
    ended = attempts_module.run_attempts(CONTEXT, RunProbes(), options)
    assert ended.targets == [ONE, TWO]
    assert sorted(one.outcome.detail for one in ended.results if one.check is pair) == [
        'aks1 registryone',
        'aks1 registrytwo',
        'aks2 registryone',
        'aks2 registrytwo',
    ]


def test_a_cluster_is_repeated_until_healthy(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    outcome, _ = turns(NOT_YET, passed('there'))
    monkeypatch.setattr(
        attempts_module,
        'checks_for',
        lambda _: (make('a'), make('c', outcome, category='cluster', per='cluster')),
    )
    options = Options(targets=(ONE,), clusters=CLUSTERS[:1], wait=60)
    ended = attempts_module.run_attempts(CONTEXT, RunProbes(), options)
    assert ended.wait and ended.wait['attempts'] == 2
    assert {one.outcome.detail for one in ended.results} == {'a is fine', 'there'}


def test_an_interruption_leaves_a_row_for_each_check_of_a_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(attempts_module, 'run', interrupt)
    checks = (make('a'), make('c', category='cluster', per='cluster'))
    monkeypatch.setattr(attempts_module, 'checks_for', lambda _: checks)
    options = Options(targets=(ONE,), clusters=CLUSTERS)
    results = attempts_module.run_attempts(CONTEXT, RunProbes(), options).results
    assert [(one.check.id, one.outcome.detail) for one in results] == [
        ('a', 'interrupted'),
        ('c', 'interrupted'),
        ('c', 'interrupted'),
    ]


def test_registries_that_appear_later_are_checked_once(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    three = Target('three')
    found, _ = turns(failed(HEALS, 'incomplete', (ONE,)), passed('all', (ONE, three)))
    seen: list[str] = []
    look = make('registries', found, per='machine')
    monkeypatch.setattr(attempts_module, 'registries', look)
    each = make('a', lambda ctx: seen.append(ctx.target.name) or passed('fine'))
    rows, waited, _ = perform(monkeypatch, [look, each], 60, (), selection=Selection())
    assert (
        rows == {' registries': 'all', 'registryone a': 'fine', 'three a': 'fine'}
        and waited['attempts'] == 2
    )
    assert seen == ['registryone', 'three']


@pytest.mark.parametrize('wait, kept', [(None, True), (5.0, 'a token')])
def test_values_are_kept_for_another_attempt_alone(
    monkeypatch: pytest.MonkeyPatch, wait: float | None, kept: object
) -> None:
    checks = (make('one', lambda ctx: passed('', 'a token')), make('two', lambda ctx: NOT_YET))
    monkeypatch.setattr(attempts_module, 'checks_for', lambda _: checks)
    monkeypatch.setattr(attempts_module._Waiter, 'waits', lambda *_: False)
    options = Options(targets=(ONE,), wait=wait)
    ended = attempts_module.run_attempts(CONTEXT, RunProbes(), options)
    assert [result.outcome.value for result in ended.results] == [kept, None]
