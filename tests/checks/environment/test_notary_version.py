# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of Notary's version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.notary_version import notary_version
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.environment.test_helm_client import BROKEN, HUNG
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, verify

NOTARY, COMMAND = 'NOTARY_VERSION_ERROR', 'NOTARY_COMMAND_ERROR'


def notary(
    name: str, status: str, problem: str = '', completed: CompletedCommand | str = '', **more: Any
) -> Row:
    tools = {
        'notary version': CompletedCommand(0, completed)
        if isinstance(completed, str)
        else completed
    }
    return Row(
        name,
        notary_version,
        status,
        problem,
        probes=FakeProbes(files=('notary',), tools=tools),
        **{'has_value': None, **more},
    )


TABLE = (
    Row('missing', notary_version, 'Skipped', detail='notary not found on PATH'),
    Row(
        'not executable',
        notary_version,
        'Warning',
        f'{COMMAND} NotExecutable',
        '/bin/notary: not executable',
        probes=FakeProbes(unexecutables=('notary',)),
        facts={'path': '/bin/notary'},
        solution='chmod +x /bin/notary',
    ),
    notary(
        '0.6.0',
        'Passed',
        completed='notary\n Version:    0.6.0\n Git commit: 34f53ad',
        facts={'version': '0.6.0'},
    ),
    notary('0.4.3', 'Passed', completed='notary\n Version:    0.4.3'),
    notary(
        '0.6.1',
        'Warning',
        f'{NOTARY} VersionTooNew',
        completed='notary\n Version:    0.6.1\n Git commit: d6e1431f',
        facts={'version': '0.6.1'},
        solution='0.6.0',
    ),
    notary('0.7.0', 'Warning', f'{NOTARY} VersionTooNew', completed=' Version:    v0.7.0-rc1'),
    notary(
        'a build without a version',
        'Warning',
        f'{NOTARY} VersionUnreadable',
        completed='notary\n Version:    UNKNOWN',
    ),
    notary(
        'an error',
        'Warning',
        f'{NOTARY} VersionCommandFailed',
        completed=CompletedCommand(2, '', 'boom'),
        facts={'status': 2},
    ),
    notary(
        'cannot start',
        'Warning',
        f'{COMMAND} NotExecutable',
        completed=BROKEN,
        detail='Exec format error',
    ),
    notary('a hang', 'Warning', f'{NOTARY} VersionCommandTimeout', completed=HUNG),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@given(st.text(), st.sampled_from([0, 1]))
def test_any_output_makes_a_row(output: str, status: int) -> None:
    result = CompletedCommand(status, output, output)
    assert run(notary('any output', '', completed=result)).status.value in ('Passed', 'Warning')
