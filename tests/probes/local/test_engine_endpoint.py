# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding an engine's address in real messages, variables and sockets."""

from __future__ import annotations

import os
import socket
import tempfile

import pytest

from azext_acrhealth.probes.local import engine_endpoint as endpoints
from azext_acrhealth.probes.local.engine_endpoint import engine_address, socket_state
from azext_acrhealth.redaction import without_login
from tests.probes.clock import PROMPT, Watch

posix = pytest.mark.skipif(not hasattr(socket, 'AF_UNIX'), reason='no local sockets')
VARIABLES = (
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'CONTAINER_HOST',
    'CONTAINER_CONNECTION',
    'CONTAINERD_ADDRESS',
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    'message, address',
    [
        ('', ''),
        ('nonsense at all', ''),
        (
            'Cannot connect to the Docker daemon at unix:///no/docker.sock. Is the docker daemon '
            'running?',
            'unix:///no/docker.sock',
        ),
        (
            'failed to connect to the docker API at npipe:////./pipe/x; check if',
            'npipe:////./pipe/x',
        ),
        ('Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the', 'tcp://127.0.0.1:1'),
        (
            'Got permission denied while trying to connect to the Docker daemon socket at '
            'unix:///no/s: Get "http://x"',
            'unix:///no/s',
        ),
        (
            'Get "http://d/v4.3.1/libpod/_ping": dial unix ///run/no/podman.sock: connect: no such '
            'file',
            'unix:///run/no/podman.sock',
        ),
        (
            'Get "http://x": open //./pipe/dockerDesktopLinuxEngine: The system',
            'npipe:////./pipe/dockerDesktopLinuxEngine',
        ),
        (
            'level=fatal msg="cannot access containerd socket \\"/run/no/c.sock\\": no such',
            'unix:///run/no/c.sock',
        ),
    ],
)
def test_the_address_in_a_message(message, address):
    found = engine_address('docker', message)
    assert found.address == address
    assert found.path == ('/' + address[8:] if address.startswith('unix:///') else '')
    assert found.message == message


@pytest.mark.parametrize(
    'engine, variable, value, address',
    [
        ('docker', 'DOCKER_HOST', 'tcp://192.0.2.1:2375', 'tcp://192.0.2.1:2375'),
        ('docker', 'DOCKER_HOST', '192.0.2.1:2375', ''),
        ('docker', 'DOCKER_CONTEXT', 'remote', ''),
        (
            'podman',
            'CONTAINER_HOST',
            'ssh://user@192.0.2.1/run/p.sock',
            'ssh://192.0.2.1/run/p.sock',
        ),
        ('nerdctl', 'CONTAINERD_ADDRESS', 'unix:///no/c.sock', 'unix:///no/c.sock'),
        ('unknown', 'DOCKER_HOST', 'unix:///no/d.sock', 'unix:///no/d.sock'),
    ],
)
def test_the_address_in_a_variable(monkeypatch, engine, variable, value, address):
    monkeypatch.setenv(variable, value)
    found = engine_address(engine, 'no address')
    assert (found.address, found.named_by) == (address, variable)


def test_the_host_overrides_the_context(monkeypatch):
    monkeypatch.setenv('DOCKER_CONTEXT', 'remote')
    monkeypatch.setenv('DOCKER_HOST', 'unix:///no/d.sock')
    assert engine_address('docker', '').named_by == 'DOCKER_HOST'
    assert engine_address('podman', '').named_by == ''


@pytest.mark.parametrize(
    'value',
    [
        'tcp://user:s3cretword@192.0.2.1:1',
        'ssh://tokenalone@192.0.2.1',
        'tcp://user:s3cret/word@192.0.2.1:1',
        'tcp://user:s3cret@word@192.0.2.1',
    ],
)
def test_logins_are_redacted(monkeypatch, value):
    monkeypatch.setenv('DOCKER_HOST', value)
    for message in (
        '',
        f'Cannot connect to the Docker daemon at {value}. Is it',
        f'parse "{value}": invalid port',
    ):
        found = engine_address('docker', message)
        assert not [
            part for part in ('s3cret', 'tokenalone') if part in f'{found.address} {found.message}'
        ], found


def test_a_part_of_a_password_is_redacted(monkeypatch):
    monkeypatch.setenv('DOCKER_HOST', 'tcp://user:s3cret/word@192.0.2.1:1')
    assert (
        's3cret'
        not in engine_address('docker', 'parse "x": invalid port ":s3cret" after host').message
    )


def test_a_socket_path_may_contain_an_at_sign():
    assert without_login('unix:///run/me@here/docker.sock') == 'unix:///run/me@here/docker.sock'


@posix
class TestState:
    def test_of_sockets(self, tmp_path):
        path = str(tmp_path / 's')
        assert socket_state(path) == 'Missing'
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            assert socket_state(path) == 'Listening'
            assert engine_address('docker', f'daemon at unix://{path}. Is it').state == 'Listening'
        assert socket_state(path) == 'Refused'

    def test_of_other_things(self, tmp_path):
        file = tmp_path / 'plain'
        file.write_text('')
        assert socket_state(str(file)) == 'Refused'
        assert socket_state(str(file / 'below')) == 'Missing'
        assert socket_state('/x' * 200) is None

    def test_of_a_socket_whose_queue_is_full(self, tmp_path, monkeypatch):
        monkeypatch.setattr(endpoints, 'CONNECT', 0.2)
        path = str(tmp_path / 's')
        with socket.socket(socket.AF_UNIX) as listener, Watch() as watch:
            listener.bind(path)
            listener.listen(0)
            waiting = []
            for _ in range(3):
                waiting.append(socket.socket(socket.AF_UNIX))
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex(path)
            assert socket_state(path) == 'Listening'
        for sock in waiting:
            sock.close()
        assert watch.took < PROMPT

    def test_of_a_socket_without_permission(self):
        # Root may use every socket, so the test runs as `nobody`, in a directory open to all.
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            os.chmod(folder, 0o755)
            path, user = f'{folder}/s', os.geteuid()
            listener.bind(path)
            listener.listen(1)
            os.chmod(path, 0)
            os.seteuid(user or 65534)
            try:
                assert socket_state(path) == 'Denied'
            finally:
                os.seteuid(user)

    def test_of_a_socket_that_is_denied(self, monkeypatch):
        def refuse(*_):
            raise PermissionError(13, 'Permission denied')

        monkeypatch.setattr(socket, 'socket', type('Socket', (socket.socket,), {'connect': refuse}))
        assert socket_state('/any') == 'Denied'

    def test_where_there_are_no_local_sockets(self, monkeypatch):
        monkeypatch.delattr(socket, 'AF_UNIX')
        assert socket_state('/any') is None
