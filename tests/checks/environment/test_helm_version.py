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
    helm('3.8.0', 'Passed', short='v3.8.0+gd141386', facts={'version': '3.8.0'}),
    helm('3.7.2', 'Warning', f'{HELM} VersionTooOld', short='v3.7.2+g663a896', solution='3.8'),
    helm('2.17.0', 'Warning', f'{HELM} HelmObsolete', short='Client: v2.17.0+ga690bad'),
    helm(
        '2 without Tiller',
        'Warning',
        f'{HELM} HelmObsolete',
        short=NO_TILLER,
        client=CompletedCommand(0, 'Client: v2.16.1+gbbdfe5e'),
        facts={'version': '2.16.1'},
    ),
    helm(
        '2 that waits for Tiller',
        'Warning',
        f'{HELM} HelmObsolete',
        facts={'version': '2.16.1'},
        short=CompletedCommand(None, 'Client: v2.16.1+gbbdfe5e\n', '', HUNG.failure),
    ),
    helm(
        '2.10.0',
        'Warning',
        f'{HELM} HelmObsolete',
        short='Client: v2.10.0+g9ad53aa',
        facts={'version': '2.10.0'},
    ),
    helm('1.99.99', 'Warning', f'{HELM} HelmObsolete', short='v1.99.99'),
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
        'Warning',
        'Failed',
    )


@given(st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 30)))
def test_only_helm_3_8_and_later_passes(parts: tuple[int, int, int]) -> None:
    text = '.'.join(map(str, parts))
    outcome = run(helm(text, '', short=f'v{text}+g123'))
    reason = outcome.problem and outcome.problem.reason
    expected = 'HelmObsolete' if parts < (3,) else 'VersionTooOld' if parts < (3, 8) else None
    assert (outcome.status.value, reason) == ('Warning' if expected else 'Passed', expected)
