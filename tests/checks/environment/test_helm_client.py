# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The Helm client."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.environment.helm_client import helm_client
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.local.process import Ran
from tests.checks.fake_probes import FakeWorld
from tests.checks.table import Row, verify

HUNG = Ran(None, trouble=Trouble('Timeout', 'no end after 10 s'))
BROKEN = Ran(None, trouble=Trouble('NotExecutable', 'Exec format error'))


def present(ran: Ran) -> FakeWorld:
    return FakeWorld(files=('helm',), tools={'helm version --short': ran})


TABLE = (
    Row('there', helm_client, 'Passed', world=present(Ran(0)), facts={'path': '/bin/helm'}),
    Row('one that fails has started', helm_client, 'Passed', world=present(Ran(1))),
    Row('a hung one has started', helm_client, 'Passed', world=present(HUNG)),
    Row(
        'for another processor',
        helm_client,
        'Failed',
        'HELM_COMMAND_ERROR NotExecutable',
        'Exec format error',
        world=present(BROKEN),
        facts={'path': '/bin/helm'},
        solution='chmod +x /bin/helm',
    ),
    Row(
        'missing',
        helm_client,
        'Warning',
        'HELM_COMMAND_ERROR NotFound',
        'no helm',
        solution='--skip helm-client',
    ),
    Row(
        'without rights',
        helm_client,
        'Failed',
        'HELM_COMMAND_ERROR NotExecutable',
        world=FakeWorld(unexecutables=('helm',)),
        facts={'path': '/bin/helm'},
        solution='chmod +x /bin/helm',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)
