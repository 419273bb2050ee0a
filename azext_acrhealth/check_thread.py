# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run a check in a thread; its outcome arrives in a queue, or that there was no memory for one."""

from __future__ import annotations

import queue
import traceback
import weakref
from functools import partial
from typing import Any

from azext_acrhealth.catalogue.internal import LIMITS, OUT_OF_MEMORY, UNEXPECTED
from azext_acrhealth.machine_limits import limit_of
from azext_acrhealth.model import Check, Context, Job, Outcome, failed
from azext_acrhealth.options import Target
from azext_acrhealth.protocols import LimitReached
from azext_acrhealth.threads import start

Key = tuple[Target | None, Check]


class _RunMarker:
    """An object that only the thread of a check and its event refer to."""


RunReference = weakref.ref[_RunMarker]
# A job's outcome, with its marker; or, if there was no memory for that, the reference to the
# marker of a check that has ended.
Event = tuple[Key, Outcome, _RunMarker | None] | RunReference

# The result if describing an error fails for lack of memory.
NO_MEMORY = failed(OUT_OF_MEMORY, 'out of memory')


def key_of(job: Job) -> Key:
    """Return what tells a job from the others of a run."""
    return (job.context.target, job.check)


def start_check(
    job: Job, context: Context, values: list[Any], events: queue.SimpleQueue[Event]
) -> RunReference:
    """Start a job in a thread, and return a reference to its marker. Raises LimitReached.

    While the reference is kept, it arrives in the queue once the marker is gone: a thread needs no
    memory for that.
    """
    marker = _RunMarker()
    reference = weakref.ref(marker, events.put)
    start(partial(_work, job, context, values, events, marker))
    return reference


def limit_outcome(limit: LimitReached) -> Outcome:
    """Return the outcome of a check that a limit of this machine stopped."""
    return failed(LIMITS[limit.kind], str(limit))


def _work(
    job: Job,
    context: Context,
    values: list[Any],
    events: queue.SimpleQueue[Event],
    marker: _RunMarker,
) -> None:
    outcome: Any = None
    try:
        outcome = job.check.run(context, *values)
    # Law 1 of the design: any exception inside a check becomes that check's row.
    except Exception as error:  # pylint: disable=broad-except
        outcome = NO_MEMORY
        outcome = _outcome_of(error, job.check)
    finally:
        # SystemExit and its like end the thread; the row must come all the same.
        if not isinstance(outcome, Outcome):
            outcome = _crash(job.check, f'the check returned no result: {outcome!r}', None)
        events.put((key_of(job), outcome, marker))


def _outcome_of(error: Exception, check: Check) -> Outcome:
    limit = limit_of(error)
    if limit:
        return limit_outcome(limit)
    text = f'{type(error).__name__}: {error}'
    return _crash(check, text, traceback.extract_tb(error.__traceback__))


def _crash(check: Check, text: str, stack: traceback.StackSummary | None) -> Outcome:
    where = [f'{frame.name}:{frame.lineno}' for frame in stack or ()][-3:]
    return failed(UNEXPECTED, text, placeholders={'check': check.id}, where=where)
