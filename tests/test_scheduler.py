# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The runner: prerequisites, side by side, deadlines, crashes, and an end to everything."""

from __future__ import annotations

import errno
import gc
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth import check_thread, threads
from azext_acrhealth.model import (
    Check,
    Context,
    Job,
    Outcome,
    Result,
    Status,
    failed,
    not_applicable,
    passed,
    warned,
)
from azext_acrhealth.options import Cluster, Target
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.scheduler import run
from tests.made import ONE, PROBLEM, TWO, OnlyConnections, context, jobs, make


@pytest.fixture(name='stuck')
def fixture_stuck() -> Iterator[threading.Event]:
    """An event that hangs whoever waits for it until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def outcomes(results: Any) -> dict[str, Outcome]:
    return {result.check.id: result.outcome for result in results}


def reasons(results: Any) -> dict[str, str]:
    """Return the reason of each check, or its status when it has none."""
    return {
        key: outcome.problem.reason if outcome.problem else outcome.status.value
        for key, outcome in outcomes(results).items()
    }


def ends(outcome: Outcome) -> Any:
    return lambda ctx, *values: outcome


A = make('a')


def test_values_arrive_in_the_order_of_needs_and_then_after() -> None:
    b = make('b', ends(warned(PROBLEM, 'odd', 'from b')))
    c = make('c', ends(failed(PROBLEM, 'bad', 'from c')))
    d = make('d', lambda ctx, *values: passed('', values), c, A, after=(b,))
    assert outcomes(run(jobs(d, c, b, A)))['d'].value == ('from c', 'a', 'from b')


@pytest.mark.parametrize(
    'outcome, detail',
    [
        (failed(PROBLEM, 'bad'), 'requires the `first` check, which failed'),
        (not_applicable('no use'), 'requires the `first` check, which was skipped'),
        (warned(PROBLEM, 'odd'), 'requires the `first` check, which returned no usable result'),
        (passed('fine', None), 'requires the `first` check, which returned no usable result'),
    ],
)
def test_without_the_value_that_it_needs_a_check_is_skipped(outcome: Outcome, detail: str) -> None:
    first = make('first', ends(outcome))
    second = make('second', None, first)
    third = make('third', None, second)
    ended = outcomes(run(jobs(first, second, third)))
    assert (ended['second'].status, ended['second'].detail) == (Status.SKIPPED, detail)
    assert ended['third'].detail == 'requires the `second` check, which was skipped'


@pytest.mark.parametrize(
    'outcome', [warned(PROBLEM, 'odd', 1), failed(PROBLEM, 'bad', 1), not_applicable('no use', 1)]
)
def test_with_the_value_that_it_needs_a_check_runs_whatever_the_status(outcome: Outcome) -> None:
    first = make('first', ends(outcome))
    assert outcomes(run(jobs(first, make('second', None, first))))['second'].status is Status.PASSED


def test_a_prerequisite_that_has_no_job() -> None:
    assert (
        outcomes(run(jobs(make('second', None, A))))['second'].detail
        == "requires the `a` check, which wasn't selected"
    )


def test_a_job_that_must_not_run_says_why_and_so_do_its_dependants() -> None:
    completed: list[str] = []
    first = make('first', lambda ctx: completed.append('first') or passed(''))
    second = make('second', None, first)
    shared = context()
    ended = outcomes(run([Job(second, shared), Job(first, shared, 'excluded by --skip')]))
    assert (ended['first'].detail, ended['second'].detail) == (
        'excluded by --skip',
        'requires the `first` check, which was skipped',
    )
    assert completed == []


@pytest.mark.parametrize(
    'outcome, value',
    [(passed('', 'informed'), 'informed'), (failed(PROBLEM, ''), None), (not_applicable(''), None)],
)
def test_after_waits_and_gets_the_value_or_none(outcome: Outcome, value: Any) -> None:
    slow = make('slow', lambda ctx: time.sleep(0.05) or outcome)
    last = make('last', lambda ctx, got: passed('', (got,)), after=(slow,))
    assert outcomes(run(jobs(last, slow)))['last'].value == (value,)


def test_after_a_check_without_a_job_there_is_nothing_to_wait_for() -> None:
    last = make('last', lambda ctx, got: passed('', (got,)), after=(A,))
    assert outcomes(run(jobs(last)))['last'].value == (None,)


def boom(ctx: Context) -> Outcome:
    raise ValueError('the cause')


def leave(ctx: Context) -> Outcome:
    raise SystemExit(3)


@pytest.mark.filterwarnings(
    'ignore::pytest.PytestUnhandledThreadExceptionWarning'
)  # the SystemExit
@pytest.mark.parametrize(
    'crash, detail',
    [
        (boom, 'ValueError: the cause'),
        (leave, 'the check returned no result: None'),
        (lambda ctx: 'no outcome', "'no outcome'"),
        (lambda ctx, too, many: passed(''), 'TypeError'),
    ],
)
def test_a_crash_is_a_row_and_the_others_still_run(crash: Any, detail: str) -> None:
    broken = make('broken', crash)
    ended = outcomes(run(jobs(broken, make('dependant', None, broken), A)))
    assert (ended['broken'].status, ended['broken'].problem.code) == (
        Status.FAILED,
        'UNEXPECTED_ERROR',
    )
    assert detail in ended['broken'].detail
    assert ended['broken'].placeholders == {'check': 'broken'}
    assert ended['dependant'].detail == 'requires the `broken` check, which failed'
    assert ended['a'].status is Status.PASSED


def test_a_crash_tells_where() -> None:
    where = outcomes(run(jobs(make('broken', boom))))['broken'].facts['where']
    assert len(where) <= 3 and where[-1].startswith('boom:')


@pytest.mark.parametrize('timeout', [1e12, 1e300])
def test_a_timeout_may_be_longer_than_any_wait(timeout: float) -> None:
    assert reasons(run(jobs(A, timeout=timeout))) == {'a': 'Passed'}


def test_a_system_without_threads_has_rows_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: Any) -> None:
        raise LimitReached('TooManyProcesses', "can't start new thread")

    monkeypatch.setattr(check_thread, 'start', start)
    ended = reasons(run(jobs(A, make('b', None, A))))
    assert ended == {'a': 'TooManyProcesses', 'b': 'Skipped'}


def test_checks_wait_where_threads_are_scarce(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, most = [0], [0]

    def start(call: Any) -> Any:
        if busy[0] == 4:
            raise LimitReached('TooManyProcesses', "can't start new thread")
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        return threads.start(call)

    def work(_: Context) -> Outcome:
        time.sleep(0.01)
        busy[0] -= 1
        return passed('')

    monkeypatch.setattr(check_thread, 'start', start)
    ended = reasons(run(jobs(*(make(f'c{number}', work) for number in range(12)))))
    assert set(ended.values()) == {'Passed'} and len(ended) == 12 and most[0] <= 4


def test_fewer_checks_run_after_one_has_reached_a_limit() -> None:
    lock, busy = threading.Lock(), [0]

    def work(_: Context) -> Outcome:
        with lock:
            busy[0] += 1
            many = busy[0] > 4
        time.sleep(0.02)
        with lock:
            busy[0] -= 1
        if many:
            raise LimitReached('TooManyOpenFiles', 'no file')
        return passed('')

    ended = run(jobs(*(make(f'c{number:02}', work) for number in range(60))))
    by_check = sorted(reasons(ended).items())
    assert 'TooManyOpenFiles' in dict(by_check).values()
    assert {reason for _, reason in by_check[40:]} == {'Passed'}


@pytest.mark.parametrize(
    'error, reason',
    [
        (LimitReached('TooManyOpenFiles', 'no file'), 'TooManyOpenFiles'),
        (LimitReached('TooManyProcesses', 'no thread'), 'TooManyProcesses'),
        (LimitReached('OutOfMemory', 'no memory'), 'OutOfMemory'),
        (MemoryError(), 'OutOfMemory'),
        (OSError(errno.EMFILE, 'elsewhere'), 'TooManyOpenFiles'),
        (OSError(errno.ENOENT, 'elsewhere'), 'Crash'),
    ],
)
def test_a_limit_of_this_machine_is_no_crash(error: Exception, reason: str) -> None:
    def raises(_: Context) -> Outcome:
        raise error

    assert reasons(run(jobs(make('a', raises)))) == {'a': reason}


def test_a_check_that_outlives_its_deadline_is_left_behind(stuck: threading.Event) -> None:
    hung = make('hung', lambda ctx: stuck.wait() and passed('too late'))
    since = time.monotonic()
    results = list(run(jobs(hung, make('dependant', None, hung), A, timeout=0.1)))
    assert time.monotonic() - since < 10
    ended = outcomes(results)
    assert (ended['hung'].status, ended['hung'].problem.code, ended['hung'].problem.reason) == (
        Status.FAILED,
        'CHECK_TIMEOUT_ERROR',
        'StillRunning',
    )
    assert ended['hung'].placeholders == {'check': 'hung'}
    assert ended['dependant'].detail == 'requires the `hung` check, which failed'
    assert ended['a'].status is Status.PASSED
    assert next(result.duration for result in results if result.check is hung) >= 0.1


def test_what_comes_too_late_is_not_heard() -> None:
    late = make('late', lambda ctx: time.sleep(0.4) or passed('too late'))
    other = make('other', lambda ctx: time.sleep(0.8) or passed('in time'))
    results = run([*jobs(late, timeout=0.1), *jobs(other, target=TWO)])
    assert [(one.check.id, one.outcome.status.value) for one in results] == [
        ('late', 'Failed'),
        ('other', 'Passed'),
    ]


def until_the_deadline(outcome: Outcome) -> Check:
    """Return a check that takes all the time there is, and ends all the same."""

    def use_up(ctx: Context) -> Outcome:
        while time.monotonic() <= ctx.deadline:
            time.sleep(0.01)
        return outcome

    return replace(make('slow', use_up), grace=30.0)


def test_what_has_no_time_left_is_not_begun() -> None:
    slow = until_the_deadline(passed('', 1))
    ended = outcomes(run(jobs(slow, make('second', None, slow), timeout=0.1)))
    assert ended['slow'].status is Status.PASSED
    assert (ended['second'].problem.code, ended['second'].problem.reason) == (
        'CHECK_TIMEOUT_ERROR',
        'NoTimeLeft',
    )
    assert '0.1 s' in ended['second'].detail


def test_what_has_no_time_left_after_a_failure_is_skipped() -> None:
    slow = until_the_deadline(failed(PROBLEM, 'that is why', 1))
    ended = outcomes(run(jobs(slow, make('second', None, slow), timeout=0.1)))
    assert ended['slow'].status is Status.FAILED and ended['second'].status is Status.SKIPPED
    assert 'had elapsed' in ended['second'].detail


def test_the_deadline_is_set_when_a_targets_first_check_starts() -> None:
    deadlines: dict[str, float] = {}

    def look(name: str) -> Any:
        return lambda ctx, *values: (
            deadlines.update({name: ctx.deadline}) or passed('', time.sleep(0.05) or 1)
        )

    first = make('first', look('first'))
    second = make('second', look('second'), first)
    other = make('other', look('other'))
    since = time.monotonic()
    list(run([*jobs(first, second, timeout=5), *jobs(other, target=TWO, timeout=5)], workers=1))
    assert deadlines['first'] == deadlines['second'] == pytest.approx(since + 5, abs=0.04)
    assert deadlines['other'] >= since + 5.1


def test_independent_checks_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=5)
    together = [
        make(f'm{number}', lambda ctx: passed('', meeting.wait() + 1)) for number in range(3)
    ]
    assert set(reasons(run(jobs(*together))).values()) == {'Passed'}


@pytest.mark.parametrize('workers', [1, 2, 5])
def test_workers_are_bounded(workers: int) -> None:
    meeting, lock, busy, most = threading.Barrier(workers, timeout=10), threading.Lock(), [0], [0]

    def work(ctx: Context) -> Outcome:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        meeting.wait()  # so many must be at work at once for any to go on
        with lock:
            busy[0] -= 1
        return passed('')

    results = list(run(jobs(*(make(f'w{number}', work) for number in range(20))), workers=workers))
    assert [result.outcome.status for result in results] == [Status.PASSED] * 20
    assert most[0] == workers


def test_an_abandoned_worker_is_replaced(stuck: threading.Event) -> None:
    hung = make('hung', lambda ctx: stuck.wait() and passed(''))
    ended = reasons(run([*jobs(hung, timeout=0.1), *jobs(A, target=TWO)], workers=1))
    assert ended == {'hung': 'StillRunning', 'a': 'Passed'}


def test_the_registry_that_started_first_goes_first() -> None:
    order: list[tuple[str, str]] = []

    def note(name: str) -> Any:
        return lambda ctx, *values: order.append((ctx.target.name, name)) or passed('')

    first = make('first', note('first'))
    second = make('second', note('second'), first)
    one, two = context(ONE), context(TWO)
    list(run([Job(first, one), Job(first, two), Job(second, two), Job(second, one)], workers=1))
    assert order == [
        ('registryone', 'first'),
        ('registryone', 'second'),
        ('registrytwo', 'first'),
        ('registrytwo', 'second'),
    ]


def test_what_a_result_brings_is_run_behind_what_is_there() -> None:
    order: list[str] = []

    def note(name: str, value: Any = True) -> Any:
        return lambda ctx, *values: order.append(name) or passed('', value)

    found, there = (
        make('found', note('found'), per='machine'),
        make('there', note('there'), per='machine'),
    )
    mine = make('mine', lambda ctx, value: note(ctx.target.name, value)(ctx), found)
    last = make('last', note('last'), mine)

    def more(result: Result) -> list[Job]:
        brought = [*jobs(mine, last), *jobs(mine, target=TWO)] if result.check is found else []
        return brought + (jobs(A, target=TWO) if result.check is last else [])

    results = list(run(jobs(found, there, target=None), workers=1, more=more))
    assert order == ['found', 'there', 'registryone', 'last', 'registrytwo']
    assert {(one.target, one.check.id) for one in results} >= {
        (TWO, 'mine'),
        (TWO, 'a'),
        (ONE, 'last'),
    }
    assert all(one.outcome.status is Status.PASSED for one in results) and len(results) == 6


def test_many_registries_cost_each_what_one_costs() -> None:
    chain = [make('c0')]
    for number in range(1, 30):
        chain.append(make(f'c{number}', None, chain[-1]))
    looked: list[int] = []

    class Counted(Target):
        def __hash__(self) -> int:
            looked.append(1)
            return hash(self.name)

    def cost(count: int) -> int:
        looked.clear()
        many = [
            job
            for number in range(count)
            for job in jobs(*chain, target=Counted(f'registry{number}'))
        ]
        assert len(list(run(many))) == 30 * count
        return len(looked) // count

    assert cost(60) <= cost(10) * 1.2


def test_machine_rows_serve_every_registry() -> None:
    machine = make('machine', lambda ctx: time.sleep(0.05) or passed('', 'ours'), per='machine')
    mine = make('mine', lambda ctx, value: passed('', (ctx.target.name, value)), machine)
    results = list(run([*jobs(mine), *jobs(mine, target=TWO), *jobs(machine, target=None)]))
    assert results[0].target is None and {one.target for one in results[1:]} == {ONE, TWO}
    assert {one.outcome.value for one in results[1:]} == {
        ('registryone', 'ours'),
        ('registrytwo', 'ours'),
    }


def test_known_results_serve_and_are_not_given_again() -> None:
    needs_a = make('b', lambda ctx, value: passed('', f'saw {value}'), A)
    results = list(run(jobs(needs_a), known=[Result(A, None, passed('', 'known'))]))
    assert [(one.check.id, one.outcome.value) for one in results] == [('b', 'saw known')]


def test_a_known_result_of_one_registry_is_none_of_anothers() -> None:
    needs_a = make('b', None, A)
    assert outcomes(run(jobs(needs_a, target=TWO), known=[Result(A, ONE, passed(''))]))[
        'b'
    ].detail == ("requires the `a` check, which wasn't selected")


def test_its_own_result_comes_before_the_machines() -> None:
    needs_a = make('b', lambda ctx, value: passed('', value), A)
    known = [Result(A, None, passed('', 'machine')), Result(A, ONE, passed('', 'own'))]
    assert outcomes(run(jobs(needs_a), known=known))['b'].value == 'own'


def test_nothing_to_do() -> None:
    assert not list(run([]))


def test_results_come_as_they_end() -> None:
    slow = make('slow', lambda ctx: time.sleep(0.1) or passed(''))
    assert [one.check.id for one in run(jobs(slow, A))] == ['a', 'slow']
    assert all(one.duration >= 0 for one in run(jobs(A)))


ENDS = {
    'passed': passed('', 1),
    'failed': failed(PROBLEM, ''),
    'kept': failed(PROBLEM, '', 1),
    'skipped': not_applicable(''),
}


@st.composite
def graphs(draw: Any) -> list[Job]:
    """Draw checks with prerequisites, some crashing, and jobs of them for three targets."""
    checks: list[Check] = []
    for number in range(draw(st.integers(1, 8))):
        several = (
            st.lists(st.sampled_from(checks), max_size=3, unique=True) if checks else st.just([])
        )
        end = draw(st.sampled_from([*ENDS, 'crash']))
        act = (
            (lambda ctx, *values: 1 / 0)
            if end == 'crash'
            else (lambda ctx, *values, end=end: ENDS[end])
        )
        checks.append(make(f'c{number}', act, *draw(several), after=tuple(draw(several))))
    chosen: list[Job] = []
    for target in (None, ONE, TWO):
        shared = context(target)
        chosen += [
            Job(check, shared, draw(st.sampled_from([None, None, None, 'left out'])))
            for check in checks
            if draw(st.booleans())
        ]
    return draw(st.permutations(chosen))


@given(graphs(), st.integers(1, 4))
def test_every_job_of_any_graph_gets_exactly_one_row(graph: list[Job], workers: int) -> None:
    results = list(run(graph, workers))
    assert len(results) == len(graph)
    assert {(one.target, one.check) for one in results} == {
        (job.context.target, job.check) for job in graph
    }
    place = {(one.target, one.check): number for number, one in enumerate(results)}
    for job in graph:
        target, number = job.context.target, place[(job.context.target, job.check)]
        for need in job.check.needs:
            before = place.get((target, need), place.get((None, need)))
            outcome = results[number].outcome
            if outcome.status is not Status.SKIPPED:
                assert (
                    before is not None
                    and before < number
                    and results[before].outcome.value is not None
                )


def test_a_registrys_connections_are_closed_when_its_last_check_ends() -> None:
    probes, seen = OnlyConnections(), list[tuple[int, int]]()

    def look(ctx: Context) -> Outcome:
        own = probes.opened.index(ctx.connections)  # type: ignore[arg-type]
        seen.append((own, sum(connections.closed for connections in probes.opened)))
        return passed('fine')

    first, second = make('first', look), make('second', look)
    pairs = [(target, context(target, probes=probes)) for target in (ONE, TWO)]
    jobs = [Job(check, shared) for _, shared in pairs for check in (first, second)]
    list(run(jobs, workers=1))
    assert seen == [(0, 0), (0, 0), (1, 1), (1, 1)]
    assert [connections.closed for connections in probes.opened] == [1, 1]


def test_a_registry_without_a_check_that_runs_opens_nothing() -> None:
    probes = OnlyConnections()
    list(run([Job(make('a'), context(probes=probes), 'left out')]))
    assert probes.opened == []


def test_the_connections_of_an_abandoned_check_are_closed(stuck: threading.Event) -> None:
    probes = OnlyConnections()
    waits = make('waits', lambda ctx: passed('late') if stuck.wait(20) else passed('never'))
    list(run([Job(waits, context(timeout=0.05, probes=probes))]))
    assert [connections.closed for connections in probes.opened] == [1]


def test_a_cluster_gets_values_of_its_own_its_registry_s_and_the_machine_s() -> None:
    pair = ONE._replace(cluster=Cluster('aks1'))
    machine = make('machine', lambda ctx: passed('', 'of the machine'), per='machine')
    registry = make('registry', lambda ctx: passed('', 'of the registry'))
    own = make('own', lambda ctx: passed('', 'of the cluster'), per='cluster')
    last = make('last', lambda ctx, *values: passed('', values), own, registry, machine)
    probes = OnlyConnections()
    contexts = {target: context(target, probes=probes) for target in (None, ONE, TWO, pair)}
    others = [Job(registry, contexts[TWO]), Job(registry, contexts[ONE])]
    ended = run(
        [Job(last, contexts[pair]), Job(own, contexts[pair]), *others, Job(machine, contexts[None])]
    )
    values = {(result.target, result.check): result.outcome.value for result in ended}
    assert values[pair, last] == ('of the cluster', 'of the registry', 'of the machine')
    assert [connections.closed for connections in probes.opened] == [1] * 4


class Value:
    """Something large that a check leaves for others."""


def test_values_of_a_registry_end_with_its_last_check() -> None:
    left: dict[str, Any] = {}

    def leave(ctx: Context) -> Outcome:
        value = Value()
        assert ctx.target
        left[ctx.target.name] = weakref.ref(value)
        return passed('', value)

    first = make('first', leave)
    last = make('last', lambda ctx, value: passed(type(value).__name__, 'used'), first)
    pair = ONE._replace(cluster=Cluster('aks1'))
    own = make('own', lambda ctx, value: passed(type(value).__name__), first, per='cluster')
    contexts = {target: context(target) for target in (ONE, TWO, pair)}
    registries = [Job(check, contexts[target]) for target in (ONE, TWO) for check in (first, last)]
    seen = {}
    for result in run([*registries, Job(own, contexts[pair])], workers=1):
        seen[result.target, result.check.id] = result.outcome.detail
        del result
        gc.collect()
        if len(seen) == 4:
            assert left[ONE.name]() and not left[TWO.name](), 'the cluster needs that of ONE'
    assert seen[pair, 'own'] == seen[ONE, 'last'] == seen[TWO, 'last'] == 'Value'
