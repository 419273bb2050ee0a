# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A pull by nodes that Azure Resource Manager starts, and why it couldn't be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.cluster import run_command as problems
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.model import Context, Outcome, Problem, warned
from azext_acrhealth.probes.azure.run_command import CommandKind
from azext_acrhealth.probes.cluster.command_pulls import CommandPulls
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.json_access import object_of

BY_COMMAND_FAILURE: Mapping[CommandKind, Problem] = {
    'NotSignedIn': problems.ARM_UNAVAILABLE,
    'NoClusterToken': problems.NO_CLUSTER_TOKEN,
    'TooLate': problems.NO_TIME,
    'RunForbidden': problems.RUN_FORBIDDEN,
    'ResultForbidden': problems.RESULT_FORBIDDEN,
    'NotRegistered': problems.NOT_REGISTERED,
    'Disabled': problems.DISABLED,
    'Blocked': problems.BLOCKED,
    'NotStarted': problems.COMMAND_NOT_STARTED,
    'Conflict': problems.CONFLICT,
    'Throttled': problems.THROTTLED,
    'NoResult': problems.NO_RESULT,
    'Unfinished': problems.UNFINISHED,
    'Failed': problems.COMMAND_FAILED,
    'Cut': problems.OUTPUT_INCOMPLETE,
    'Unavailable': problems.ARM_UNAVAILABLE,
}


def disabled(resource: ClusterResource, placeholders: Mapping[str, str]) -> Outcome | None:
    """Return the warning for a cluster in which no command runs; None for another one."""
    access = object_of(resource.properties.get('apiServerAccessProfile'))
    if access.get('disableRunCommand') is not True:
        return None
    text = 'run command is disabled for the cluster (disableRunCommand)'
    return warned(problems.DISABLED, text, placeholders=placeholders)


def pull_by_command(
    ctx: Context,
    resource: ClusterResource,
    requests: Sequence[PodRequest],
    placeholders: Mapping[str, str],
) -> CommandPulls | Outcome:
    """Return how the pulls ended, or the warning for a command that couldn't be run."""
    uses_entra = object_of(resource.properties.get('aadProfile')).get('managed') is True
    cluster_id = resource.cluster.full_name
    read = ctx.probes.command_api().pull(cluster_id, uses_entra, requests, ctx.deadline)
    if read.failure is None:
        return read
    failure = read.failure
    given = {**placeholders, 'job': ' '.join(read.jobs)}
    problem = BY_COMMAND_FAILURE[failure.kind]
    text = failure.text
    if read.jobs:
        text += '; what the command created might remain for three minutes'
    return warned(problem, text, placeholders=given, **facts_of(read))


def facts_of(read: CommandPulls) -> dict[str, Any]:
    """Return the facts of a command."""
    facts = {**read.facts, 'jobs': list(read.jobs)}
    return {name: value for name, value in facts.items() if value not in (None, '', [])}
