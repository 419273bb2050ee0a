# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version of the Helm client."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import helm_version as problems
from azext_acrhealth.checks.environment.helm_client import Helm, helm_client
from azext_acrhealth.checks.environment.tool_version import VERSION, failure_text
from azext_acrhealth.model import Context, Outcome, check, failed, passed

_OLDEST_HELM = (2, 11, 0)


@check(
    'helm-version',
    'Helm version',
    'environment',
    per='machine',
    needs=(helm_client,),
    verifies='Helm is 2.11.0 or later.',
    problems=(
        problems.HELM_FAILED,
        problems.HELM_HUNG,
        problems.HELM_UNREADABLE,
        problems.HELM_TOO_OLD,
    ),
)
def helm_version(ctx: Context, helm: Helm) -> Outcome:
    completed = helm.version_command
    if completed.status not in (0, None):
        # Helm 2 connects to the cluster unless it gets --client, an option that Helm 4 removed.
        client_only = ctx.probes.run((helm.path, 'version', '--short', '--client'), ctx.deadline)
        completed = client_only if client_only.status == 0 else completed
    match = VERSION.search(completed.stdout)
    if completed.failure and completed.failure.kind == 'Timeout':
        # Helm 2 prints its own version first, then may wait for a cluster that doesn't respond.
        if not match:
            return failed(problems.HELM_HUNG, completed.failure.text)
    elif completed.status != 0:
        return failed(problems.HELM_FAILED, failure_text(completed), status=completed.status)
    if not match:
        return failed(problems.HELM_UNREADABLE, _output_text(completed.stdout))
    if tuple(map(int, match.groups()[:3])) < _OLDEST_HELM:
        return failed(
            problems.HELM_TOO_OLD, f'Helm {match[0].lstrip("v")}', version=match[0].lstrip('v')
        )
    return passed(f'Helm {match[0].lstrip("v")}', version=match[0].lstrip('v'))


def _output_text(output: str) -> str:
    text = output.strip()[:80]
    return f'no version in the output {text!r}' if text else 'no output'
