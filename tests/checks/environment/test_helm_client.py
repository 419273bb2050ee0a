# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the Helm client."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.environment.helm_client import helm_client
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, verify

HUNG = CompletedCommand(None, failure=Failure('Timeout', 'timed out after 10 s'))
BROKEN = CompletedCommand(None, failure=Failure('NotExecutable', 'Exec format error'))


def installed(completed: CompletedCommand) -> FakeProbes:
    return FakeProbes(files=('helm',), tools={'helm version --short': completed})


TABLE = (
    Row(
        'installed',
        helm_client,
        'Passed',
        probes=installed(CompletedCommand(0)),
        facts={'path': '/bin/helm'},
    ),
    Row(
        'a failed command counts as started',
        helm_client,
        'Passed',
        probes=installed(CompletedCommand(1)),
    ),
    Row('a hung command counts as started', helm_client, 'Passed', probes=installed(HUNG)),
    Row(
        'for another processor',
        helm_client,
        'Failed',
        'HELM_COMMAND_ERROR NotExecutable',
        'Exec format error',
        probes=installed(BROKEN),
        facts={'path': '/bin/helm'},
        solution='chmod +x /bin/helm',
    ),
    Row(
        'missing',
        helm_client,
        'Warning',
        'HELM_COMMAND_ERROR NotFound',
        'helm not found',
        solution='--skip helm-client',
    ),
    Row(
        'not executable',
        helm_client,
        'Failed',
        'HELM_COMMAND_ERROR NotExecutable',
        probes=FakeProbes(unexecutables=('helm',)),
        facts={'path': '/bin/helm'},
        solution='chmod +x /bin/helm',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)
