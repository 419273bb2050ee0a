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
    ran = helm.said
    if ran.status not in (0, None):
        # Helm 2 asks the cluster unless told not to; Helm 4 no longer knows how to be told.
        client_only = ctx.world.run((helm.path, 'version', '--short', '--client'), ctx.deadline)
        ran = client_only if client_only.status == 0 else ran
    found = VERSION.search(ran.stdout)
    if ran.trouble and ran.trouble.kind == 'Timeout':
        # Helm 2 prints its own version, then may wait for a cluster that does not answer.
        if not found:
            return failed(problems.HELM_HUNG, ran.trouble.text)
    elif ran.status != 0:
        return failed(problems.HELM_FAILED, ended(ran), status=ran.status)
    if not found:
        return failed(problems.HELM_UNREADABLE, f'it printed {_shown(ran.stdout)}')
    if tuple(map(int, found.groups()[:3])) < _FIRST_HELM:
        return failed(
            problems.HELM_TOO_OLD, f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v')
        )
    return passed(f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v'))


def _shown(output: str) -> str:
    return repr(output.strip()[:80]) if output.strip() else 'nothing'
