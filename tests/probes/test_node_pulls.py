# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The ways in which nodes pull: each is made once, and nothing is cleaned up that wasn't made."""

from __future__ import annotations

from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.credentials import CliLogin
from azext_acrhealth.probes.local.process import CommandRunner
from azext_acrhealth.probes.node_pulls import NodePulls


def test_each_way_is_made_once(azure, monkeypatch):
    cli = Cli(azure.cli())
    login = CliLogin(cli)
    pulls = NodePulls(CommandRunner(), ArmClient(cli, login), login)
    assert pulls.unfinished() == []
    pulls.cleanup()
    assert pulls.by_kubectl() is pulls.by_kubectl()
    assert pulls.by_command() is pulls.by_command()
    cleaned = []
    for way in (pulls.by_kubectl(), pulls.by_command()):
        monkeypatch.setattr(way, 'cleanup', lambda way=way: cleaned.append(way))
        monkeypatch.setattr(way, 'unfinished', lambda: ['delete it'])
    pulls.cleanup()
    assert cleaned == [pulls.by_kubectl(), pulls.by_command()]
    assert pulls.unfinished() == ['delete it', 'delete it']
