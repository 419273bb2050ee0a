# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The handler of `compare`, which needs neither a network nor a sign-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azext_acrhealth.catalogue import PROBLEMS
from azext_acrhealth.compare.comparison import build, ranked
from azext_acrhealth.compare.difference import Difference, Pair
from azext_acrhealth.compare.saved_result import Row
from azext_acrhealth.console import after_output

_TEXTS = 3

_SHOW_ERROR = (
    'For the cause and the solutions, run `az acrhealth error show --code {code} '
    '--reason {reason}`.'
)


def compare_results(cmd: Any, results: Pair) -> dict[str, Any]:
    """Compare two results, which the validator has read, and fail if they differ."""
    differences = ranked(results)
    if differences:
        after_output(cmd.cli_ctx, error=_different(results, differences))
    return build(results, differences)


def _different(results: Pair, differences: Sequence[Difference]) -> BaseException:
    from azure.cli.core.azclierror import UserFault

    class DifferentResultsError(UserFault):  # type: ignore[misc]  # the CLI has no types
        """The results differ; the comparison was printed."""

    count = len(differences)
    # Verdicts follow from failures and facts.
    causes = [difference for difference in differences if difference.kind in ('Row', 'Fact')]
    lines = [difference.text for difference in (causes or differences)[:_TEXTS]]
    return DifferentResultsError(
        f'{results.first.label} and {results.second.label} have {count} '
        f'{"difference" if count == 1 else "differences"}.',
        [*lines, *_advice(results, differences)],
    )


def _advice(results: Pair, differences: Sequence[Difference]) -> Iterator[str]:
    """Yield what to do about the first failure of each result.

    Its code and reason must be in the catalogue, because the file can contain any text.
    """
    failures: dict[bool, Row] = {}
    for difference in differences:
        if difference.failure:
            failures.setdefault(results.is_failure_of_first(difference), difference.failure)
    known = {(problem.code, problem.reason) for problem in PROBLEMS}
    for failure in failures.values():
        if (failure.code, failure.reason) in known:
            yield _SHOW_ERROR.format(code=failure.code, reason=failure.reason)
