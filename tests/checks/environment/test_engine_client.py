# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The checks of the container engine's client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.options import Options
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, verify

CLIENT = {'Version': '29.1.3', 'Os': 'linux', 'Arch': 'amd64'}
ALIVE = CompletedCommand(0, json.dumps({'Client': CLIENT, 'Server': {'Version': '29.0.0'}}))
DEAD = CompletedCommand(
    1,
    json.dumps({'Client': CLIENT, 'Server': None}),
    'warning\nCannot connect to the Docker daemon',
)
HUNG = CompletedCommand(None, failure=Failure('Timeout', 'no end after 10 s'))
BROKEN = CompletedCommand(None, failure=Failure('NotExecutable', 'Exec format error'))
VERSION = 'version --format {{json .}}'
ALONE = Options()


def probes(**engines: CompletedCommand) -> FakeProbes:
    """Return a world where these engines are installed and describe themselves so."""
    return FakeProbes(
        files=tuple(engines),
        tools={f'{name} {VERSION}': completed for name, completed in engines.items()},
    )


def engine(described: CompletedCommand, name: str = 'docker') -> tuple[Engine]:
    return (Engine(name, f'/bin/{name}', described),)


def client(name: str, status: str, problem: str = '', **more: Any) -> Row:
    return Row(name, engine_client, status, problem, **more)


TABLE = (
    client(
        'docker works',
        'Passed',
        probes=probes(docker=ALIVE),
        detail='docker at /bin/docker',
        facts={'client': 'docker'},
    ),
    client(
        'the first that works is taken',
        'Passed',
        probes=probes(docker=DEAD, podman=ALIVE),
        facts={'client': 'podman'},
    ),
    client(
        'a working docker comes before podman',
        'Passed',
        probes=probes(podman=ALIVE, docker=ALIVE),
        facts={'client': 'docker'},
    ),
    client(
        'nerdctl is the last resort',
        'Passed',
        probes=probes(docker=DEAD, podman=HUNG, nerdctl=ALIVE),
        facts={'client': 'nerdctl'},
    ),
    client(
        'of dead ones the first is taken',
        'Passed',
        probes=probes(podman=DEAD, nerdctl=DEAD),
        facts={'client': 'podman'},
    ),
    client(
        'a hung one has started', 'Passed', probes=probes(docker=HUNG), facts={'client': 'docker'}
    ),
    client(
        'one that cannot start gives way',
        'Passed',
        probes=probes(docker=BROKEN, podman=ALIVE),
        facts={'client': 'podman'},
    ),
    client(
        'standard error alone means nothing',
        'Passed',
        probes=probes(docker=CompletedCommand(0, ALIVE.stdout, 'WARNING: odd')),
        facts={'client': 'docker'},
    ),
    client(
        'DOCKER_COMMAND',
        'Passed',
        probes=FakeProbes(
            docker_command='lima', files=('lima', 'docker'), tools={f'lima {VERSION}': DEAD}
        ),
        facts={'client': 'lima'},
    ),
    client(
        'DOCKER_COMMAND names nothing',
        'Failed',
        'DOCKER_COMMAND_ERROR NotFound',
        options=ALONE,
        probes=FakeProbes(docker_command='lima', files=('docker',)),
        detail='DOCKER_COMMAND names lima',
    ),
    client(
        'DOCKER_COMMAND names a file without rights',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        probes=FakeProbes(docker_command='lima', unexecutables=('lima', 'docker')),
        facts={'path': '/bin/lima'},
    ),
    client(
        'none', 'Failed', 'DOCKER_COMMAND_ERROR NotFound', options=ALONE, solution='DOCKER_COMMAND'
    ),
    client('none, but a registry is asked about', 'Warning', 'DOCKER_COMMAND_ERROR NotFound'),
    client(
        'a file for another processor',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        probes=probes(docker=BROKEN),
        detail='Exec format error',
        solution='chmod +x /bin/docker',
    ),
    client(
        'a file without rights',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        options=ALONE,
        probes=FakeProbes(unexecutables=('podman',)),
        facts={'path': '/bin/podman'},
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)
