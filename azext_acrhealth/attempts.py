# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the checks: once, or with --wait until they are healthy or can't become so."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from knack.log import get_logger

from azext_acrhealth import waiting
from azext_acrhealth.check_filter import select
from azext_acrhealth.check_thread import Key
from azext_acrhealth.checks import checks_for
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.interruption import sleep
from azext_acrhealth.model import Check, Context, Job, Probes, Result, Scope, not_applicable
from azext_acrhealth.options import Options, Target
from azext_acrhealth.progress import Progress
from azext_acrhealth.scheduler import WORKERS, run

logger = get_logger(__name__)

INTERRUPTED = 'interrupted'
NOT_IN_CLOUD_SHELL = 'not supported in Azure Cloud Shell'


class _Run:
    """The jobs of a command, and the latest result of each."""

    def __init__(
        self,
        probes: Probes,
        options: Options,
        selected: Mapping[Check, str | None],
        progress: Progress,
    ) -> None:
        self._probes, self._options = probes, options
        self._selected, self._progress = selected, progress
        self._cloud_shell = probes.in_cloud_shell()
        self._results: dict[Key, Result] = {}
        self._targets: dict[Target | None, None] = {None: None}
        self._add_targets(options.targets)

    @property
    def targets(self) -> list[Target]:
        """Return the registries named or found, also those that a later attempt didn't find."""
        return [target for target in self._targets if target and not target.cluster]

    @property
    def results(self) -> list[Result]:
        """Return the latest result of each check."""
        return list(self._results.values())

    def interrupt(self) -> None:
        """Add a row for each check that has not ended."""
        for target in self._targets:
            for job in self._jobs(target):
                interrupted = not_applicable(job.skip or INTERRUPTED)
                result = Result(job.check, target, interrupted)
                self._results.setdefault((target, job.check), result)

    def attempt(self, repeated: set[Key] | None = None) -> None:
        """Run all checks, or only the repeated ones; the results of the others serve them."""
        jobs = [job for target in tuple(self._targets) for job in self._jobs(target)]
        known: list[Result] = []
        if repeated is not None:
            jobs = [job for job in jobs if (job.context.target, job.check) in repeated]
            known = [result for key, result in self._results.items() if key not in repeated]
        self._progress.expect(jobs)
        workers = self._probes.workers(WORKERS)
        for result in run(jobs, workers, known, self._jobs_of_found, self._progress.running):
            key, kept = (result.target, result.check), self._kept(result)
            self._results[key] = waiting.carry_failure(self._results.get(key), kept)
            self._progress.ended(result)

    def _kept(self, result: Result) -> Result:
        """Return a result with True in place of its value, such as a token, unless --wait needs it.

        Another attempt may need the value.
        """
        if self._options.wait is not None or result.outcome.value is None:
            return result
        return result._replace(outcome=result.outcome._replace(value=True))

    def _jobs(self, target: Target | None) -> list[Job]:
        context = Context(target, self._options, self._probes)
        jobs = []
        for check, skip_reason in self._selected.items():
            if check.per != _scope_of(target):
                continue
            if check.category == 'environment' and self._cloud_shell:
                skip_reason = NOT_IN_CLOUD_SHELL
            if _is_context(target):
                skip_reason = _without_resource(check) or skip_reason
            jobs.append(Job(check, context, skip_reason or check.skip_reason(self._options)))
        return jobs

    def _jobs_of_found(self, result: Result) -> list[Job]:
        """Return the jobs of registries that this result found and that are new."""
        if result.check is not registries:
            return []
        found = result.outcome.value or ()
        new = self._add_targets(target for target in found if target not in self._targets)
        jobs = [job for target in new for job in self._jobs(target)]
        self._progress.expect(jobs)
        return jobs

    def _add_targets(self, found: Iterable[Target]) -> list[Target]:
        """Add registries, each alone and with every cluster, and return what was added."""
        new = [
            entry
            for target in found
            for entry in (
                target,
                *(target._replace(cluster=named) for named in self._options.clusters),
            )
        ]
        self._targets.update(dict.fromkeys(new))
        return new


def _is_context(target: Target | None) -> bool:
    return bool(target and target.cluster and target.cluster.is_context)


def _without_resource(check: Check) -> str | None:
    """Return why a check can't run for a context of kubectl, if it can't."""
    from azext_acrhealth.checks.cluster.cluster import cluster
    from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull
    from azext_acrhealth.checks.cluster.cluster_resource import NO_RESOURCE

    return None if check in (cluster, cluster_pull) else NO_RESOURCE


def _scope_of(target: Target | None) -> Scope:
    if target is None:
        return 'machine'
    return 'cluster' if target.cluster else 'registry'


class RunResult(NamedTuple):
    """What a command's attempts found.

    `wait` is the report's (None without --wait), `interrupt` what ended the run early, if anything.
    """

    results: list[Result]
    targets: list[Target]
    wait: dict[str, Any] | None
    interrupt: KeyboardInterrupt | None = None


def run_attempts(cli_ctx: Any, probes: Probes, options: Options) -> RunResult:
    """Run the checks once, or with --wait until they are healthy, can't become so, or time is up.

    An interrupted run has the results until then.
    """
    selected = dict(select(checks_for(options), options.only, options.skip))
    selected.pop(registries, None)
    if options.selection:  # the row that says which registries were found is never left out
        selected = {registries: None, **selected}
    if selected.get(refresh_token, 'left out') is None and not options.username:
        probes.expect_sign_in()
    progress = Progress(cli_ctx)
    running, waiter = _Run(probes, options, selected, progress), _Waiter(options)
    try:
        with progress:
            running.attempt()
            while waiter.waits(running.results, len(running.results) > len(selected), progress):
                probes.forget_failures()
                running.attempt(waiting.to_repeat(running.results, options.strict))
    except KeyboardInterrupt as interrupt:
        running.interrupt()
        return RunResult(running.results, running.targets, waiter.summary(None), interrupt)
    return RunResult(running.results, running.targets, waiter.summary(running.results))


class _Waiter:
    """Waits between the attempts of --wait, and counts them."""

    def __init__(self, options: Options) -> None:
        self._wait, self._strict = options.wait, options.strict
        self._started, self._attempts = time.monotonic(), 1

    def waits(self, results: Sequence[Result], several: bool, progress: Progress) -> bool:
        """Wait for the next attempt; return False if there is none."""
        unhealthy = waiting.unhealthy(results, self._strict)
        left = self._started + (self._wait or 0) - time.monotonic()
        if self._wait is None or not unhealthy or left <= 0:
            return False
        if not waiting.all_transient(unhealthy):
            return False
        pause = min(waiting.pause(self._attempts, unhealthy), left)
        text = waiting.describe(unhealthy, several)
        logger.warning(
            'Attempt %d: waiting for %s. Next attempt in %.0f s; %.0f s of --wait remaining.',
            self._attempts,
            text,
            pause,
            left,
        )
        progress.show(f'waiting for {text}')
        sleep(pause)
        self._attempts += 1
        return True

    def summary(self, results: Sequence[Result] | None) -> dict[str, Any] | None:
        """Return the report's `wait`; `results` are None when the run was interrupted."""
        if self._wait is None:
            return None
        healthy = results is not None and not waiting.unhealthy(results, self._strict)
        elapsed = round((time.monotonic() - self._started) * 1000)
        return {
            'seconds': self._wait,
            'attempts': self._attempts,
            'healthyAfterMs': elapsed if healthy else None,
        }
