# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version of the Helm client."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import helm_version as problems
from azext_acrhealth.checks.environment.helm_client import Helm, helm_client
from azext_acrhealth.checks.environment.tool_version import VERSION, ended
from azext_acrhealth.model import Context, Outcome, check, failed, passed

_FIRST_HELM = (2, 11, 0)


@check(
    'helm-version',
    'Helm version',
    'environment',
    per='machine',
    needs=(helm_client,),
    verifies='Helm is 2.11.0 or newer.',
    problems=(
        problems.HELM_FAILED,
        problems.HELM_HUNG,
        problems.HELM_UNREADABLE,
        problems.HELM_TOO_OLD,
    ),
)
def helm_version(ctx: Context, helm: Helm) -> Outcome:
    completed = helm.said
    if completed.status not in (0, None):
        # Helm 2 asks the cluster unless told not to; Helm 4 no longer knows how to be told.
        client_only = ctx.probes.run((helm.path, 'version', '--short', '--client'), ctx.deadline)
        completed = client_only if client_only.status == 0 else completed
    found = VERSION.search(completed.stdout)
    if completed.failure and completed.failure.kind == 'Timeout':
        # Helm 2 prints its own version, then may wait for a cluster that does not answer.
        if not found:
            return failed(problems.HELM_HUNG, completed.failure.text)
    elif completed.status != 0:
        return failed(problems.HELM_FAILED, ended(completed), status=completed.status)
    if not found:
        return failed(problems.HELM_UNREADABLE, f'it printed {_shown(completed.stdout)}')
    if tuple(map(int, found.groups()[:3])) < _FIRST_HELM:
        return failed(
            problems.HELM_TOO_OLD, f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v')
        )
    return passed(f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v'))


def _shown(output: str) -> str:
    return repr(output.strip()[:80]) if output.strip() else 'nothing'
