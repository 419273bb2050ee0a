# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Helm client on this machine."""

from __future__ import annotations

from typing import NamedTuple

from azext_acrhealth.catalogue.environment import helm_client as problems
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import half
from azext_acrhealth.probes.local.process import CompletedCommand


class Helm(NamedTuple):
    """The Helm client, and the result of its `version --short` command."""

    path: str
    version_command: CompletedCommand


@check(
    'helm-client',
    'Helm client',
    'environment',
    per='machine',
    verifies="Helm is installed and starts. It's required only to push and pull charts.",
    problems=(problems.HELM_NOT_FOUND, problems.HELM_NOT_EXECUTABLE),
)
def helm_client(ctx: Context) -> Outcome:
    path = ctx.probes.find('helm')
    # A hung Helm may use half of a short run; the rest is for the check that explains it.
    file, error = path, 'not executable'
    if path:
        version = ctx.probes.run((path, 'version', '--short'), half(ctx.deadline))
        if version.failure is None or version.failure.kind == 'Timeout':
            return passed(f'helm at {path}', Helm(path, version), path=path)
        error = version.failure.text
    else:
        file = ctx.probes.find_unexecutable('helm')
    if file:
        return failed(
            problems.HELM_NOT_EXECUTABLE,
            f'{file}: {error}',
            placeholders={'path': file},
            path=file,
        )
    return warned(problems.HELM_NOT_FOUND, 'helm not found on PATH')
