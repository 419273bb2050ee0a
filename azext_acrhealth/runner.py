# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a graph of checks: prerequisites first, side by side, each ended by its deadline, a crash turned into a row."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from dataclasses import replace
from typing import Any, Iterable, Iterator, Sequence

from azext_acrhealth.catalogue.internal import NOT_STARTED, STILL_RUNNING, UNEXPECTED
from azext_acrhealth.model import Check, Context, Job, Outcome, Result, Status, failed, not_applicable
from azext_acrhealth.options import Target

WORKERS = 32
LONGEST_WAIT = 3600.0

Key = tuple[Target | None, Check]


def run(jobs: Sequence[Job], workers: int = WORKERS, known: Iterable[Result] = ()) -> Iterator[Result]:
    """Yield each job's result as it ends; `known` results serve as prerequisites and are not yielded again."""
    board = _Board(jobs, {(result.target, result.check): result.outcome for result in known})
    while True:
        yield from board.settle()
        board.start(workers)
        if not board.running:
            return
        yield from board.wait()


class _Board:
    """The state of a run. Only the caller's thread touches it; the checks' threads speak through the queue."""

    def __init__(self, jobs: Sequence[Job], done: dict[Key, Outcome]) -> None:
        self.done = done
        self.waiting = list(enumerate(jobs))
        self.ready: list[tuple[int, Job, list[Any]]] = []
        self.running: dict[Key, tuple[Job, float, float]] = {}
        self.contexts: dict[int, Context] = {}
        self.ended: queue.SimpleQueue[tuple[Key, Outcome]] = queue.SimpleQueue()

    def settle(self) -> Iterator[Result]:
        """Give a row to every job that cannot run, and move those whose prerequisites have ended to `ready`."""
        moved = True
        while moved:
            moved = False
            pending = {_key(job) for job in (*(item[1] for item in self.waiting), *(item[1] for item in self.ready))}
            pending.update(self.running)
            for item in list(self.waiting):
                rank, job = item
                wanted = [self._find(job, check, pending) for check in
                          job.check.needs + job.check.either + job.check.after]
                why = job.skip or _obstacle(job.check, wanted)
                if why is None and _PENDING in wanted:
                    continue
                moved = True
                self.waiting.remove(item)
                if why is not None:
                    yield self._end(_key(job), not_applicable(why), 0.0)
                else:
                    values = [outcome.value if isinstance(outcome, Outcome) else None for outcome in wanted]
                    self.ready.append((rank, job, values))

    def _find(self, job: Job, check: Check, pending: set[Key]) -> Any:
        for key in ((job.context.target, check), (None, check)):
            if key in self.done:
                return self.done[key]
            if key in pending:
                return _PENDING
        return None

    def _end(self, key: Key, outcome: Outcome, duration: float) -> Result:
        self.done[key] = outcome
        return Result(key[1], key[0], outcome, duration)

    def start(self, workers: int) -> None:
        """Start ready jobs, those of the target that started first before the others."""
        started = list(self.contexts)
        self.ready.sort(key=lambda item: (started.index(id(item[1].context)) if id(item[1].context) in self.contexts
                                          else len(started), item[0]))
        while self.ready and len(self.running) < workers:
            _, job, values = self.ready.pop(0)
            now = time.monotonic()
            context = self.contexts.setdefault(
                id(job.context), replace(job.context, deadline=now + job.context.options.timeout))
            self.running[_key(job)] = (job, now, context.deadline)
            why = self._too_late(job, context, now)
            if why is not None:
                self.ended.put((_key(job), why))
                continue
            try:
                threading.Thread(target=_work, args=(job, context, values, self.ended), daemon=True,
                                 name=f'acrhealth {job.check.id}').start()
            except RuntimeError as error:       # the system has no thread left
                self.ended.put((_key(job), _crash(job.check, str(error), None)))

    def _too_late(self, job: Job, context: Context, now: float) -> Outcome | None:
        """Give the row of a check that the time does not reach: Failed, unless the one that used it up says why."""
        if now < context.deadline:
            return None
        used = f'the {context.options.timeout:g} s of --timeout were used up before it began'
        if any(outcome.status is Status.FAILED for (target, _), outcome in self.done.items()
               if target == job.context.target):
            return not_applicable(used)
        return failed(NOT_STARTED, used, fill={'check': job.check.id})

    def wait(self) -> Iterator[Result]:
        """Wait for the next end; a check that outlives its deadline gets its row, and its thread is abandoned."""
        # A check's own limits end with the run's; one that is still busy after its grace has lost its way.
        first = min(deadline + job.check.grace for job, _, deadline in self.running.values())
        try:
            # A --timeout of centuries is longer than any wait that the system can be asked for.
            key, outcome = self.ended.get(timeout=min(max(0.0, first - time.monotonic()), LONGEST_WAIT))
        except queue.Empty:
            now = time.monotonic()
            for key, (job, since, deadline) in list(self.running.items()):
                if now >= deadline + job.check.grace:
                    del self.running[key]
                    seconds = f'{now - since:.0f} s'
                    yield self._end(key, failed(STILL_RUNNING, f'no result after {seconds}',
                                                fill={'check': job.check.id}), now - since)
            return
        if key in self.running:
            _, since, _ = self.running.pop(key)
            yield self._end(key, outcome, time.monotonic() - since)


_PENDING = object()


def _key(job: Job) -> Key:
    return (job.context.target, job.check)


def _obstacle(check: Check, wanted: Sequence[Any]) -> str | None:
    for need, outcome in zip(check.needs, wanted):
        if outcome is None:
            return f'needs {need.id}, which was not selected'
        if isinstance(outcome, Outcome) and outcome.value is None:
            how = {Status.FAILED: 'failed', Status.SKIPPED: 'was skipped'}.get(outcome.status, 'found nothing to use')
            return f'needs {need.id}, which {how}'
    others = wanted[len(check.needs):len(check.needs) + len(check.either)]
    if others and all(one is None or isinstance(one, Outcome) and one.value is None for one in others):
        return f'needs {" or ".join(one.id for one in check.either)}, which gave nothing to use'
    return None


def _work(job: Job, context: Context, values: list[Any], ended: queue.SimpleQueue[tuple[Key, Outcome]]) -> None:
    outcome: Any = None
    try:
        outcome = job.check.run(context, *values)
    except Exception as error:  # pylint: disable=broad-except  # law 1: any trouble of a check is that check's row
        outcome = _crash(job.check, f'{type(error).__name__}: {error}', traceback.extract_tb(error.__traceback__))
    finally:
        # SystemExit and its like end the thread; the row must come all the same.
        if not isinstance(outcome, Outcome):
            outcome = _crash(job.check, f'ended without an outcome: {outcome!r}', None)
        ended.put((_key(job), outcome))


def _crash(check: Check, what: str, stack: traceback.StackSummary | None) -> Outcome:
    where = [f'{frame.name}:{frame.lineno}' for frame in stack or ()][-3:]
    return failed(UNEXPECTED, what, fill={'check': check.id}, where=where)
