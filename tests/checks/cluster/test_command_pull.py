# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Every failure of a command has a problem; its rows are in the table of the check."""

from __future__ import annotations

from typing import get_args

import pytest

from azext_acrhealth.catalogue.cluster import run_command
from azext_acrhealth.checks.cluster.command_pull import BY_COMMAND_FAILURE, disabled, facts_of
from azext_acrhealth.probes.azure.run_command import CommandKind
from azext_acrhealth.probes.cluster.command_pulls import CommandPulls
from tests.checks.cluster.fixtures import cluster_resource


def test_every_failure_has_a_problem_of_its_own_module() -> None:
    assert set(BY_COMMAND_FAILURE) == set(get_args(CommandKind))
    assert set(BY_COMMAND_FAILURE.values()) < set(run_command.PROBLEMS)


@pytest.mark.parametrize('profile', [None, {}, {'disableRunCommand': False}, 'odd'])
def test_a_cluster_whose_run_command_is_enabled(profile: object) -> None:
    assert disabled(cluster_resource(apiServerAccessProfile=profile), {}) is None


def test_facts() -> None:
    found = CommandPulls(jobs=('a',), facts={'exitCode': 0, 'commandId': None, 'status': 200})
    assert facts_of(found) == {'exitCode': 0, 'status': 200, 'jobs': ['a']}
    assert facts_of(CommandPulls()) == {}
