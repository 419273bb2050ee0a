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
from azext_acrhealth.probes.local.process import Ran


@dataclass(frozen=True)
class Helm:
    """The Helm client, and what it said when it was asked for its version."""

    path: str
    said: Ran


@check(
    'helm-client',
    'Helm client',
    'environment',
    per='machine',
    verifies='Helm is installed and starts. Only those who keep charts in the registry need it.',
    problems=(problems.HELM_NOT_FOUND, problems.HELM_NOT_EXECUTABLE),
)
def helm_client(ctx: Context) -> Outcome:
    path = ctx.world.find('helm')
    # Of a short run half is left for the row that tells what a Helm that hangs means.
    said = ctx.world.run((path, 'version', '--short'), half(ctx.deadline)) if path else None
    if said and (said.trouble is None or said.trouble.kind == 'Timeout'):
        return passed(f'helm at {path}', Helm(path, said), path=path)
    there = path or ctx.world.unexecutable('helm')
    if there:
        why = said.trouble.text if said and said.trouble else 'not executable'
        return failed(
            problems.HELM_NOT_EXECUTABLE, f'{there}: {why}', fill={'path': there}, path=there
        )
    return warned(problems.HELM_NOT_FOUND, 'no helm on PATH')
