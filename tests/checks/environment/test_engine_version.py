# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the container engine client's version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.environment.engine_client import Engine
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.checks.environment.engine_version import engine_version
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.environment.test_engine_client import HUNG, RUNNING, STOPPED, engine
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, shown, verify


def engine_with(value: Any, status: int = 0) -> tuple[Engine]:
    return engine(CompletedCommand(status, value if isinstance(value, str) else json.dumps(value)))


def version(
    name: str, status: str, problem: str = '', plain: CompletedCommand | None = None, **more: Any
) -> Row:
    return Row(
        name,
        engine_version,
        status,
        problem,
        probes=FakeProbes(tools={'docker --version': plain} if plain else {}),
        **more,
    )


TABLE = (
    version(
        'in the JSON',
        'Passed',
        needs=engine(RUNNING),
        facts={'version': '29.1.3', 'platform': 'linux/amd64'},
    ),
    version(
        'in the JSON, with a stopped engine',
        'Passed',
        needs=engine(STOPPED),
        facts={'version': '29.1.3'},
    ),
    version(
        'podman has OsArch',
        'Passed',
        needs=engine_with({'Client': {'Version': '4.3.1', 'OsArch': 'linux/arm64'}}),
        facts={'platform': 'linux/arm64'},
    ),
    version(
        'invalid platform',
        'Passed',
        needs=engine_with({'Client': {'Version': '1.0', 'OsArch': [[]], 'Os': {}}}),
        facts={'platform': '?/?'},
    ),
    version(
        'no platform',
        'Passed',
        needs=engine_with({'Client': {'Version': '1.0'}}),
        facts={'platform': '?/?'},
    ),
    version(
        'plain after no output',
        'Passed',
        needs=engine_with(''),
        plain=CompletedCommand(0, 'Docker version 20.10.7, build f0df350'),
        facts={'version': '20.10.7'},
    ),
    version(
        'plain after `json`',
        'Passed',
        needs=engine_with('json'),
        plain=CompletedCommand(0, 'podman version 4.3.1'),
        facts={'version': '4.3.1'},
    ),
    version(
        'plain after a list',
        'Passed',
        needs=engine_with([]),
        plain=CompletedCommand(0, 'nerdctl version v2.0.0-rc.1'),
    ),
    version(
        'plain after null', 'Passed', needs=engine_with(None), plain=CompletedCommand(0, '1.2')
    ),
    version(
        'plain after a null client',
        'Passed',
        needs=engine_with({'Client': None}),
        plain=CompletedCommand(0, '1.2'),
    ),
    version(
        'plain after a text for a client',
        'Passed',
        needs=engine_with({'Client': '29.1.3'}),
        plain=CompletedCommand(0, '1.2'),
    ),
    version(
        'plain after a number for a version',
        'Passed',
        needs=engine_with({'Client': {'Version': 29}}),
        plain=CompletedCommand(0, '1.2'),
    ),
    version(
        'plain after deeply nested JSON',
        'Passed',
        needs=engine_with('[' * 100_000),
        plain=CompletedCommand(0, '1.2'),
    ),
    version(
        'no version',
        'Failed',
        'DOCKER_VERSION_ERROR VersionUnreadable',
        needs=engine_with(''),
        plain=CompletedCommand(0, 'Docker version unknown'),
        detail="'Docker version unknown'",
        solution='`docker version`',
    ),
    version(
        'no output',
        'Failed',
        'DOCKER_VERSION_ERROR VersionUnreadable',
        needs=engine_with(''),
        plain=CompletedCommand(0),
    ),
    version(
        'an error',
        'Failed',
        'DOCKER_VERSION_ERROR VersionCommandFailed',
        needs=engine_with('', 1),
        plain=CompletedCommand(125, '', 'first line\nno such option'),
        detail='exited with status 125: no such option',
        facts={'status': 125},
    ),
    version(
        'a hang',
        'Failed',
        'DOCKER_VERSION_ERROR VersionCommandTimeout',
        needs=engine(HUNG),
        plain=HUNG,
        detail='timed out after 10 s',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.one_of(
                st.lists(inner),
                st.dictionaries(
                    st.sampled_from(['Client', 'Server', 'Version', 'OsArch', 'Os', 'x']), inner
                ),
            ),
        ).map(json.dumps),
    ),
    st.sampled_from([0, 1, 125]),
)
def test_any_output_makes_a_row(output: str, status: int) -> None:
    completed = CompletedCommand(status, output, output)
    responses = FakeProbes(tools={'docker --version': completed, 'docker info': completed})
    for check in (engine_version, engine_daemon):
        outcome = run(Row('any output', check, '', probes=responses, needs=engine(completed)))
        row = shown(check, outcome)
        assert row['status'] in ('Passed', 'Failed')
        json.dumps(row)
