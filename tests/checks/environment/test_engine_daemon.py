# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the engine behind the client. The error messages are those of real clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.catalogue.environment import engine_daemon as problems
from azext_acrhealth.checks.environment.engine_client import Engine
from azext_acrhealth.checks.environment.engine_daemon import engine_daemon
from azext_acrhealth.model import Status
from azext_acrhealth.probes.local.engine_endpoint import EngineAddress
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.checks.environment.test_engine_client import CLIENT, HUNG, RUNNING, STOPPED, engine
from tests.checks.environment.test_engine_version import engine_with
from tests.checks.fake_probes import FakeProbes
from tests.checks.table import Row, run, shown, verify

SOCKET = 'unix:///var/run/docker.sock'
NOT_CONNECTED = f'Cannot connect to the Docker daemon at {SOCKET}. Is the docker daemon running?'
DOCKER_29 = (
    f'failed to connect to the docker API at {SOCKET}; check if the path is correct and if '
    'the daemon is running:'
)
PODMAN = (
    'Cannot connect to Podman. Please verify your connection to the Linux system using `podman '
    'system connection'
    ' list`, or try `podman machine init` and `podman machine start` to manage a new Linux '
    'VM\nError: unable to'
    ' connect to Podman socket: '
)
DESKTOP = '//./pipe/dockerDesktopLinuxEngine'
MISSING = 'The system cannot find the file specified.'


def daemon(
    name: str,
    status: str,
    problem: str = '',
    info: CompletedCommand | None = None,
    address: EngineAddress | None = None,
    **more: Any,
) -> Row:
    return Row(
        name,
        engine_daemon,
        status,
        problem,
        probes=FakeProbes(
            tools={'docker info': info} if info else {}, address=address or EngineAddress()
        ),
        **more,
    )


def stopped(
    name: str,
    reason: str,
    message: str,
    address: EngineAddress | str = '',
    os: str = 'linux',
    client: str = 'docker',
    **more: Any,
) -> Row:
    """Return a row for a client that fails with this error message."""
    completed = CompletedCommand(
        1, json.dumps({'Client': {**CLIENT, 'Os': os, 'Context': 'default'}}), message
    )
    return daemon(
        name,
        'Failed',
        f'DOCKER_DAEMON_ERROR {reason}',
        needs=engine(completed, client),
        address=EngineAddress(address) if isinstance(address, str) else address,
        **more,
    )


def socket_in_state(state: str | None, address: str = SOCKET) -> EngineAddress:
    return EngineAddress(address, state=state)


TABLE = (
    daemon(
        'responds',
        'Passed',
        needs=engine(RUNNING),
        detail='docker engine 29.0.0 responds',
        facts={'version': '29.0.0'},
    ),
    daemon(
        'responds without a version',
        'Passed',
        needs=engine_with({'Client': CLIENT, 'Server': {'Os': 'linux'}}),
    ),
    daemon(
        'no daemon needed: info works',
        'Passed',
        needs=engine_with({'Client': CLIENT}),
        info=CompletedCommand(0),
        detail='docker responds',
    ),
    daemon(
        'invalid JSON, info works',
        'Passed',
        needs=engine_with('json', 1),
        info=CompletedCommand(0),
    ),
    daemon(
        'stopped',
        'Failed',
        'DOCKER_DAEMON_ERROR DaemonUnreachable',
        needs=engine(STOPPED),
        detail='Cannot connect to the Docker daemon',
        facts={'status': 1},
        solution='`docker info`',
    ),
    daemon(
        'stopped, no error message',
        'Failed',
        'DOCKER_DAEMON_ERROR DaemonUnreachable',
        needs=engine_with('', 1),
        info=CompletedCommand(3),
        detail='exit status 3',
    ),
    daemon(
        'hung',
        'Failed',
        'DOCKER_DAEMON_ERROR DaemonTimeout',
        needs=engine(HUNG),
        detail='timed out after 10 s',
    ),
    daemon(
        'hung at info',
        'Failed',
        'DOCKER_DAEMON_ERROR DaemonTimeout',
        needs=engine_with({'Client': CLIENT}),
        info=HUNG,
    ),
    daemon(
        'denied',
        'Failed',
        'DOCKER_DAEMON_ERROR PermissionDenied',
        solution='usermod -aG docker',
        needs=engine(
            CompletedCommand(
                1, json.dumps({'Client': CLIENT}), 'Permission denied while trying to connect'
            )
        ),
    ),
    stopped(
        'no socket',
        'SocketMissing',
        NOT_CONNECTED,
        socket_in_state('Missing'),
        detail=f"{SOCKET} doesn't exist: Cannot",
        solution='sudo systemctl start docker',
        facts={
            'endpoint': SOCKET,
            'socket': '/var/run/docker.sock',
            'socketState': 'Missing',
            'context': 'default',
            'status': 1,
        },
    ),
    stopped(
        'no socket, docker 29',
        'SocketMissing',
        f'{DOCKER_29} dial unix /s: connect: no such file or directory',
    ),
    stopped(
        'no pipe',
        'SocketMissing',
        f'error during connect: Get "http://%2F%2F.": open //./pipe/docker_engine: {MISSING}'
        ' In the default daemon configuration on Windows, the docker client must be run elevated '
        'to connect.',
        'npipe:////./pipe/docker_engine',
        os='windows',
        solution='docker desktop start',
    ),
    stopped(
        'no pipe, in another language',
        'SocketMissing',
        f'error during connect: Get "http://x": open {DESKTOP[:9]}:'
        ' Das System kann die angegebene Datei nicht finden.',
        'npipe:////./pipe/docker_engine',
        os='windows',
    ),
    stopped(
        'no socket of colima',
        'SocketMissing',
        NOT_CONNECTED,
        socket_in_state('Missing', 'unix:///home/me/.colima/default/docker.sock'),
        os='darwin',
        solution='`colima start`',
    ),
    stopped(
        'no containerd',
        'SocketMissing',
        'time="2026-01-01T00:00:00Z" level=fatal msg="cannot access containerd socket'
        ' \\"/run/containerd/containerd.sock\\": no such file or directory"',
        client='nerdctl',
        solution='sudo systemctl start containerd',
    ),
    stopped(
        'no rootless containerd',
        'SocketMissing',
        'level=fatal msg="rootless containerd not running? (hint: use'
        ' `containerd-rootless-setuptool.sh install`): stat /run/user/1000/containerd-rootless: no '
        'such file"',
        client='nerdctl',
    ),
    stopped(
        'an abandoned socket',
        'DaemonRefused',
        NOT_CONNECTED,
        socket_in_state('Refused'),
        detail=f'nothing listens at {SOCKET}',
        solution='journalctl -u docker',
        facts={'socketState': 'Refused'},
    ),
    stopped(
        'an abandoned socket, docker 29',
        'DaemonRefused',
        f'{DOCKER_29} dial unix /s: connect: connection refused',
        socket_in_state('Refused'),
    ),
    stopped(
        'a socket of other users, by its state',
        'PermissionDenied',
        NOT_CONNECTED,
        socket_in_state('Denied'),
    ),
    stopped(
        'a socket of other users',
        'PermissionDenied',
        f'Got permission denied while trying to connect to the Docker daemon'
        f' socket at {SOCKET}: Get "http://x/v1.24/version": dial unix /s: connect: permission '
        'denied',
        socket_in_state('Denied'),
        detail='permission denied for',
    ),
    stopped(
        'a pipe of other users',
        'PermissionDenied',
        f'error during connect: open {DESKTOP}: Access is denied.',
        os='windows',
    ),
    stopped(
        'a socket that listens again',
        'DaemonUnreachable',
        NOT_CONNECTED,
        socket_in_state('Listening'),
    ),
    stopped(
        'another language',
        'DaemonUnreachable',
        'Verbindung nicht möglich',
        socket_in_state('Missing'),
    ),
    stopped(
        'no such host',
        'HostUnreachable',
        'error during connect: Get "http://build.example:2375/v1.50/version": dial'
        ' tcp: lookup build.example on 192.0.2.53:53: no such host',
        'tcp://build.example:2375',
        detail="can't connect to tcp://build.example:2375",
        solution='DOCKER_HOST',
    ),
    stopped(
        'a host that refuses',
        'HostUnreachable',
        'Cannot connect to the Docker daemon at tcp://192.0.2.1:2375. Is the'
        ' docker daemon running?',
        'tcp://192.0.2.1:2375',
        facts={'endpoint': 'tcp://192.0.2.1:2375'},
    ),
    stopped(
        'a host that times out',
        'HostUnreachable',
        'error during connect: dial tcp 192.0.2.1:2375: i/o timeout',
    ),
    stopped(
        'no SSH',
        'HostUnreachable',
        'error during connect: Get "http://docker.example.com/v1.50/version": command [ssh'
        ' -l user -- 192.0.2.1 docker system dial-stdio] has exited with exit status 255, make '
        'sure the URL is valid:'
        ' stderr=ssh: connect to host 192.0.2.1 port 22: Connection refused',
        'ssh://192.0.2.1',
    ),
    stopped(
        'an SSH login that is refused',
        'HostUnreachable',
        'stderr=user@192.0.2.1: Permission denied (publickey).',
        'ssh://192.0.2.1',
    ),
    stopped(
        'no such context',
        'ContextMissing',
        'Failed to initialize: unable to resolve docker endpoint: context "nosuch":'
        ' context not found: open /home/user/.docker/contexts/meta/9e62/meta.json: no such file or '
        'directory',
        solution='docker context use default',
    ),
    stopped(
        'no such context, docker 20.10',
        'ContextMissing',
        'unable to resolve docker endpoint: context "nosuch" does not exist',
    ),
    stopped(
        'an address of an unknown scheme',
        'InvalidEngineAddress',
        'Failed to initialize: unable to resolve docker endpoint: invalid'
        ' bind address format: bogus://x',
        'bogus://x',
        solution='DOCKER_HOST',
    ),
    stopped(
        'a password in an SSH address',
        'InvalidEngineAddress',
        'Failed to initialize: ssh host connection is not valid:'
        ' invalid SSH URL: plain-text password is not supported',
        'ssh://192.0.2.1',
    ),
    stopped(
        'a certificate that is not trusted',
        'DaemonTls',
        'error during connect: Get "https://192.0.2.1:2376/v1.50": tls:'
        ' failed to verify certificate: x509: certificate signed by unknown authority',
        'tcp://192.0.2.1:2376',
        solution='DOCKER_CERT_PATH',
    ),
    stopped(
        'no certificates',
        'DaemonTls',
        'Failed to initialize: unable to resolve docker endpoint: open'
        ' /home/user/.docker/ca.pem: no such file or directory',
    ),
    stopped(
        'TLS is required',
        'DaemonTls',
        'Error response from daemon: Client sent an HTTP request to an HTTPS server.',
    ),
    stopped(
        'Docker Desktop is stopped',
        'DockerDesktopStopped',
        f'error during connect: Get "http://x": open {DESKTOP}: {MISSING}',
        os='windows',
        solution='docker desktop start',
    ),
    stopped(
        'Docker Desktop is stopped, docker 29',
        'DockerDesktopStopped',
        f'failed to connect to the docker API at npipe:'
        f'{DESKTOP}; check if the path is correct and if the daemon is running: open {DESKTOP}: '
        f'{MISSING}',
    ),
    stopped(
        'Docker Desktop is stopped on macOS',
        'DockerDesktopStopped',
        'Cannot connect to the Docker daemon at'
        ' unix:///Users/me/.docker/run/docker.sock. Is the docker daemon running?',
        os='darwin',
        solution='open -a Docker',
    ),
    stopped(
        'a client that is too old',
        'ApiVersionUnsupported',
        'Error response from daemon: client version 1.43 is too old. Minimum supported API version '
        'is 1.44, please upgrade your client to a newer version',
        detail='API version not supported: Error response from daemon: client version 1.43',
        solution='Upgrade the client to a release',
    ),
    stopped(
        'a version that a variable sets',
        'ApiVersionUnsupported',
        'Error response from daemon: client version 1.99 is too new. Maximum supported API version '
        'is 1.43',
        EngineAddress(api_version='1.99'),
        facts={'apiVersion': '1.99'},
        solution='DOCKER_API_VERSION, which sets the version to 1.99',
    ),
    stopped(
        'an enforced sign-in',
        'DesktopSignInRequired',
        'Error response from daemon: Sign-in enforcement is enabled. Open Docker Desktop to sign '
        'in and continue.',
        os='darwin',
        solution='Open Docker Desktop, and sign in',
    ),
    stopped(
        'an engine that returns an error',
        'DaemonError',
        'Error response from daemon: dial unix /run/containerd/containerd.sock: connect: '
        'permission denied',
        socket_in_state('Listening'),
        detail='the engine returned an error: Error response from daemon: dial unix',
        solution='`docker info`',
    ),
    stopped(
        'Docker Desktop does not start',
        'DockerDesktopStopped',
        'Error response from daemon: Docker Desktop is unable to start',
    ),
    stopped(
        'no WSL integration',
        'WslIntegrationDisabled',
        "The command 'docker' could not be found in this WSL 2 distro.\n"
        'We recommend to activate the WSL integration in Docker Desktop settings.',
        solution='WSL integration',
    ),
    stopped(
        'no Podman machine',
        'PodmanNotRunning',
        f'{PODMAN}failed to connect: dial tcp 127.0.0.1:63733: connectex: No'
        ' connection could be made because the target machine actively refused it.',
        client='podman',
        os='windows',
        solution='podman machine start',
    ),
    stopped(
        'no Podman service',
        'PodmanNotRunning',
        f'{PODMAN}Get "http://d/v4.3.1/libpod/_ping": dial unix'
        ' ///run/podman/podman.sock: connect: no such file or directory',
        client='podman',
        solution='systemctl --user start podman.socket',
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


def test_a_stopped_engine_is_queried_once() -> None:
    row = daemon('stopped', 'Failed', needs=engine(STOPPED))
    assert run(row).status is Status.FAILED  # FakeProbes would reject `docker info`


def test_a_running_engine_needs_no_address() -> None:
    class NoEndpointProbes(FakeProbes):
        def engine_address(self, engine: str, text: str) -> EngineAddress:  # pylint: disable=redefined-outer-name
            raise AssertionError('a healthy run must not look up the address')

    row = Row('running', engine_daemon, 'Passed', needs=engine(RUNNING), probes=NoEndpointProbes())
    assert run(row).status is Status.PASSED


def test_every_client_has_a_start_command() -> None:
    for name in ('docker', 'podman', 'nerdctl', 'finch'):
        assert all(problems.STARTS[name, system] for system in ('linux', 'darwin', 'windows'))


@pytest.mark.parametrize(
    'path, os, socket, start, restart',
    [
        ('/bin/docker', 'linux', '/var/run/docker.sock', 'sudo systemctl start docker', True),
        (
            '/bin/docker',
            'linux',
            '/run/user/1000/docker.sock',
            'systemctl --user start docker',
            True,
        ),
        ('/bin/docker', 'darwin', '/Users/me/.colima/x/docker.sock', 'colima start', True),
        ('/bin/docker', 'darwin', '', 'open -a Docker', True),
        ('/bin/podman', 'windows', '', 'podman machine start', False),
        (
            '/bin/podman',
            'linux',
            '/run/podman/podman.sock',
            'sudo systemctl start podman.socket',
            True,
        ),
        ('/Users/me/.rd/bin/nerdctl', 'darwin', '', 'rdctl start', False),
        ('/bin/nerdctl', 'linux', '', 'sudo systemctl start containerd', True),
        ('/bin/finch', 'darwin', '', 'finch vm start', False),
    ],
)
def test_start_and_restart_commands(
    path: str, os: str, socket: str, start: str, restart: bool
) -> None:
    name = path.rpartition('/')[2]
    completed = CompletedCommand(1, json.dumps({'Client': {'Os': os}}), 'failed to connect')
    row = daemon(
        name,
        'Failed',
        needs=(Engine(name, path, completed),),
        address=EngineAddress(f'unix://{socket}' if socket else ''),
    )
    placeholders = run(row).placeholders
    assert placeholders['start'] == start
    assert bool(placeholders['restart']) is restart
    assert 'restart' in placeholders['restart'] or not restart


def test_advice_fits_the_engine_and_the_platform() -> None:
    completed = CompletedCommand(None, '', '', HUNG.failure)
    for name, platform, wanted, unwanted in (
        ('podman', 'Linux-6.1', 'podman system connection list', 'docker'),
        ('podman', 'Windows-11', 'podman machine stop; podman machine start', 'docker'),
        ('nerdctl', 'Linux-6.1', 'sudo systemctl restart containerd', 'docker'),
        ('finch', 'macOS-14', 'finch vm stop; finch vm start', 'docker'),
        ('docker', 'Linux-6.1', 'sudo systemctl restart docker', 'podman'),
    ):
        row = daemon(name, 'Failed', needs=(Engine(name, f'/bin/{name}', completed),))
        solutions = ' '.join(shown(engine_daemon, run(row), platform=platform)['solutions'])
        assert wanted in solutions and unwanted not in solutions, (name, platform)


@pytest.mark.parametrize(
    'replaced, reason, text',
    [
        (STOPPED, 'DaemonUnreachable', "podman responds, but docker doesn't work: can't connect"),
        (HUNG, 'DaemonTimeout', "docker didn't respond: timed out"),
    ],
)
def test_an_engine_that_another_one_replaces(
    replaced: CompletedCommand, reason: str, text: str
) -> None:
    docker = Engine('docker', '/bin/docker', replaced)
    podman = Engine('podman', '/bin/podman', CompletedCommand(0, '{"Client": {}}'), (docker,))
    probes = FakeProbes(tools={'podman info': CompletedCommand(0)})
    outcome = run(Row('replaced', engine_daemon, '', probes=probes, needs=(podman,)))
    assert outcome.problem and (outcome.status, outcome.problem.reason, outcome.value) == (
        Status.WARNING,
        reason,
        podman,
    )
    assert text in outcome.detail and outcome.placeholders['engine'] == 'docker'


def test_start_of_an_unknown_system() -> None:
    unknown_os: tuple[Engine] = engine_with({'Client': {'Os': 'plan9'}}, 1)
    assert (
        run(daemon('unknown system', 'Failed', needs=unknown_os)).placeholders['start']
        == problems.STARTS['docker', 'linux']
    )


@given(
    st.text(),
    st.sampled_from(['', SOCKET, 'tcp://{x}:1', 'npipe:////./pipe/x', '{', '://']),
    st.sampled_from([None, 'Missing', 'Refused', 'Denied', 'Listening']),
)
def test_any_message_makes_a_row(message: str, address: str, state: str | None) -> None:
    row = stopped('any message', '', message, EngineAddress(address, state=state))
    entry = shown(engine_daemon, run(row))
    assert entry['status'] == 'Failed' and entry['detail']
    json.dumps(entry)
