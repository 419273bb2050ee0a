# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Helm client on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from azext_acrhealth.catalogue.environment import helm_client as problems
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.deadlines import half
from azext_acrhealth.probes.local.process import CompletedCommand


@dataclass(frozen=True)
class Helm:
    """The Helm client, and what it said when it was asked for its version."""

    path: str
    said: CompletedCommand


@check(
    'helm-client',
    'Helm client',
    'environment',
    per='machine',
    verifies='Helm is installed and starts. Only those who keep charts in the registry need it.',
    problems=(problems.HELM_NOT_FOUND, problems.HELM_NOT_EXECUTABLE),
)
def helm_client(ctx: Context) -> Outcome:
    path = ctx.probes.find('helm')
    # Of a short run half is left for the row that tells what a Helm that hangs means.
    said = ctx.probes.run((path, 'version', '--short'), half(ctx.deadline)) if path else None
    if said and (said.failure is None or said.failure.kind == 'Timeout'):
        return passed(f'helm at {path}', Helm(path, said), path=path)
    there = path or ctx.probes.unexecutable('helm')
    if there:
        why = said.failure.text if said and said.failure else 'not executable'
        return failed(
            problems.HELM_NOT_EXECUTABLE,
            f'{there}: {why}',
            placeholders={'path': there},
            path=there,
        )
    return warned(problems.HELM_NOT_FOUND, 'no helm on PATH')
