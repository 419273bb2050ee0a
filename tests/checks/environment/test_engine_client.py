# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the container engine's client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_acrhealth.checks.environment.engine_client import Engine, engine_client
from azext_acrhealth.options import Options
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, verify

CLIENT = {'Version': '29.1.3', 'Os': 'linux', 'Arch': 'amd64'}
RUNNING = CompletedCommand(0, json.dumps({'Client': CLIENT, 'Server': {'Version': '29.0.0'}}))
STOPPED = CompletedCommand(
    1,
    json.dumps({'Client': CLIENT, 'Server': None}),
    'warning\nCannot connect to the Docker daemon',
)
HUNG = CompletedCommand(None, failure=Failure('Timeout', 'timed out after 10 s'))
BROKEN = CompletedCommand(None, failure=Failure('NotExecutable', 'Exec format error'))
VERSION = 'version --format {{json .}}'
WITHOUT_REGISTRY = Options()


def probes(**engines: CompletedCommand) -> FakeProbes:
    """Return probes with these engines installed, each with the result of its version command."""
    return FakeProbes(
        files=tuple(engines),
        tools={f'{name} {VERSION}': completed for name, completed in engines.items()},
    )


def engine(version_command: CompletedCommand, name: str = 'docker') -> tuple[Engine]:
    return (Engine(name, f'/bin/{name}', version_command),)


def client(name: str, status: str, problem: str = '', **more: Any) -> Row:
    return Row(name, engine_client, status, problem, **more)


TABLE = (
    client(
        'docker works',
        'Passed',
        probes=probes(docker=RUNNING),
        detail='docker at /bin/docker',
        facts={'client': 'docker'},
    ),
    client(
        'the first working client is used',
        'Passed',
        probes=probes(docker=STOPPED, podman=RUNNING),
        facts={'client': 'podman'},
    ),
    client(
        'docker is preferred to podman',
        'Passed',
        probes=probes(podman=RUNNING, docker=RUNNING),
        facts={'client': 'docker'},
    ),
    client(
        'nerdctl comes last',
        'Passed',
        probes=probes(docker=STOPPED, podman=HUNG, nerdctl=RUNNING),
        facts={'client': 'nerdctl'},
    ),
    client(
        'the first client is used if no engine runs',
        'Passed',
        probes=probes(podman=STOPPED, nerdctl=STOPPED),
        facts={'client': 'podman'},
    ),
    client(
        'a hung client counts as started',
        'Passed',
        probes=probes(docker=HUNG),
        facts={'client': 'docker'},
    ),
    client(
        'a client that cannot start is replaced',
        'Warning',
        'DOCKER_COMMAND_ERROR NotExecutable',
        probes=probes(docker=BROKEN, podman=RUNNING),
        detail='/bin/docker: Exec format error, podman at /bin/podman is used in its place',
        facts={'client': 'podman', 'path': '/bin/podman'},
        solution='chmod +x /bin/docker',
        has_value=True,
    ),
    client(
        'a client that cannot start comes after a stopped one',
        'Passed',
        probes=probes(docker=STOPPED, podman=BROKEN),
        facts={'client': 'docker'},
    ),
    client(
        'output on stderr is ignored',
        'Passed',
        probes=probes(docker=CompletedCommand(0, RUNNING.stdout, 'WARNING: text')),
        facts={'client': 'docker'},
    ),
    client(
        'DOCKER_COMMAND',
        'Passed',
        probes=FakeProbes(
            docker_command='lima', files=('lima', 'docker'), tools={f'lima {VERSION}': STOPPED}
        ),
        facts={'client': 'lima'},
    ),
    client(
        'DOCKER_COMMAND does not exist',
        'Failed',
        'DOCKER_COMMAND_ERROR NotFound',
        options=WITHOUT_REGISTRY,
        probes=FakeProbes(docker_command='lima', files=('docker',)),
        detail='lima (DOCKER_COMMAND) not found',
    ),
    client(
        "DOCKER_COMMAND isn't executable",
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        probes=FakeProbes(docker_command='lima', unexecutables=('lima', 'docker')),
        facts={'path': '/bin/lima'},
    ),
    client(
        'none',
        'Failed',
        'DOCKER_COMMAND_ERROR NotFound',
        options=WITHOUT_REGISTRY,
        solution='DOCKER_COMMAND',
    ),
    client('none, with a registry', 'Warning', 'DOCKER_COMMAND_ERROR NotFound'),
    client(
        'a file for another processor',
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        probes=probes(docker=BROKEN),
        detail='Exec format error',
        solution='chmod +x /bin/docker',
    ),
    client(
        "a file that isn't executable",
        'Failed',
        'DOCKER_COMMAND_ERROR NotExecutable',
        options=WITHOUT_REGISTRY,
        probes=FakeProbes(unexecutables=('podman',)),
        facts={'path': '/bin/podman'},
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


def test_the_clients_that_are_replaced() -> None:
    row = client('replaced', 'Passed', probes=probes(docker=STOPPED, podman=HUNG, nerdctl=RUNNING))
    assert [engine.name for engine in run(row).value.replaced] == ['docker', 'podman']
    row = client('none runs', 'Passed', probes=probes(docker=STOPPED, podman=STOPPED))
    assert run(row).value.replaced == ()


@pytest.mark.parametrize(
    'path, output, kind',
    [
        ('/usr/bin/docker', {'Client': CLIENT}, 'docker'),
        ('/usr/bin/docker', {'Client': {'OsArch': 'linux/amd64'}}, 'podman'),
        ('/opt/podman/bin/podman', {}, 'podman'),
        (r'C:\Tools\nerdctl.exe', {}, 'nerdctl'),
        ('/usr/local/bin/nerdctl.lima', {}, 'nerdctl'),
        ('/usr/local/bin/finch', {}, 'finch'),
        ('/podman/docker', {}, 'docker'),
    ],
)
def test_the_kind_of_a_client(path: str, output: Any, kind: str) -> None:
    completed = CompletedCommand(0, json.dumps(output))
    assert Engine('any', path, completed).kind == kind
