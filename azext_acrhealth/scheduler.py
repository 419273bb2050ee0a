# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a graph of checks: prerequisites first, side by side, each ended by its deadline, a crash turned into a row."""

from __future__ import annotations

import heapq
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from azext_acrhealth.catalogue.internal import NOT_STARTED, STILL_RUNNING, UNEXPECTED
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
from azext_acrhealth.options import Target

WORKERS = 32
LONGEST_WAIT = 3600.0

Key = tuple[Target | None, Check]


def run(
    jobs: Iterable[Job],
    workers: int = WORKERS,
    known: Iterable[Result] = (),
    more: Callable[[Result], Iterable[Job]] = lambda _: (),
) -> Iterator[Result]:
    """Yield each job's result as it ends.

    `known` results serve as prerequisites and are not yielded again.

    `more` gives the jobs that a result brings with it.
    """
    schedule = _Schedule({(result.target, result.check): result.outcome for result in known})
    schedule.add(jobs)
    while True:
        for result in schedule.settle():
            schedule.add(more(result))
            yield result
        schedule.start(workers)
        if not schedule.running:
            return
        schedule.wait()


@dataclass
class _Entry:
    """A job on the board: what it waits for, and its rank.

    Those of a registry rank with the first of them.
    """

    job: Job
    rank: tuple[int, int]
    wanted: list[Key | None] = field(default_factory=list)
    ready: bool = False


class _Schedule:
    """The state of a run. Only the caller's thread touches it.

    The checks' threads speak through the queue.
    """

    def __init__(self, done: dict[Key, Outcome]) -> None:
        self.done = done
        self.failing: set[Target | None] = set()
        self.count = 0
        self.firsts: dict[int, int] = {}  # the rank of each context's first job
        self.places: dict[Key, _Entry] = {}  # those that have not ended
        self.dependants: dict[Key, list[Key]] = {}
        self.moved: deque[Key] = deque()  # those for which something has changed
        self.ready: list[tuple[tuple[int, int], Key, list[Any]]] = []
        self.running: dict[Key, tuple[Job, float, float]] = {}
        self.contexts: dict[int, Context] = {}
        self.results: deque[Result] = deque()
        self.ended: queue.SimpleQueue[tuple[Key, Outcome]] = queue.SimpleQueue()

    def add(self, jobs: Iterable[Job]) -> None:
        """Put jobs on the board, behind those that are there."""
        places = []
        for job in jobs:
            first = self.firsts.setdefault(id(job.context), self.count)
            places.append(_Entry(job, (first, self.count)))
            self.places[_key(job)] = places[-1]
            self.count += 1
        for place in places:
            for check in place.job.check.needs + place.job.check.either + place.job.check.after:
                keys = ((place.job.context.target, check), (None, check))
                key = next((one for one in keys if one in self.done or one in self.places), None)
                place.wanted.append(key)
                if key in self.places:
                    self.dependants.setdefault(key, []).append(_key(place.job))
            self.moved.append(_key(place.job))

    def settle(self) -> Iterator[Result]:
        """Return what has ended, and a row to every job that cannot run.

        Those whose turn it is become ready.
        """
        while self.results or self.moved:
            while self.results:
                yield self.results.popleft()
            if self.moved:
                self._judge(self.moved.popleft())

    def _judge(self, key: Key) -> None:
        place = self.places.get(key)
        if place is None or place.ready:
            return
        wanted = [self.done.get(one, _PENDING) if one else None for one in place.wanted]
        why = place.job.skip or _obstacle(place.job.check, wanted)
        if why is not None:
            self._end(key, not_applicable(why), 0.0)
        elif _PENDING not in wanted:
            values = [outcome.value if isinstance(outcome, Outcome) else None for outcome in wanted]
            place.ready = True
            heapq.heappush(self.ready, (place.rank, key, values))

    def _end(self, key: Key, outcome: Outcome, duration: float) -> None:
        self.done[key] = outcome
        del self.places[key]
        if outcome.status is Status.FAILED:
            self.failing.add(key[0])
        self.results.append(Result(key[1], key[0], outcome, duration))
        self.moved.extend(self.dependants.pop(key, ()))

    def start(self, workers: int) -> None:
        """Start ready jobs, those of the target that began first before the others."""
        while self.ready and len(self.running) < workers:
            _, key, values = heapq.heappop(self.ready)
            job, now = self.places[key].job, time.monotonic()
            context = self.contexts.setdefault(
                id(job.context), replace(job.context, deadline=now + job.context.options.timeout)
            )
            self.running[key] = (job, now, context.deadline)
            why = self._too_late(job, context, now)
            if why is not None:
                self.ended.put((key, why))
                continue
            try:
                threading.Thread(
                    target=_work,
                    args=(job, context, values, self.ended),
                    daemon=True,
                    name=f'acrhealth {job.check.id}',
                ).start()
            except RuntimeError as error:  # the system has no thread left
                self.ended.put((key, _crash(job.check, str(error), None)))

    def _too_late(self, job: Job, context: Context, now: float) -> Outcome | None:
        """Return the row of a check that the time does not reach: Failed, unless the one that used it up says why."""
        if now < context.deadline:
            return None
        used = f'the {context.options.timeout:g} s of --timeout were used up before it began'
        if job.context.target in self.failing:
            return not_applicable(used)
        return failed(NOT_STARTED, used, placeholders={'check': job.check.id})

    def wait(self) -> None:
        """Wait for the next end.

        A check that outlives its deadline gets its row, and its thread is abandoned.
        """
        # A check's own limits end with the run's; one that is still busy after its grace has lost
        # its way.
        first = min(deadline + job.check.grace for job, _, deadline in self.running.values())
        try:
            # A --timeout of centuries is longer than any wait that the system can be asked for.
            key, outcome = self.ended.get(
                timeout=min(max(0.0, first - time.monotonic()), LONGEST_WAIT)
            )
        except queue.Empty:
            now = time.monotonic()
            for key, (job, since, deadline) in list(self.running.items()):
                if now >= deadline + job.check.grace:
                    del self.running[key]
                    seconds = f'{now - since:.0f} s'
                    self._end(
                        key,
                        failed(
                            STILL_RUNNING,
                            f'no result after {seconds}',
                            placeholders={'check': job.check.id},
                        ),
                        now - since,
                    )
            return
        if key in self.running:
            _, since, _ = self.running.pop(key)
            self._end(key, outcome, time.monotonic() - since)


_PENDING = object()


def _key(job: Job) -> Key:
    return (job.context.target, job.check)


def _obstacle(check: Check, wanted: Sequence[Any]) -> str | None:
    for need, outcome in zip(check.needs, wanted):
        if outcome is None:
            return f'needs {need.id}, which was not selected'
        if isinstance(outcome, Outcome) and outcome.value is None:
            how = {Status.FAILED: 'failed', Status.SKIPPED: 'was skipped'}.get(
                outcome.status, 'found nothing to use'
            )
            return f'needs {need.id}, which {how}'
    others = wanted[len(check.needs) : len(check.needs) + len(check.either)]
    if others and all(
        one is None or isinstance(one, Outcome) and one.value is None for one in others
    ):
        return f'needs {" or ".join(one.id for one in check.either)}, which gave nothing to use'
    return None


def _work(
    job: Job, context: Context, values: list[Any], ended: queue.SimpleQueue[tuple[Key, Outcome]]
) -> None:
    outcome: Any = None
    try:
        outcome = job.check.run(context, *values)
    # law 1: any trouble of a check is that check's row
    except Exception as error:  # pylint: disable=broad-except
        outcome = _crash(
            job.check, f'{type(error).__name__}: {error}', traceback.extract_tb(error.__traceback__)
        )
    finally:
        # SystemExit and its like end the thread; the row must come all the same.
        if not isinstance(outcome, Outcome):
            outcome = _crash(job.check, f'ended without an outcome: {outcome!r}', None)
        ended.put((_key(job), outcome))


def _crash(check: Check, what: str, stack: traceback.StackSummary | None) -> Outcome:
    where = [f'{frame.name}:{frame.lineno}' for frame in stack or ()][-3:]
    return failed(UNEXPECTED, what, placeholders={'check': check.id}, where=where)
