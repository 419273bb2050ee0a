# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Show the progress of a run on stderr, with the CLI's own indicator and logger."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from knack.log import get_logger

from azext_acrhealth.model import Job, Result, Status
from azext_acrhealth.options import Target
from azext_acrhealth.report import subject
from azext_acrhealth.tables import NARROWEST, cut, ellipsis

logger = get_logger(__name__)

# Names of running checks that are shown, and the columns that the CLI's indicator takes itself.
_NAMES, _INDICATOR = 3, 10


def on_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; Python has none where the shell closed it (`>&-`)."""
    return stream is not None and bool(stream.isatty())


class Progress:
    """Shows the checks that run; with several registries, also reports failing ones."""

    def __init__(self, cli_ctx: Any) -> None:
        try:
            quiet = cli_ctx.only_show_errors or cli_ctx.config.getboolean(
                'core', 'disable_progress_bar', False
            )
        except ValueError:  # configured, but neither yes nor no
            quiet = True
        self._hook = (
            None if quiet or not on_terminal(sys.stderr) else cli_ctx.get_progress_controller()
        )
        self._total, self._done = 0, 0
        self._left: Counter[Target] = Counter()
        self._failing: set[Target] = set()

    def __enter__(self) -> Progress:
        self._call('begin', message='Checking')
        return self

    def __exit__(self, *_: Any) -> None:
        self._call('end')

    def expect(self, jobs: Iterable[Job]) -> None:
        """Count jobs that will run."""
        for job in jobs:
            self._total += 1
            if job.context.target:
                self._left[job.context.target.registry] += 1

    def ended(self, result: Result) -> None:
        """Count a check that has ended, and report a registry whose first check failed."""
        target, outcome = result.target and result.target.registry, result.outcome
        self._done += 1
        if target:
            self._left[target] -= 1
        if (
            target
            and self._several
            and outcome.status is Status.FAILED
            and outcome.problem
            and target not in self._failing
        ):
            self._failing.add(target)
            logger.warning(
                '%s failed: %s (%s, %s). %s.',
                target.shown,
                result.check.id,
                outcome.problem.code,
                outcome.problem.reason,
                self._registries(),
            )

    def running(self, running: Iterable[Job]) -> None:
        """Show how many checks have ended, and the names of those that are running."""
        if not self._hook:
            return
        jobs = list(running)
        names = [_name(job, self._several) for job in jobs[:_NAMES]]
        more = [f'{len(jobs) - _NAMES} more'] if len(jobs) > _NAMES else []
        state = f'{self._done} of {self._total} checks completed'
        if self._several:
            failing = f'{len(self._failing)} failing' if self._failing else 'none failing so far'
            state = f'{self._registries()}, {failing}'
        self.show(f'{state}, running: {", ".join(names + more)}' if names else state)

    @property
    def _several(self) -> bool:
        return len(self._left) > 1

    def _registries(self) -> str:
        return (
            f'{sum(not left for left in self._left.values())} of {len(self._left)} registries done'
        )

    def show(self, message: str) -> None:
        """Show a line that the next one replaces, on one line of the terminal."""
        columns = shutil.get_terminal_size((NARROWEST, 24)).columns - _INDICATOR
        self._call('add', message=cut(message, max(columns, _INDICATOR), ellipsis()))

    def _call(self, name: str, **arguments: str) -> None:
        """Call the CLI's indicator; a terminal that was closed must not end the run."""
        if self._hook:
            with suppress(OSError, ValueError):
                getattr(self._hook, name)(**arguments)


def _name(job: Job, several: bool) -> str:
    """Return the ID of a check, with its registry and its cluster where there are several."""
    target = job.context.target
    cluster = target.cluster if target else None
    registry = target.shown if several and target else None
    return f'{job.check.id}{subject(registry, cluster.shown if cluster else None)}'
