# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handlers: build the context, select, run, arm the exit status, return the report."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from knack.log import get_logger

from azext_acrhealth import report as reports
from azext_acrhealth.attempts import perform
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.checks import CHECKS
from azext_acrhealth.checks.authentication.identity import who
from azext_acrhealth.model import Family, Result
from azext_acrhealth.options import Identity, Image, Options, Selection, Target
from azext_acrhealth.progress import on_terminal

logger = get_logger(__name__)


def check(
    cmd: Any,
    name: Sequence[Target] | None = None,  # pylint: disable=too-many-locals
    resource_group: str | None = None,
    repository: str | None = None,
    need: Sequence[str] | None = None,
    vnet: str | None = None,
    yes: bool = False,
    ignore_errors: bool = False,
    strict: bool = False,
    only: Sequence[str] | None = None,
    skip: Sequence[str] | None = None,
    timeout: float = 60.0,
    image: Image | None = None,
    platform: str | None = None,
    username: str | None = None,
    password: str | None = None,
    password_stdin: bool = False,
    push: bool = False,
    all_registries: Selection | None = None,
    all_subscriptions: bool = False,
    locations: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    wait: float | None = None,
    identity: Identity | None = None,
) -> dict[str, Any]:
    """Run the checks. The validator has made `name` targets and `all_registries` the selection, and read the rest."""
    # pylint: disable=unused-argument
    from azext_acrhealth.probes.probes import AzureProbes

    started, since = datetime.now(timezone.utc), time.monotonic()
    subscription = cmd.cli_ctx.data.get(
        'subscription_id'
    )  # as typed: later the CLI notes its default there
    probes = AzureProbes(cmd.cli_ctx, identity)
    targets = tuple(name or ())
    options = Options(
        repository,
        tuple(need or ()),
        vnet,
        yes,
        timeout,
        bool(targets or all_registries),
        image,
        platform or '',
        username,
        password,
        push,
        identity,
        all_registries,
    )
    try:
        results, checked, waited = perform(
            cmd.cli_ctx, probes, options, targets, only or (), skip or (), strict, wait
        )
    finally:
        for unfinished in probes.close():
            logger.warning(
                'The run was broken off in the middle of a trial upload: an upload session may '
                'remain in '
                'the repository %s. It is no image, and has no tag.',
                unfinished,
            )
    # A word of few letters would take half of the report with it; answers never repeat even that.
    secrets = (
        *probes.environment_secrets(),
        *([password] if password and len(password) > 5 else []),
    )
    report = reports.build(
        results,
        CHECKS,
        checked,
        client=_client(probes),
        started=started,
        duration=time.monotonic() - since,
        strict=strict,
        subscription=subscription,
        secrets=secrets,
        wait=waited,
        identity=_identity(identity, results),
    )
    _conclude(cmd, report, ignore_errors, strict)
    return report


def _identity(asked: Identity | None, results: Iterable[Result]) -> dict[str, Any] | None:
    """Say who was checked: as the token told, else as was asked for."""
    if asked is None:
        return None
    known = (result.outcome.facts.get('identity') for result in results)
    seen = [dict(one) for one in known if one]
    return next((one for one in seen if one['objectId']), seen[0] if seen else who(asked, None))


def _client(probes: Any) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    described = probes.cli.describe()
    try:
        extension = version('acrhealth')
    except PackageNotFoundError:  # run from its sources
        extension = 'unknown'
    route = probes.route(f'registry{probes.suffix or ".azurecr.io"}')
    unreadable = 'unreadable' if route.failure else None
    return {
        'azureCli': described.pop('azureCli'),
        'extension': extension,
        **described,
        'proxy': route.proxy.shown if route.proxy else unreadable,
    }


def _conclude(cmd: Any, report: Mapping[str, Any], ignore_errors: bool, strict: bool) -> None:
    """Say on stderr how it went, and let the command fail after its result was printed."""
    data = cmd.cli_ctx.invocation.data
    if on_terminal(sys.stdout) and not data.get('query_active'):
        if data.get('output') == 'json':
            logger.warning('For an overview, run the command with `-o table`.')
        elif data.get('output') == 'table' and report['summary']['warning']:
            logger.warning(
                'What to do about warnings stands in the JSON: run the command with `-o json`.'
            )
    if report['healthy']:
        return
    message = reports.headline(report, strict)
    if ignore_errors:
        logger.warning(message)
    else:
        _fail_after_output(cmd.cli_ctx, message, reports.recommendations(report, strict))


def _fail_after_output(cli_ctx: Any, message: str, recommendations: list[str]) -> None:
    """Raise once the CLI has printed the result: it reads the exit status before, so a handler must raise."""
    from azure.cli.core.azclierror import UserFault
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    class UnhealthyRegistryError(UserFault):  # type: ignore[misc]  # the CLI has no types
        """Checks failed; the result was printed."""

    def fail(_: Any, **__: Any) -> None:
        # Another command of this process must not fail for this one.
        cli_ctx.unregister_event(EVENT_CLI_SUCCESSFUL_EXECUTE, fail)
        raise UnhealthyRegistryError(message, recommendations)

    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, fail)


def list_checks(cmd: Any) -> list[dict[str, Any]]:  # pylint: disable=unused-argument
    """List the checks in display order."""
    return [
        {
            'check': one.id,
            'category': one.category,
            'title': one.title,
            'verifies': one.verifies,
            'needs': [need.id for need in one.needs + one.either],
            'codes': list(dict.fromkeys(problem.code for problem in one.problems)),
        }
        for one in CHECKS
    ]


def list_errors(cmd: Any) -> list[dict[str, Any]]:  # pylint: disable=unused-argument
    """List the error reference."""
    return [_entry(family) for family in FAMILIES]


def show_error(cmd: Any, code: str) -> dict[str, Any]:  # pylint: disable=unused-argument
    """Show one entry of the error reference."""
    return next(_entry(family) for family in FAMILIES if family.code == code)


def _entry(family: Family) -> dict[str, Any]:
    return {
        'code': family.code,
        'cause': reports.fill_placeholders(family.cause),
        'solutions': [reports.fill_placeholders(text) for text in family.solutions],
        'documentation': family.link,
        'reasons': [
            {
                'reason': problem.reason,
                'cause': reports.fill_placeholders(problem.cause),
                'solutions': [reports.fill_placeholders(text) for text in problem.solutions],
            }
            for problem in PROBLEMS
            if problem.code == family.code
        ],
    }
