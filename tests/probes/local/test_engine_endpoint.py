# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Where a client looked for its engine, by real words, variables and sockets."""

from __future__ import annotations

import os
import socket
import tempfile

import pytest

from azext_acrhealth.probes.local import engine_endpoint as endpoints
from azext_acrhealth.probes.local.engine_endpoint import endpoint, state, without_login
from tests.probes.clock import Watch

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
    'words, address',
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
def test_the_words_name_the_place(words, address):
    found = endpoint('docker', words)
    assert found.address == address
    assert found.path == ('/' + address[8:] if address.startswith('unix:///') else '')
    assert found.said == words


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
def test_else_the_variables_do(monkeypatch, engine, variable, value, address):
    monkeypatch.setenv(variable, value)
    found = endpoint(engine, 'no words')
    assert (found.address, found.named_by) == (address, variable)


def test_of_two_variables_the_host_is_the_stronger(monkeypatch):
    monkeypatch.setenv('DOCKER_CONTEXT', 'remote')
    monkeypatch.setenv('DOCKER_HOST', 'unix:///no/d.sock')
    assert endpoint('docker', '').named_by == 'DOCKER_HOST'
    assert endpoint('podman', '').named_by == ''


@pytest.mark.parametrize(
    'value',
    [
        'tcp://user:s3cretword@192.0.2.1:1',
        'ssh://tokenalone@192.0.2.1',
        'tcp://user:s3cret/word@192.0.2.1:1',
        'tcp://user:s3cret@word@192.0.2.1',
    ],
)
def test_no_login_is_left_in_anything(monkeypatch, value):
    monkeypatch.setenv('DOCKER_HOST', value)
    for words in (
        '',
        f'Cannot connect to the Docker daemon at {value}. Is it',
        f'parse "{value}": invalid port',
    ):
        found = endpoint('docker', words)
        assert not [
            part for part in ('s3cret', 'tokenalone') if part in f'{found.address} {found.said}'
        ], found


def test_a_piece_of_a_password_is_no_port(monkeypatch):
    monkeypatch.setenv('DOCKER_HOST', 'tcp://user:s3cret/word@192.0.2.1:1')
    assert 's3cret' not in endpoint('docker', 'parse "x": invalid port ":s3cret" after host').said


def test_a_socket_s_path_may_hold_an_at():
    assert without_login('unix:///run/me@here/docker.sock') == 'unix:///run/me@here/docker.sock'


@posix
class TestState:
    def test_of_sockets(self, tmp_path):
        path = str(tmp_path / 's')
        assert state(path) == 'Missing'
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            assert state(path) == 'Listening'
            assert endpoint('docker', f'daemon at unix://{path}. Is it').state == 'Listening'
        assert state(path) == 'Refused'

    def test_of_other_things(self, tmp_path):
        plain = tmp_path / 'plain'
        plain.write_text('')
        assert state(str(plain)) == 'Refused'
        assert state(str(plain / 'below')) == 'Missing'
        assert state('/x' * 200) is None

    def test_of_one_whose_queue_is_full(self, tmp_path, monkeypatch):
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
            assert state(path) == 'Listening'
        for one in waiting:
            one.close()
        assert watch.took < 2

    def test_of_one_for_others(self):
        # Root may use every socket, and so asks as nobody: in a folder that nobody may enter, too.
        with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as listener:
            os.chmod(place, 0o755)
            path, ours = f'{place}/s', os.geteuid()
            listener.bind(path)
            listener.listen(1)
            os.chmod(path, 0)
            os.seteuid(ours or 65534)
            try:
                assert state(path) == 'Denied'
            finally:
                os.seteuid(ours)

    def test_of_one_that_is_denied(self, monkeypatch):
        def refuse(*_):
            raise PermissionError(13, 'Permission denied')

        monkeypatch.setattr(socket, 'socket', type('Socket', (socket.socket,), {'connect': refuse}))
        assert state('/any') == 'Denied'

    def test_where_there_are_no_local_sockets(self, monkeypatch):
        monkeypatch.delattr(socket, 'AF_UNIX')
        assert state('/any') is None
