# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handlers of `check` and `list-checks`."""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from knack.events import EVENT_INVOKER_TRANSFORM_RESULT
from knack.log import get_logger

from azext_acrhealth import console, garbage_collection
from azext_acrhealth import report as reports
from azext_acrhealth.arguments.errors import file_error
from azext_acrhealth.attempts import INTERRUPTED, RunResult, run_attempts
from azext_acrhealth.checks import checks_for
from azext_acrhealth.checks.authentication.identity import identity_facts
from azext_acrhealth.interruption import Interrupted, despite_interrupt, exit_status, interruptible
from azext_acrhealth.machine_limits import reserve_files, reserve_memory
from azext_acrhealth.model import Probes, Result
from azext_acrhealth.options import Identity, Options
from azext_acrhealth.outline import outline
from azext_acrhealth.progress import on_terminal
from azext_acrhealth.recommendations import recommendations
from azext_acrhealth.threads import silent_limits

logger = get_logger(__name__)

# The formats of the CLI that show the whole result to a reader.
_WHOLE = ('json', 'jsonc', 'yaml', 'yamlc')


def check(cmd: Any, options: Options) -> dict[str, Any]:
    """Run the checks and return the report; the validator has built the options."""
    from azext_acrhealth.probes.probes import AzureProbes

    started, since = datetime.now(timezone.utc), time.monotonic()
    if options.selection or len(options.targets) > 1 or options.wait is not None:
        garbage_collection.resume()
    # As typed: later the CLI stores its default there.
    subscription = cmd.cli_ctx.data.get('subscription_id')
    probes = AzureProbes(cmd.cli_ctx, options.identity)
    with interruptible(), reserve_memory(), reserve_files(), silent_limits():
        try:
            run = run_attempts(cmd.cli_ctx, probes, options)
        finally:
            left = _close(probes)
    results = [_note_left(result, left) for result in run.results]
    report = reports.build(
        results,
        checks_for(options),
        run.targets,
        client=_client(probes),
        started=started,
        duration=time.monotonic() - since,
        strict=options.strict,
        subscription=subscription,
        secrets=(*probes.environment_secrets(), *_password(options)),
        wait=run.wait,
        identity=_identity(options.identity, results),
        interrupted=run.interrupt is not None,
        clusters=options.clusters,
    )
    unwritten = _write_files(cmd.cli_ctx, report, options, run.interrupt is not None)
    if run.interrupt:
        _conclude_interrupted(cmd.cli_ctx, report, run, options.strict)
    else:
        _conclude(cmd.cli_ctx, report, options)
    if unwritten and not run.interrupt and (report['healthy'] or options.ignore_errors):
        console.after_output(cmd.cli_ctx, error=SystemExit(1))
    return report


def _write_files(
    cli_ctx: Any, report: Mapping[str, Any], options: Options, interrupted: bool
) -> bool:
    """Write the files of --report; return whether one failed, which follows the result."""
    if not options.report_files:
        return False
    from azext_acrhealth.report_writers.files import write_reports

    # What the CLI changes in a result before it prints it.
    printed = {'result': copy.deepcopy(report)}
    cli_ctx.raise_event(EVENT_INVOKER_TRANSFORM_RESULT, event_data=printed)

    def write() -> list[str]:
        return write_reports(options.report_files, printed['result'], options.strict)

    # After an interruption, no signal stops this. The checks have ended, so their result is kept.
    with nullcontext() if interrupted else interruptible():
        failures = despite_interrupt(write)
    if failures:
        error: Any = file_error(
            f"The result wasn't written to {'; '.join(failures)}.",
            'The result on stdout is complete. Check the disk space and the permissions.',
        )
        console.after_output(cli_ctx, error.print_error)
    return bool(failures)


def _close(probes: Probes) -> list[str]:
    """End what was started, and report what may remain, also when that is interrupted.

    Return the commands that delete what may remain in clusters.
    """
    # The first signal can interrupt it, or one that abandons the uploads.
    despite_interrupt(probes.close)
    for repository in probes.unfinished_uploads():
        logger.warning(
            'The run was interrupted during a test upload. An upload session might remain in '
            "the repository %s. It isn't an image and has no tag.",
            repository,
        )
    left = probes.unfinished_pulls()
    for command in left:
        logger.warning(
            'The run was interrupted during a test pull in a cluster, and its pod might remain. '
            'To delete it, run `%s`.',
            command,
        )
    return left


def _note_left(result: Result, commands: Sequence[str]) -> Result:
    """Return the result with what an interrupted pull by nodes may have left in clusters."""
    if not commands:
        return result
    from azext_acrhealth.checks.cluster.cluster_pull import cluster_pull

    outcome = result.outcome
    if result.check is not cluster_pull or outcome.detail != INTERRUPTED:
        return result
    shown = ', and '.join(f'`{command}`' for command in commands)
    detail = f'{INTERRUPTED}; to delete what might remain, run {shown}'
    return result._replace(outcome=outcome._replace(detail=detail))


def _password(options: Options) -> list[str]:
    # A short word would take half of the report with it; responses never repeat even that.
    return [options.password] if options.password and len(options.password) > 5 else []


def _identity(requested: Identity | None, results: Iterable[Result]) -> dict[str, Any] | None:
    """Return whose identity was checked: what the token says, else what was asked for."""
    if requested is None:
        return None
    stated = (result.outcome.facts.get('identity') for result in results)
    identities = [dict(identity) for identity in stated if identity]
    with_object = next((identity for identity in identities if identity['objectId']), None)
    return with_object or (identities[0] if identities else identity_facts(requested, None))


def _client(probes: Probes) -> dict[str, Any]:
    from importlib.metadata import distributions

    described = probes.describe_client()
    # The metadata beside the package: searching all installed packages takes much longer.
    folder = str(Path(__file__).parents[1])
    found = next(iter(distributions(name='acrhealth', path=[folder])), None)
    extension = found.version if found else 'unknown'  # run from its sources
    route = probes.route(f'registry{probes.suffix or ".azurecr.io"}')
    unreadable = 'unreadable' if route.failure else None
    return {
        'azureCli': described.pop('azureCli'),
        'extension': extension,
        **described,
        'proxy': route.proxy.shown if route.proxy else unreadable,
    }


def _conclude(cli_ctx: Any, report: Mapping[str, Any], options: Options) -> None:
    """Summarize the run on stderr, and let the command fail after its result was printed."""
    outlined = _outlined(cli_ctx, report, options.strict)
    if report['healthy']:
        if outlined:
            console.after_output(cli_ctx, outlined)
        return
    solutions = [] if outlined else recommendations(report, options.strict)
    error: Any = _unhealthy_error(reports.headline(report, options.strict), solutions, outlined)
    # One that is ignored is printed as the CLI prints it.
    if options.ignore_errors:
        console.after_output(cli_ctx, error.print_error)
    else:
        console.after_output(cli_ctx, error=error)


def _outlined(cli_ctx: Any, report: Mapping[str, Any], strict: bool) -> Callable[[], None] | None:
    """Return what writes the outline; None where the result isn't shown to a reader.

    A table is, wherever it goes; the whole object only on a terminal.
    """
    data = cli_ctx.invocation.data
    form = data.get('output')
    if data.get('query_active') or form != 'table' and not (form in _WHOLE and _is_on_terminal()):
        return None
    color = console.has_color(cli_ctx)
    lines = outline(
        report,
        strict,
        marks=color and console.can_show_marks(),
        errors_only=cli_ctx.only_show_errors,
    )
    return lambda: console.write(lines, color)


def _is_on_terminal() -> bool:
    return on_terminal(sys.stdout) and on_terminal(sys.stderr)


def _conclude_interrupted(
    cli_ctx: Any, report: Mapping[str, Any], run: RunResult, strict: bool
) -> None:
    """Report the interruption on stderr, and let the command fail after its result was printed."""
    assert run.interrupt
    count = sum(result.outcome.detail.startswith(INTERRUPTED) for result in run.results)
    message = f'The run was interrupted before {count} of {len(run.results)} checks completed.'
    outlined = _outlined(cli_ctx, report, strict)
    if isinstance(run.interrupt, Interrupted):
        logger.error(message)
        console.after_output(cli_ctx, outlined, SystemExit(exit_status(run.interrupt)))
    else:
        console.after_output(cli_ctx, error=_unhealthy_error(message, [], outlined))


def _unhealthy_error(
    message: str, solutions: list[str], outlined: Callable[[], None] | None
) -> BaseException:
    from azure.cli.core.azclierror import UserFault

    class UnhealthyRegistryError(UserFault):  # type: ignore[misc]  # the CLI has no types
        """Checks failed; the result was printed."""

        def print_error(self) -> None:
            """Print the message and the solutions, and the outline instead of these, if any."""
            # A log needs the line that begins with ERROR; a reader has it all in the outline.
            if not (outlined and _is_on_terminal()):
                super().print_error()
            if outlined:
                with suppress(OSError):  # stderr can be full, or closed
                    outlined()

    return UnhealthyRegistryError(message, solutions)


def list_checks(cmd: Any) -> list[dict[str, Any]]:  # pylint: disable=unused-argument
    """List the checks in display order."""
    from azext_acrhealth.checks.all_checks import CHECKS

    return [
        {
            'check': listed.id,
            'category': listed.category,
            'title': listed.title,
            'verifies': listed.verifies,
            'needs': [need.id for need in listed.needs + listed.either],
            'codes': list(dict.fromkeys(problem.code for problem in listed.problems)),
        }
        for listed in CHECKS
    ]
