# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the checks: once, or with --wait until they are healthy or can't become so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from knack.log import get_logger

from azext_acrhealth import waiting
from azext_acrhealth.check_filter import select
from azext_acrhealth.checks import CHECKS
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.model import Check, Context, Job, Probes, Result
from azext_acrhealth.options import Options, Target
from azext_acrhealth.progress import Progress
from azext_acrhealth.scheduler import WORKERS, Key, run

logger = get_logger(__name__)

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
        self._targets: dict[Target | None, None] = dict.fromkeys((None, *options.targets))

    @property
    def targets(self) -> list[Target]:
        """Return the registries named or found, also those that a later attempt didn't find."""
        return [target for target in self._targets if target]

    @property
    def results(self) -> list[Result]:
        """Return the latest result of each check."""
        return list(self._results.values())

    def attempt(self, repeated: set[Key] | None = None) -> None:
        """Run all checks, or only the repeated ones; the results of the others serve them."""
        jobs = [job for target in tuple(self._targets) for job in self._jobs(target)]
        known: list[Result] = []
        if repeated is not None:
            jobs = [job for job in jobs if (job.context.target, job.check) in repeated]
            known = [result for key, result in self._results.items() if key not in repeated]
        self._progress.expect(jobs)
        for result in run(jobs, self._probes.workers(WORKERS), known, self._jobs_of_found):
            self._results[result.target, result.check] = result
            self._progress.ended(result)

    def _jobs(self, target: Target | None) -> list[Job]:
        context = Context(target, self._options, self._probes)
        jobs = []
        for check, skip_reason in self._selected.items():
            if (check.per == 'machine') != (target is None):
                continue
            if check.category == 'environment' and self._cloud_shell:
                skip_reason = NOT_IN_CLOUD_SHELL
            jobs.append(Job(check, context, skip_reason or check.skip_reason(self._options)))
        return jobs

    def _jobs_of_found(self, result: Result) -> list[Job]:
        """Return the jobs of registries that this result found and that are new."""
        found = result.outcome.value or () if result.check is registries else ()
        new = [target for target in found if target not in self._targets]
        self._targets.update(dict.fromkeys(new))
        jobs = [job for target in new for job in self._jobs(target)]
        self._progress.expect(jobs)
        return jobs


def run_attempts(
    cli_ctx: Any, probes: Probes, options: Options
) -> tuple[list[Result], list[Target], dict[str, Any] | None]:
    """Run the checks once, or with --wait until they are healthy, can't become so, or time is up.

    Returns the results, their registries, and the report's `wait` (None without --wait).
    """
    selected = dict(select(CHECKS, options.only, options.skip))
    selected.pop(registries, None)
    if options.selection:  # the row that says which registries were found is never left out
        selected = {registries: None, **selected}
    if selected.get(refresh_token, 'left out') is None and not options.username:
        probes.expect_sign_in()
    started, attempts = time.monotonic(), 1
    with Progress(cli_ctx) as progress:
        running = _Run(probes, options, selected, progress)
        running.attempt()
        while options.wait is not None:
            unhealthy = waiting.unhealthy(running.results, options.strict)
            left = started + options.wait - time.monotonic()
            if not unhealthy or not waiting.all_transient(unhealthy) or left <= 0:
                break
            pause = min(waiting.pause(attempts, unhealthy), left)
            text = waiting.describe(unhealthy, len(running.results) > len(selected))
            logger.warning(
                'Attempt %d: waiting for %s. Next attempt in %.0f s; %.0f s of --wait remaining.',
                attempts,
                text,
                pause,
                left,
            )
            progress.show(f'waiting for {text}')
            time.sleep(pause)
            attempts += 1
            probes.forget_failures()
            running.attempt(waiting.to_repeat(running.results, options.strict))
    if options.wait is None:
        return running.results, running.targets, None
    healthy = not waiting.unhealthy(running.results, options.strict)
    elapsed = round((time.monotonic() - started) * 1000)
    wait = {
        'seconds': options.wait,
        'attempts': attempts,
        'healthyAfterMs': elapsed if healthy else None,
    }
    return running.results, running.targets, wait
