# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pulls by the nodes of clusters, whose modules are loaded only when a cluster is to pull."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.credentials import Credentials
from azext_acrhealth.probes.deadlines import OncePerKey
from azext_acrhealth.probes.local.process import CommandRunner
from azext_acrhealth.protocols import ClusterApi, CommandApi


class NodePulls:
    """The ways in which nodes can pull in a run; each is made once, when it is first used."""

    def __init__(self, commands: CommandRunner, arm: ArmClient, credentials: Credentials) -> None:
        self._commands, self._arm, self._credentials = commands, arm, credentials
        self._ways = OncePerKey[Any]()

    def by_kubectl(self) -> ClusterApi:
        """Return the pulls through the kubectl on PATH."""
        from azext_acrhealth.probes.cluster.cluster_pulls import ClusterPulls

        way: ClusterApi = self._ways('kubectl', lambda: ClusterPulls(self._commands.run))
        return way

    def by_command(self) -> CommandApi:
        """Return the pulls through Azure Resource Manager."""
        from azext_acrhealth.probes.cluster.command_pulls import ClusterCommands

        way: CommandApi = self._ways(
            'run-command', lambda: ClusterCommands(self._arm, self._credentials)
        )
        return way

    def cleanup(self) -> None:
        """Delete what pulls that were interrupted left in clusters, as far as that is possible."""
        for way in self._ways.results():
            way.cleanup()

    def unfinished(self) -> list[str]:
        """Return the commands that delete what interrupted pulls may have left in clusters."""
        return [command for way in self._ways.results() for command in way.unfinished()]
