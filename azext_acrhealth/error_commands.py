# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handlers of `az acrhealth error`, which need neither a network nor a sign-in."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from typing import Any

from azext_acrhealth import console
from azext_acrhealth.advice import Client, Solution, platform_named, select
from azext_acrhealth.catalogue import FAMILIES, PROBLEMS
from azext_acrhealth.model import Family, Problem
from azext_acrhealth.report import fill_placeholders


def list_errors(cmd: Any) -> list[dict[str, Any]]:  # pylint: disable=unused-argument
    """List the error reference."""
    client = _this_client()
    return [_reference(family, client) for family in FAMILIES]


def show_error(
    cmd: Any,  # pylint: disable=unused-argument
    code: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Show one entry of the error reference, of which --reason selects one reason."""
    family = next(family for family in FAMILIES if family.code == code)
    return _reference(family, _this_client(), reason)


def explain_error(cmd: Any, text: str) -> dict[str, Any]:
    """Explain an error message of another tool; the validator has read it."""
    # The rules load only for this command, not for the other handlers of this module.
    from azext_acrhealth import explain_report
    from azext_acrhealth.explain.explanation import explain

    result = explain_report.build(explain(text), _this_client())
    _conclude(cmd.cli_ctx, result)
    return result


def _conclude(cli_ctx: Any, result: dict[str, Any]) -> None:
    """Let the advice follow a table, and let the command fail where nothing was found."""
    if result['verdict'] == 'NoMatch':
        console.after_output(cli_ctx, error=_no_match())
        return
    data = cli_ctx.invocation.data
    shown = data.get('output') == 'table' and not data.get('query_active')
    if shown and not cli_ctx.only_show_errors:
        from azext_acrhealth import explain_report

        lines = map(console.with_commands, explain_report.summary(result))
        console.after_output(cli_ctx, lambda: console.write(lines, console.has_color(cli_ctx)))


def _no_match() -> BaseException:
    from azure.cli.core.azclierror import UserFault

    class UnknownMessageError(UserFault):  # type: ignore[misc]  # the CLI has no types
        """No rule knows the message; the result was printed."""

    return UnknownMessageError(
        'The text has no error message of a container registry or a container tool that this '
        'version knows.',
        [
            'Explain the whole message, with the lines before it.',
            'Check the registry itself: `az acrhealth check --name REGISTRY`.',
        ],
    )


def _this_client() -> Client:
    """Return this machine's CLI and platform, for which the reference shows solutions."""
    from azure.cli.core import __version__ as cli_version

    return Client(str(cli_version), platform_named(platform.platform()))


def _reference(family: Family, client: Client, reason: str | None = None) -> dict[str, Any]:
    return {
        'code': family.code,
        'cause': fill_placeholders(family.cause),
        'solutions': _solutions(family.solutions, client),
        'documentation': family.link,
        'reasons': [
            _reason(problem, client)
            for problem in PROBLEMS
            if problem.code == family.code and reason in (None, problem.reason)
        ],
    }


def _reason(problem: Problem, client: Client) -> dict[str, Any]:
    return {
        'reason': problem.reason,
        'documentation': problem.link,
        'cause': fill_placeholders(problem.cause),
        'solutions': _solutions(problem.solutions, client),
    }


def _solutions(solutions: Iterable[Solution], client: Client) -> list[str]:
    return [fill_placeholders(text) for text in select(solutions, client)]
