# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a graph of checks in parallel: prerequisites first, each within its deadline."""

from __future__ import annotations

import heapq
import queue
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from azext_acrhealth import check_thread
from azext_acrhealth.catalogue.internal import LIMITS, NOT_STARTED, STILL_RUNNING
from azext_acrhealth.check_thread import Event, Key, RunReference, key_of
from azext_acrhealth.interruption import next_item
from azext_acrhealth.model import (
    Check,
    Context,
    Job,
    Outcome,
    Result,
    Status,
    failed,
    not_applicable,
)
from azext_acrhealth.options import Target, scopes
from azext_acrhealth.prerequisites import PENDING, skip_reason
from azext_acrhealth.protocols import LimitReached

WORKERS = 32
# Seconds of one wait, after which the progress is shown again.
LONGEST_WAIT = 0.5


def run(
    jobs: Iterable[Job],
    workers: int = WORKERS,
    known: Iterable[Result] = (),
    more: Callable[[Result], Iterable[Job]] = lambda _: (),
    watch: Callable[[Iterable[Job]], None] = lambda _: None,
) -> Iterator[Result]:
    """Yield each job's result as it ends.

    `known` results serve as prerequisites and are not yielded again. `more` returns the jobs that
    a result adds. `watch` is called with the jobs that are running, twice a second and whenever
    these change.
    """
    schedule = _Schedule({(result.target, result.check): result.outcome for result in known})
    schedule.add(jobs)
    while True:
        for result in schedule.settle():
            schedule.add(more(result))
            yield result
        schedule.start(workers)
        watch(running.job for running in schedule.running.values())
        if not schedule.running:
            return
        schedule.wait()


class _Entry:
    """A job, its prerequisites, how many of them are pending, and its rank: first its target's."""

    def __init__(self, job: Job, rank: tuple[int, int]) -> None:
        self.job, self.rank = job, rank
        self.prerequisites: list[Key | None] = []
        self.pending, self.ready = 0, False


class _Running(NamedTuple):
    """A job under way. `started` and `deadline` are instants of `time.monotonic()`."""

    job: Job
    started: float
    deadline: float

    @property
    def abandoned_at(self) -> float:
        """Return when the job is left behind: a check's own limits end with the run's."""
        return self.deadline + self.job.check.grace


class _Schedule:
    """The state of a run. The caller's thread owns it; the checks' threads use the queue."""

    def __init__(self, done: dict[Key, Outcome]) -> None:
        self.done = done
        self.running: dict[Key, _Running] = {}
        self._failing: set[Target | None] = set()
        self._count = 0
        self._first_ranks: dict[int, int] = {}  # by the ID of the context
        self._entries: dict[Key, _Entry] = {}  # jobs that have not ended
        self._dependents: dict[Key, list[Key]] = {}
        self._changed: deque[Key] = deque()  # jobs whose prerequisites have changed
        self._ready: list[tuple[tuple[int, int], Key, list[Any]]] = []
        self._contexts: dict[int, Context] = {}  # those that have begun, by their ID
        self._checks: set[Check] = set()  # of all jobs
        self._with_clusters: set[Target] = set()  # registries
        self._left: Counter[int] = Counter()  # jobs that have not ended, by the ID of the context
        self._results: deque[Result] = deque()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._runs: dict[Key | None, RunReference] = {}
        self._ends: list[tuple[float, tuple[int, int], Key]] = []  # of jobs that have started
        self._most_running: int | None = None  # fewer than wanted, where threads are scarce

    def add(self, jobs: Iterable[Job]) -> None:
        """Add jobs, ranked behind those that are there."""
        entries = []
        for job in jobs:
            first = self._first_ranks.setdefault(id(job.context), self._count)
            entry = _Entry(job, (first, self._count))
            entries.append(entry)
            self._entries[key_of(job)] = entry
            self._checks.add(job.check)
            if job.context.target and job.context.target.cluster:
                self._with_clusters.add(job.context.target.registry)
            self._count += 1
            self._left[id(job.context)] += 1
        for entry in entries:
            check, nearest_first = entry.job.check, scopes(entry.job.context.target)
            for prerequisite in check.needs + check.either + check.after:
                key = self._find(nearest_first, prerequisite)
                entry.prerequisites.append(key)
                if key in self._entries:
                    self._dependents.setdefault(key, []).append(key_of(entry.job))
                    entry.pending += 1
            self._changed.append(key_of(entry.job))

    def _find(self, nearest_first: Iterable[Target | None], check: Check) -> Key | None:
        """Return the key of a prerequisite in the nearest scope that has it, else None."""
        for scope in nearest_first:
            key = (scope, check)
            if key in self._entries or key in self.done:
                return key
        return None

    def settle(self) -> Iterator[Result]:
        """Yield what has ended, and a row for every job that can't run; mark jobs as ready."""
        while self._results or self._changed:
            while self._results:
                yield self._results.popleft()
            if self._changed:
                self._judge(self._changed.popleft())

    def _judge(self, key: Key) -> None:
        entry = self._entries.get(key)
        if entry is None or entry.ready:
            return
        outcomes = [
            self.done.get(prerequisite, PENDING) if prerequisite else None
            for prerequisite in entry.prerequisites
        ]
        reason = entry.job.skip or skip_reason(entry.job.check, outcomes)
        if reason is not None:
            self._end(key, not_applicable(reason), 0.0)
        elif PENDING not in outcomes:
            values = [
                outcome.value if isinstance(outcome, Outcome) else None for outcome in outcomes
            ]
            entry.ready = True
            heapq.heappush(self._ready, (entry.rank, key, values))

    def _end(self, key: Key, outcome: Outcome, duration: float) -> None:
        self.done[key] = outcome
        context = id(self._entries.pop(key).job.context)
        self._left[context] -= 1
        if not self._left[context]:
            # Another context may get this ID.
            del self._left[context], self._first_ranks[context]
            if context in self._contexts:
                self._contexts.pop(context).connections.close()
            self._forget(key[0])
        if outcome.status is Status.FAILED:
            self._failing.add(key[0])
        self._results.append(Result(key[1], key[0], outcome, duration))
        for dependent in self._dependents.pop(key, ()):
            entry = self._entries.get(dependent)
            if entry:
                entry.pending -= 1
                # Only an outcome without a value can rule the job out early.
                if not entry.pending or outcome.value is None:
                    self._changed.append(dependent)

    def _forget(self, target: Target | None) -> None:
        """Forget the values of a registry, tokens and responses, unless checks of clusters follow.

        A registry's checks and those of its clusters are added together.
        """
        if target and target.registry not in self._with_clusters:
            for check in self._checks:
                self.done.pop((target, check), None)

    def start(self, workers: int) -> None:
        """Start ready jobs, those of the target that began first before the others."""
        while self._ready and len(self.running) < min(workers, self._most_running or workers):
            rank, key, values = heapq.heappop(self._ready)
            job, now = self._entries[key].job, time.monotonic()
            context = self._begun(job.context, now)
            self.running[key] = running = _Running(job, now, context.deadline)
            heapq.heappush(self._ends, (running.abandoned_at, rank, key))
            late = self._too_late(job, context, now)
            if late is not None:
                self._events.put((key, late, None))
                continue
            try:
                self._runs[key] = check_thread.start_check(job, context, values, self._events)
            except LimitReached as limit:
                if len(self.running) == 1:
                    self._events.put((key, check_thread.limit_outcome(limit), None))
                    continue
                del self.running[key]
                self._run_fewer()
                heapq.heappush(self._ready, (rank, key, values))

    def _begun(self, context: Context, now: float) -> Context:
        """Return a context with its deadline and connections, from its first job to its last."""
        if id(context) not in self._contexts:
            self._contexts[id(context)] = context._replace(
                deadline=now + context.options.timeout,
                connections=context.probes.host_connections(),
            )
        return self._contexts[id(context)]

    def _too_late(self, job: Job, context: Context, now: float) -> Outcome | None:
        """Return the row of a check that has no time left: Failed, unless another row says why."""
        if now < context.deadline:
            return None
        used = f'not started: the {context.options.timeout:g} s of --timeout had elapsed'
        if job.context.target in self._failing:
            return not_applicable(used)
        return failed(NOT_STARTED, used, placeholders={'check': job.check.id})

    def wait(self) -> None:
        """Wait for the next end; abandon the threads of checks that outlive their deadline."""
        try:
            # With many registries, an event is mostly there already.
            event = self._events.get_nowait()
        except queue.Empty:
            try:
                seconds = min(max(0.0, self._first_end() - time.monotonic()), LONGEST_WAIT)
                event = next_item(self._events, seconds)
            except queue.Empty:
                self._abandon_late(time.monotonic())
                return
        self._handle(event)
        with suppress(queue.Empty):
            while True:
                self._handle(self._events.get_nowait())

    def _first_end(self) -> float:
        """Return the instant at which the first running job is to be abandoned."""
        while self._ends[0][2] not in self.running:
            heapq.heappop(self._ends)
        return self._ends[0][0]

    def _handle(self, event: Event) -> None:
        if isinstance(event, weakref.ref):
            key = next((key for key, run in self._runs.items() if run is event), None)
            outcome = check_thread.NO_MEMORY
        else:
            key, outcome, _ = event
        # The marker of the event is gone after its reference, which thus doesn't arrive.
        self._runs.pop(key, None)
        if key in self.running:
            running = self.running.pop(key)
            if outcome.problem in LIMITS.values():
                self._run_fewer()
            self._end(key, outcome, time.monotonic() - running.started)

    def _run_fewer(self) -> None:
        """Run half as many checks at once: each needs threads, files and memory of its own."""
        self._most_running = max(1, len(self.running) // 2)

    def _abandon_late(self, now: float) -> None:
        for key, running in list(self.running.items()):
            if now < running.abandoned_at:
                continue
            del self.running[key]
            seconds = now - running.started
            outcome = failed(
                STILL_RUNNING,
                f'no result after {seconds:.0f} s',
                placeholders={'check': running.job.check.id},
            )
            self._end(key, outcome, seconds)
