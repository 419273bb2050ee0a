# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The checks of the container engine's client."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.engine import Engine, engine_client, engine_version, readable
from azext_acrhealth.checks.engine_daemon import engine_daemon
from azext_acrhealth.checks.engine_pull import engine_pull
from azext_acrhealth.model import Context, Status
from azext_acrhealth.options import Options
from azext_acrhealth.probes.process import Ran
from azext_acrhealth.probes.trouble import Trouble
from azext_acrhealth.report import legible
from tests.checks.fake_world import FakeWorld
from tests.checks.table import Row, run, shown, verify

CLIENT = {'Version': '29.1.3', 'Os': 'linux', 'Arch': 'amd64'}
ALIVE = Ran(0, json.dumps({'Client': CLIENT, 'Server': {'Version': '29.0.0'}}))
DEAD = Ran(1, json.dumps({'Client': CLIENT, 'Server': None}), 'warning\nCannot connect to the Docker daemon')
HUNG = Ran(None, trouble=Trouble('Timeout', 'no end after 10 s'))
BROKEN = Ran(None, trouble=Trouble('NotExecutable', 'Exec format error'))
VERSION = 'version --format {{json .}}'
ALONE = Options()


def world(**engines: Ran) -> FakeWorld:
    """Give a world where these engines are installed and describe themselves so."""
    return FakeWorld(files=tuple(engines), tools={f'{name} {VERSION}': ran for name, ran in engines.items()})


def engine(described: Ran, name: str = 'docker') -> tuple[Engine]:
    return (Engine(name, f'/bin/{name}', described),)


def described(value: Any, status: int = 0) -> tuple[Engine]:
    return engine(Ran(status, value if isinstance(value, str) else json.dumps(value)))


def client(name: str, status: str, problem: str = '', **more: Any) -> Row:
    return Row(name, engine_client, status, problem, **more)


def version(name: str, status: str, problem: str = '', plain: Ran | None = None, **more: Any) -> Row:
    return Row(name, engine_version, status, problem,
               world=FakeWorld(tools={'docker --version': plain} if plain else {}),
               **more)


TABLE = (
    client('docker works', 'Passed', world=world(docker=ALIVE), detail='docker at /bin/docker',
           facts={'client': 'docker'}),
    client('the first that works is taken', 'Passed', world=world(docker=DEAD, podman=ALIVE),
           facts={'client': 'podman'}),
    client('a working docker comes before podman', 'Passed', world=world(podman=ALIVE, docker=ALIVE),
           facts={'client': 'docker'}),
    client('nerdctl is the last resort', 'Passed', world=world(docker=DEAD, podman=HUNG, nerdctl=ALIVE),
           facts={'client': 'nerdctl'}),
    client('of dead ones the first is taken', 'Passed', world=world(podman=DEAD, nerdctl=DEAD),
           facts={'client': 'podman'}),
    client('a hung one has started', 'Passed', world=world(docker=HUNG), facts={'client': 'docker'}),
    client('one that cannot start gives way', 'Passed', world=world(docker=BROKEN, podman=ALIVE),
           facts={'client': 'podman'}),
    client('standard error alone means nothing', 'Passed', world=world(docker=Ran(0, ALIVE.stdout, 'WARNING: odd')),
           facts={'client': 'docker'}),
    client('DOCKER_COMMAND', 'Passed', world=FakeWorld(docker_command='lima', files=('lima', 'docker'),
                                                       tools={f'lima {VERSION}': DEAD}), facts={'client': 'lima'}),
    client('DOCKER_COMMAND names nothing', 'Failed', 'DOCKER_COMMAND_ERROR NotFound', options=ALONE,
           world=FakeWorld(docker_command='lima', files=('docker',)), detail='DOCKER_COMMAND names lima'),
    client('DOCKER_COMMAND names a file without rights', 'Failed', 'DOCKER_COMMAND_ERROR NotExecutable',
           world=FakeWorld(docker_command='lima', unexecutables=('lima', 'docker')), facts={'path': '/bin/lima'}),
    client('none', 'Failed', 'DOCKER_COMMAND_ERROR NotFound', options=ALONE, solution='DOCKER_COMMAND'),
    client('none, but a registry is asked about', 'Warning', 'DOCKER_COMMAND_ERROR NotFound'),
    client('a file for another processor', 'Failed', 'DOCKER_COMMAND_ERROR NotExecutable', world=world(docker=BROKEN),
           detail='Exec format error', solution='chmod +x /bin/docker'),
    client('a file without rights', 'Failed', 'DOCKER_COMMAND_ERROR NotExecutable', options=ALONE,
           world=FakeWorld(unexecutables=('podman',)), facts={'path': '/bin/podman'}),

    version('described', 'Passed', needs=engine(ALIVE), facts={'version': '29.1.3', 'platform': 'linux/amd64'}),
    version('described although the engine is dead', 'Passed', needs=engine(DEAD), facts={'version': '29.1.3'}),
    version('podman has OsArch', 'Passed', needs=described({'Client': {'Version': '4.3.1', 'OsArch': 'linux/arm64'}}),
            facts={'platform': 'linux/arm64'}),
    version('odd platform', 'Passed', needs=described({'Client': {'Version': '1.0', 'OsArch': [[]], 'Os': {}}}),
            facts={'platform': '?/?'}),
    version('no platform', 'Passed', needs=described({'Client': {'Version': '1.0'}}), facts={'platform': '?/?'}),
    version('plain after nothing', 'Passed', needs=described(''),
            plain=Ran(0, 'Docker version 20.10.7, build f0df350'), facts={'version': '20.10.7'}),
    version('plain after `json`', 'Passed', needs=described('json'), plain=Ran(0, 'podman version 4.3.1'),
            facts={'version': '4.3.1'}),
    version('plain after a list', 'Passed', needs=described([]), plain=Ran(0, 'nerdctl version v2.0.0-rc.1')),
    version('plain after null', 'Passed', needs=described(None), plain=Ran(0, '1.2')),
    version('plain after a null client', 'Passed', needs=described({'Client': None}), plain=Ran(0, '1.2')),
    version('plain after a text for a client', 'Passed', needs=described({'Client': '29.1.3'}), plain=Ran(0, '1.2')),
    version('plain after a number for a version', 'Passed', needs=described({'Client': {'Version': 29}}),
            plain=Ran(0, '1.2')),
    version('plain after a nest without end', 'Passed', needs=described('[' * 100_000), plain=Ran(0, '1.2')),
    version('no number in it', 'Failed', 'DOCKER_VERSION_ERROR VersionUnreadable', needs=described(''),
            plain=Ran(0, 'Docker version unknown'), detail="'Docker version unknown'", solution='`docker version`'),
    version('nothing printed', 'Failed', 'DOCKER_VERSION_ERROR VersionUnreadable', needs=described(''), plain=Ran(0)),
    version('an error', 'Failed', 'DOCKER_VERSION_ERROR VersionCommandFailed', needs=described('', 1),
            plain=Ran(125, '', 'first line\nno such option'), detail='ended with 125: no such option',
            facts={'status': 125}),
    version('a hang', 'Failed', 'DOCKER_VERSION_ERROR VersionCommandHung', needs=engine(HUNG), plain=HUNG,
            detail='no end after 10 s'),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@given(st.one_of(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.one_of(
    st.lists(inner), st.dictionaries(st.sampled_from(['Client', 'Server', 'Version', 'OsArch', 'Os', 'x']), inner)))
    .map(json.dumps)), st.sampled_from([0, 1, 125]))
def test_any_output_makes_a_row(output: str, status: int) -> None:
    odd = Ran(status, output, output)
    answers = FakeWorld(tools={'docker --version': odd, 'docker info': odd})
    for check in (engine_version, engine_daemon):
        outcome = run(Row('odd', check, '', world=answers, needs=engine(odd)))
        row = shown(check, outcome)
        assert row['status'] in ('Passed', 'Failed')
        json.dumps(row)


@pytest.mark.parametrize('text, left', [
    ('', ''), ('a\nb', 'a\nb'), ('x' * 2000, 'x' * 2000),
    ('x' * 1000 + 'm' * 999 + 'y' * 1000, f'{"x" * 1000} … {"y" * 1000}'),
])
def test_readable(text: str, left: str) -> None:
    assert readable(text) == left


@pytest.mark.parametrize('unit', ['context "a" ', 'containerd socket \\"/', 'dial tcp ', 'unix://', 'lookup a on ',
                                  '://a:',
                                  'unable to resolve docker endpoint: open ', 'failed to resolve reference '])
def test_an_endless_line_is_judged_at_once(unit: str) -> None:
    said = Ran(1, stderr=unit * (65536 // len(unit)))
    since = time.monotonic()
    for one in (engine_daemon, engine_pull):
        world = FakeWorld(tools={'docker info': said, 'docker pull mcr.test/hello:latest': said})
        engine = Engine('docker', '/bin/docker', said)
        outcome = one.run(Context(None, Options(pull_sample=True), world, 1e9), engine)
        assert outcome.status is Status.FAILED and legible(outcome.detail)
    assert time.monotonic() - since < 2
