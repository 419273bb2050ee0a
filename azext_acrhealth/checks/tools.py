# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Helm and Notary on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azext_acrhealth.catalogue import tools as problems
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.limits import half
from azext_acrhealth.probes.process import Ran

_VERSION = re.compile(r'\bv?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]+)?')
_FIRST_HELM, _LAST_NOTARY = (2, 11, 0), (0, 6, 0)


@dataclass(frozen=True)
class Helm:
    """The Helm client, and what it said when it was asked for its version."""

    path: str
    said: Ran


@check('helm-client', 'Helm client', 'environment', per='machine',
       verifies='Helm is installed and starts. Only those who keep charts in the registry need it.',
       problems=(problems.HELM_NOT_FOUND, problems.HELM_NOT_EXECUTABLE))
def helm_client(ctx: Context) -> Outcome:
    path = ctx.world.find('helm')
    # Of a short run half is left for the row that tells what a Helm that hangs means.
    said = ctx.world.run((path, 'version', '--short'), half(ctx.deadline)) if path else None
    if said and (said.trouble is None or said.trouble.kind == 'Timeout'):
        return passed(f'helm at {path}', Helm(path, said), path=path)
    there = path or ctx.world.unexecutable('helm')
    if there:
        why = said.trouble.text if said and said.trouble else 'not executable'
        return failed(problems.HELM_NOT_EXECUTABLE, f'{there}: {why}', fill={'path': there}, path=there)
    return warned(problems.HELM_NOT_FOUND, 'no helm on PATH')


@check('helm-version', 'Helm version', 'environment', per='machine', needs=(helm_client,),
       verifies='Helm is 2.11.0 or newer.',
       problems=(problems.HELM_FAILED, problems.HELM_HUNG, problems.HELM_UNREADABLE, problems.HELM_TOO_OLD))
def helm_version(ctx: Context, helm: Helm) -> Outcome:
    ran = helm.said
    if ran.status not in (0, None):
        # Helm 2 asks the cluster unless told not to; Helm 4 no longer knows how to be told.
        client_only = ctx.world.run((helm.path, 'version', '--short', '--client'), ctx.deadline)
        ran = client_only if client_only.status == 0 else ran
    found = _VERSION.search(ran.stdout)
    if ran.trouble and ran.trouble.kind == 'Timeout':
        # Helm 2 prints its own version, then may wait for a cluster that does not answer.
        if not found:
            return failed(problems.HELM_HUNG, ran.trouble.text)
    elif ran.status != 0:
        return failed(problems.HELM_FAILED, _end(ran), status=ran.status)
    if not found:
        return failed(problems.HELM_UNREADABLE, f'it printed {_shown(ran.stdout)}')
    if tuple(map(int, found.groups()[:3])) < _FIRST_HELM:
        return failed(problems.HELM_TOO_OLD, f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v'))
    return passed(f'Helm {found[0].lstrip("v")}', version=found[0].lstrip('v'))


@check('notary-version', 'Notary version', 'environment', per='machine',
       verifies='Notary, where it is installed, is 0.6.0 or older.',
       problems=(problems.NOTARY_NOT_EXECUTABLE, problems.NOTARY_FAILED, problems.NOTARY_HUNG,
                 problems.NOTARY_UNREADABLE, problems.NOTARY_TOO_NEW))
def notary_version(ctx: Context) -> Outcome:
    path = ctx.world.find('notary')
    refused = None if path else ctx.world.unexecutable('notary')
    if refused:
        return failed(problems.NOTARY_NOT_EXECUTABLE, f'{refused}: not executable', fill={'path': refused},
                      path=refused)
    if not path:
        return not_applicable('no notary on PATH; only content trust, which is being retired, needs it')
    ran = ctx.world.run((path, 'version'), ctx.deadline)
    if ran.trouble and ran.trouble.kind == 'Timeout':
        return failed(problems.NOTARY_HUNG, ran.trouble.text)
    if ran.trouble:
        return failed(problems.NOTARY_NOT_EXECUTABLE, f'{path}: {ran.trouble.text}', fill={'path': path}, path=path)
    if ran.status != 0:
        return failed(problems.NOTARY_FAILED, _end(ran), status=ran.status)
    found = _VERSION.search(ran.stdout)
    if not found:
        return failed(problems.NOTARY_UNREADABLE, 'it prints no version')
    version = '.'.join(found.groups()[:3])
    if tuple(map(int, found.groups()[:3])) > _LAST_NOTARY:
        return failed(problems.NOTARY_TOO_NEW, f'Notary {version}', version=version)
    return passed(f'Notary {version}', version=version)


def _end(ran: Ran) -> str:
    return f'ended with {ran.status}: {ran.said or "it said nothing"}'


def _shown(output: str) -> str:
    return repr(output.strip()[:80]) if output.strip() else 'nothing'
