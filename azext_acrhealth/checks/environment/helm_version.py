# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version of the Helm client."""

from __future__ import annotations

from azext_acrhealth.catalogue.environment import helm_version as problems
from azext_acrhealth.checks.environment.helm_client import Helm, helm_client
from azext_acrhealth.checks.environment.tool_version import VERSION, failure_text
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned

# The first that supports OCI registries without HELM_EXPERIMENTAL_OCI.
_OLDEST_HELM = (3, 8)


@check(
    'helm-version',
    'Helm version',
    'environment',
    per='machine',
    needs=(helm_client,),
    verifies='Helm is 3.8 or later, which OCI registries require.',
    problems=(
        problems.HELM_FAILED,
        problems.HELM_HUNG,
        problems.HELM_UNREADABLE,
        problems.HELM_OBSOLETE,
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
    number, version = tuple(map(int, match.groups()[:2])), match[0].lstrip('v')
    if number < _OLDEST_HELM:
        problem = problems.HELM_OBSOLETE if number < (3,) else problems.HELM_TOO_OLD
        return warned(problem, f'Helm {version}', version=version)
    return passed(f'Helm {version}', version=version)


def _output_text(output: str) -> str:
    text = output.strip()[:80]
    return f'no version in the output {text!r}' if text else 'no output'
