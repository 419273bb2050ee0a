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
from azext_acrhealth.probes.failure import Trouble
from azext_acrhealth.probes.local.process import Ran
from tests.checks.fake_probes import FakeWorld
from tests.checks.table import Row, verify

CLIENT = {'Version': '29.1.3', 'Os': 'linux', 'Arch': 'amd64'}
ALIVE = Ran(0, json.dumps({'Client': CLIENT, 'Server': {'Version': '29.0.0'}}))
DEAD = Ran(
    1,
    json.dumps({'Client': CLIENT, 'Server': None}),
    'warning\nCannot connect to the Docker daemon',
)
HUNG = Ran(None, trouble=Trouble('Timeout', 'no end after 10 s'))
BROKEN = Ran(None, trouble=Trouble('NotExecutable', 'Exec format error'))
VERSION = 'version --format {{json .}}'
ALONE = Options()


def world(**engines: Ran) -> FakeWorld:
    """Give a world where these engines are installed and describe themselves so."""
    return FakeWorld(
        files=tuple(engines), tools={f'{name} {VERSION}': ran for name, ran in engines.items()}
    )


def engine(described: Ran, name: str = 'docker') -> tuple[Engine]:
    return (Engine(name, f'/bin/{name}', described),)


def client(name: str, status: str, problem: str = '', **more: Any) -> Row:
    return Row(name, engine_client, status, problem, **more)


TABLE = (
    client(
        'docker works',
        'Passed',
        world=world(docker=ALIVE),
        detail='docker at /bin/docker',
        facts={'client': 'docker'},
    ),
    client(
        'the first that works is taken',
        'Passed',
        world=world(docker=DEAD, podman=ALIVE),
        facts={'client': 'podman'},
    ),
    client(
        'a working docker comes before podman',
        'Passed',
        world=world(podman=ALIVE, docker=ALIVE),
        facts={'client': 'docker'},
    ),
    client(
        'nerdctl is the last resort',
        'Passed',
        world=world(docker=DEAD, podman=HUNG, nerdctl=ALIVE),
        facts={'client': 'nerdctl'},
    ),
    client(
        'of dead ones the first is taken',
        'Passed',
        world=world(podman=DEAD, nerdctl=DEAD),
        facts={'client': 'podman'},
    ),
    client(
        'a hung one has started', 'Passed', world=world(docker=HUNG), facts={'client': 'docker'}
    ),
    client(
        'one that cannot start gives way',
        'Passed',
        world=world(docker=BROKEN, podman=ALIVE),
        facts={'client': 'podman'},
    ),
    client(
        'standard error alone means nothing',
        'Passed',
        world=world(docker=Ran(0, ALIVE.stdout, 'WARNING: odd')),
        facts={'client': 'docker'},
    ),
    client(
        'DOCKER_COMMAND',
        'Passed',
        world=FakeWorld(
            docker_command='lima', files=('lima', 'docker'), tools={f'lima {VERSION}': DEAD}
        ),
        facts={'client': 'lima'},
    ),
    client(
        'DOCKER_COMMAND names nothing',
        'Failed',
        'DOCKER_COMMAND_ERROR NotFound',
        options=ALONE,
        world=FakeWorld(docker_command='lima', files=('docker',)),
        detail='DOCKER_COMMAND names lima',
    ),
    client(
        'DOCKER_COMMAND names a file without rights',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        world=FakeWorld(docker_command='lima', unexecutables=('lima', 'docker')),
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
        world=world(docker=BROKEN),
        detail='Exec format error',
        solution='chmod +x /bin/docker',
    ),
    client(
        'a file without rights',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        options=ALONE,
        world=FakeWorld(unexecutables=('podman',)),
        facts={'path': '/bin/podman'},
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)
