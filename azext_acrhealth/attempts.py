# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A run of the checks: their jobs, those of registries that are found on the way, and further attempts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from knack.log import get_logger

from azext_acrhealth import waiting
from azext_acrhealth.check_filter import select
from azext_acrhealth.checks import CHECKS
from azext_acrhealth.checks.authentication.refresh_token import refresh_token
from azext_acrhealth.checks.registry.registries import registries
from azext_acrhealth.model import Check, Context, Job, Result
from azext_acrhealth.options import Options, Target
from azext_acrhealth.progress import Progress
from azext_acrhealth.scheduler import WORKERS, Key, run

logger = get_logger(__name__)

NOT_IN_CLOUD_SHELL = 'not supported in Azure Cloud Shell'


class _Run:
    """The jobs of a command, and what has come of them."""

    def __init__(
        self,
        probes: Any,
        options: Options,
        targets: Sequence[Target],
        selected: Mapping[Check, str | None],
        progress: Progress,
    ) -> None:
        self._probes, self._options, self._selected, self._progress = (
            probes,
            options,
            selected,
            progress,
        )
        self._cloud_shell = probes.cli.in_cloud_shell()
        self._results: dict[Key, Result] = {}
        self._targets: dict[Target | None, None] = dict.fromkeys((None, *targets))

    @property
    def targets(self) -> list[Target]:
        """Return the registries that were named or found, also those that a later attempt found no more."""
        return [target for target in self._targets if target]

    @property
    def results(self) -> list[Result]:
        """Return the latest result of each check."""
        return list(self._results.values())

    def attempt(self, again: set[Key] | None = None) -> None:
        """Run the checks, or those that are to run again; what the others gave serves them."""
        known = [
            one for key, one in self._results.items() if again is not None and key not in again
        ]
        first = [
            job
            for target in tuple(self._targets)
            for job in self._jobs(target)
            if again is None or (job.context.target, job.check) in again
        ]
        self._progress.expect(first)
        for result in run(first, self._probes.workers(WORKERS), known, self._brought):
            self._results[result.target, result.check] = result
            self._progress.ended(result)

    def _jobs(self, target: Target | None) -> list[Job]:
        context = Context(target, self._options, self._probes)
        return [
            Job(
                one,
                context,
                NOT_IN_CLOUD_SHELL
                if one.category == 'environment' and self._cloud_shell
                else reason or one.skip_reason(self._options),
            )
            for one, reason in self._selected.items()
            if (one.per == 'machine') == (target is None)
        ]

    def _brought(self, result: Result) -> list[Job]:
        found = result.outcome.value or () if result.check is registries else ()
        fresh = [target for target in found if target not in self._targets]
        self._targets.update(dict.fromkeys(fresh))
        brought = [job for target in fresh for job in self._jobs(target)]
        self._progress.expect(brought)
        return brought


def perform(
    cli_ctx: Any,
    probes: Any,
    options: Options,
    targets: Sequence[Target],
    only: Sequence[str],
    skip: Sequence[str],
    strict: bool,
    wait: float | None,
) -> tuple[list[Result], list[Target], dict[str, Any] | None]:
    """Run the checks once, or until they are healthy, cannot become so, or the time is up.

    Gives the results, the registries that they are of, and what is told of the attempts of --wait.
    """
    selected = dict(select(CHECKS, only, skip))
    selected.pop(registries, None)
    if options.selection:  # whatever else is wanted, this says of what
        selected = {registries: None, **selected}
    probes.signs_in = selected.get(refresh_token, 'left out') is None and not options.username
    since, attempts = time.monotonic(), 1
    with Progress(cli_ctx) as progress:
        running = _Run(probes, options, targets, selected, progress)
        running.attempt()
        while wait is not None:
            bad = waiting.unhealthy(running.results, strict)
            left = since + wait - time.monotonic()
            if not bad or not waiting.may_heal(bad) or left <= 0:
                break
            rest = min(waiting.pause(attempts, bad), left)
            words = waiting.told(bad, len(running.results) > len(selected))
            logger.warning(
                'Attempt %d: waiting for %s. The next attempt begins in %.0f s; %.0f s of --wait '
                'are left.',
                attempts,
                words,
                rest,
                left,
            )
            progress.show(f'waiting for {words}')
            time.sleep(rest)
            attempts += 1
            probes.again()
            running.attempt(waiting.again(running.results, strict))
    if wait is None:
        return running.results, running.targets, None
    healthy = not waiting.unhealthy(running.results, strict)
    return (
        running.results,
        running.targets,
        {
            'seconds': wait,
            'attempts': attempts,
            'healthyAfterMs': round((time.monotonic() - since) * 1000) if healthy else None,
        },
    )
