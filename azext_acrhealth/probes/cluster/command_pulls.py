# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pulls by a cluster's nodes that Azure Resource Manager starts in the cluster, without kubectl."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth.grammar import CLUSTER_ID
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.credentials import Credentials
from azext_acrhealth.probes.azure.run_command import (
    CLUSTER_AUDIENCE,
    CommandKind,
    CommandResult,
    RunCommand,
)
from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPull
from azext_acrhealth.probes.cluster.command_output import (
    END,
    Sections,
    may_remain,
    pull_of,
    sections_of,
)
from azext_acrhealth.probes.cluster.pod import PodRequest
from azext_acrhealth.probes.cluster.pull_command import PullCommand, pull_command
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.redaction import redact_queries, sanitize

# Seconds for starting the pod of the command and for reading its result, and the shortest watch.
_AROUND, _SHORTEST = 20.0, 5.0
# The end of an output that has no section is an error message of the shell.
_TAIL = 500


@dataclass(frozen=True)
class CommandPulls:
    """How pulls ended that a command started, or why it couldn't be run.

    `jobs` are the names of the Jobs that may remain.
    """

    pulls: tuple[ClusterPull, ...] = ()
    failure: Failure[CommandKind] | None = None
    jobs: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Started:
    """Jobs that may be in the cluster, and whether a result says so."""

    cluster_id: str
    namespace: str
    jobs: tuple[str, ...]
    is_reported: bool = False


class ClusterCommands:
    """The commands of a run in clusters."""

    def __init__(self, client: ArmClient, credentials: Credentials) -> None:
        self._client, self._credentials = client, credentials
        self._started = list[_Started]()
        self._interrupted = threading.Event()

    def pull(
        self, cluster_id: str, uses_entra: bool, requests: Sequence[PodRequest], deadline: float
    ) -> CommandPulls:
        """Pull by a Job for each request, all of the same namespace; the Jobs delete themselves.

        `uses_entra` is whether the API server requires a token of Microsoft Entra ID.
        """
        match, token = CLUSTER_ID.fullmatch(cluster_id), None
        if uses_entra:
            subscription = match['subscription'] if match else None
            token = self._credentials.token(CLUSTER_AUDIENCE, deadline, subscription)
            if token.failure:
                return CommandPulls(failure=Failure('NoClusterToken', token.failure.text))
        seconds = min(deadlines.CLUSTER_PULL, deadline - time.monotonic() - _AROUND)
        if seconds < _SHORTEST:
            text = 'the time left was too short for a command in the cluster'
            return CommandPulls(failure=Failure('TooLate', text))
        if self._interrupted.is_set():
            return CommandPulls(failure=Failure('TooLate', 'the run was interrupted'))
        command = pull_command(requests, int(seconds), datetime.now(timezone.utc))
        started = _Started(cluster_id, requests[0].namespace, command.names)
        self._started.append(started)
        runner = RunCommand(
            self._client, cluster_id, token.value if token else None, self._interrupted
        )
        read = _read(runner.run(command.line, command.files, deadline), command, requests)
        started.jobs = read.jobs
        started.is_reported = not self._interrupted.is_set()
        remains = _delete_command(started)
        pulls = tuple(
            pull._replace(delete_command=remains) if pull.job in read.jobs else pull
            for pull in read.pulls
        )
        return replace(read, pulls=pulls)

    def cleanup(self) -> None:
        """End the wait for results. The commands delete what they made."""
        self._interrupted.set()

    def unfinished(self) -> list[str]:
        """Return the commands that delete the Jobs that may remain and that no check reported."""
        return [
            _delete_command(started)
            for started in self._started
            if started.jobs and not started.is_reported
        ]


def _delete_command(started: _Started) -> str:
    """Return the command that deletes Jobs; only the resource group may need quotes."""
    match = CLUSTER_ID.fullmatch(started.cluster_id)
    assert match
    names = ' '.join(started.jobs)
    return (
        f'az aks command invoke --resource-group {shlex.quote(match["group"])}'
        f' --name {match["name"]} --subscription {match["subscription"]} --command "kubectl delete'
        f' job {names} --namespace {started.namespace} --ignore-not-found"'
    )


def _read(
    result: CommandResult, command: PullCommand, requests: Sequence[PodRequest]
) -> CommandPulls:
    """Return what the output of a command says about the pulls."""
    facts = dict(result.facts)
    if result.failure:
        jobs = command.names if result.may_run else ()
        return CommandPulls(failure=result.failure, jobs=jobs, facts=facts)
    facts['exitCode'] = result.exit_code
    sections = sections_of(result.logs, command.mark)
    jobs = tuple(name for name in command.names if may_remain(sections, name))
    incomplete = [name for name in command.names if _is_missing(sections, name)]
    if incomplete and END not in sections and sections:
        text = 'the output of the command has no end'
        return CommandPulls(failure=Failure('Cut', text), jobs=jobs, facts=facts)
    if incomplete:
        tail = sanitize(redact_queries(result.logs[-_TAIL:]), _TAIL) if not sections else ''
        text = f'the command ended with exit code {result.exit_code}{": " if tail else ""}{tail}'
        return CommandPulls(failure=Failure('Failed', text), jobs=jobs, facts=facts)
    pulls = tuple(pull_of(sections, name, each) for name, each in zip(command.names, requests))
    return CommandPulls(pulls, jobs=jobs, facts=facts)


def _is_missing(sections: Sections, name: str) -> bool:
    """Return whether the output doesn't say how the pull of a Job ended."""
    created = sections.get(('created', name))
    return created is None or not created.failure and ('events', name) not in sections
