# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of Helm's version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.helm_client import Helm
from azext_acrhealth.checks.environment.helm_version import helm_version
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.environment.test_helm_client import HUNG
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, verify

NO_TILLER = CompletedCommand(1, 'Client: v2.16.1+gbbdfe5e', 'Error: could not find tiller')
HELM = 'HELM_VERSION_ERROR'


def helm(
    name: str,
    status: str,
    problem: str = '',
    short: CompletedCommand | str = '',
    client: CompletedCommand | None = None,
    **more: Any,
) -> Row:
    """Return a row of helm-version.

    `short`: the output or result of `helm version --short`; `client`: the result with --client.
    """
    completed = CompletedCommand(0, short) if isinstance(short, str) else short
    tools = {'helm version --short --client': client} if client else {}
    return Row(
        name,
        helm_version,
        status,
        problem,
        probes=FakeProbes(tools=tools),
        needs=(Helm('/bin/helm', completed),),
        **more,
    )


TABLE = (
    helm('3', 'Passed', short='v3.17.3+ge4da497', facts={'version': '3.17.3'}),
    helm('4', 'Passed', short='v4.3.1+g1234567\n', facts={'version': '4.3.1'}),
    helm(
        '4, a release candidate',
        'Passed',
        short='v4.0.0-rc.1+gfeed123',
        facts={'version': '4.0.0-rc.1'},
    ),
    helm('2.11.0', 'Passed', short='Client: v2.11.0+g2e55dbe', facts={'version': '2.11.0'}),
    helm('2.11.0, a release candidate', 'Passed', short='Client: v2.11.0-rc.1+g2e55dbe'),
    helm(
        '2 without Tiller',
        'Passed',
        short=NO_TILLER,
        client=CompletedCommand(0, 'Client: v2.16.1+gbbdfe5e'),
        facts={'version': '2.16.1'},
    ),
    helm(
        '2 that waits for Tiller',
        'Passed',
        facts={'version': '2.16.1'},
        short=CompletedCommand(None, 'Client: v2.16.1+gbbdfe5e\n', '', HUNG.failure),
    ),
    helm(
        '2.10.0',
        'Failed',
        f'{HELM} VersionTooOld',
        short='Client: v2.10.0+g9ad53aa',
        facts={'version': '2.10.0'},
    ),
    helm('1.99.99', 'Failed', f'{HELM} VersionTooOld', short='v1.99.99'),
    helm(
        'an error',
        'Failed',
        f'{HELM} VersionCommandFailed',
        short=CompletedCommand(1, '', 'panic'),
        client=CompletedCommand(1, '', 'no flag'),
        detail='exited with status 1: panic',
        facts={'status': 1},
    ),
    helm(
        'an error, then a hang',
        'Failed',
        f'{HELM} VersionCommandFailed',
        short=CompletedCommand(1, '', 'panic'),
        client=HUNG,
    ),
    helm(
        'a hang',
        'Failed',
        f'{HELM} VersionCommandTimeout',
        short=HUNG,
        detail='timed out after 10 s',
    ),
    helm('no output', 'Failed', f'{HELM} VersionUnreadable', short=''),
    helm(
        'no version',
        'Failed',
        f'{HELM} VersionUnreadable',
        short='unknown',
        detail="'unknown'",
        solution='helm version --short',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@given(st.text(), st.sampled_from([0, 1]))
def test_any_output_makes_a_row(output: str, status: int) -> None:
    completed = CompletedCommand(status, output, output)
    assert run(helm('any output', '', short=completed, client=completed)).status.value in (
        'Passed',
        'Failed',
    )


@given(st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 30)))
def test_helm_is_old_below_2_11(parts: tuple[int, int, int]) -> None:
    text = '.'.join(map(str, parts))
    assert run(helm(text, '', short=f'v{text}+g123')).status.value == (
        'Passed' if parts >= (2, 11, 0) else 'Failed'
    )
