# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files in which clients keep logins: where they are, and whatever they may be."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.docker_config import CredentialFile, credential_files, read
from tests.probes.clock import Watch


@pytest.fixture(name='home')
def fixture_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home folder that holds nothing."""
    for name in ('DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('HOME', str(tmp_path))
    return tmp_path


def shown() -> list[tuple[str, str]]:
    return [(one.client, one.shown) for one in credential_files()]


def test_where_they_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    ours = f'/run/containers/{os.getuid()}/auth.json'
    assert shown() == [
        ('docker', '~/.docker/config.json'),
        ('podman', ours),
        ('podman', '~/.config/containers/auth.json'),
    ]
    for platform in ('darwin', 'win32'):
        monkeypatch.setattr(sys, 'platform', platform)
        assert shown() == [
            ('docker', '~/.docker/config.json'),
            ('podman', '~/.config/containers/auth.json'),
        ]


def test_where_variables_say(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    for name, value in (
        ('DOCKER_CONFIG', '/d'),
        ('XDG_RUNTIME_DIR', '/run/user/7'),
        ('XDG_CONFIG_HOME', '/c'),
    ):
        monkeypatch.setenv(name, value)
    assert shown() == [
        ('docker', '/d/config.json'),
        ('podman', '/run/user/7/containers/auth.json'),
        ('podman', '/c/containers/auth.json'),
    ]
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert shown()[1:] == [
        ('podman', '~/.config/containers/auth.json'),
        ('podman', '/c/containers/auth.json'),
    ]
    monkeypatch.setenv('REGISTRY_AUTH_FILE', '/a.json')
    assert shown() == [('docker', '/d/config.json'), ('podman', '/a.json')]
    assert CredentialFile('docker', f'{home}x/config.json').shown == f'{home}x/config.json'


def read_file(path: object, client: str = 'docker') -> Any:
    return read(CredentialFile(client, str(path)))


@pytest.mark.parametrize(
    'content, found',
    [
        (b'{"auths": {}}', {'auths': {}}),
        (b'', {}),
        (b' \n', {}),
        (b'[1]', 'its JSON is no object'),
        (b'null', {}),
        (b'7', 'its JSON is no object'),
        (b'{', 'it holds no JSON'),
        (b'\xff\xfe', 'it holds no JSON'),
        (b'[' * 100_000, 'it holds no JSON'),
        (b'{"a": "' + b'x' * 1024 * 1024 + b'"}', 'it is longer than 1 MiB'),
        # What PowerShell makes of a file, and what a client takes: a character that is none.
        ('{}'.encode('utf-8-sig'), 'it holds no JSON'),
        ('{}'.encode('utf-16'), 'it holds no JSON'),
        (b'{"x": "\xff"}', {'x': '\ufffd'}),
        (
            b'{"auths": null, "credHelpers": {"a": null}, "credsStore": null}',
            {'auths': None, 'credHelpers': {'a': None}, 'credsStore': None},
        ),
        (b'{"auths": [1]}', 'its "auths" is not what it should be'),
        (b'{"auths": {"other.test": "x"}}', 'its "auths" is not what it should be'),
        (b'{"credHelpers": ["x"]}', 'its "credHelpers" is not what it should be'),
        (b'{"credHelpers": {"x": 7}}', 'its "credHelpers" is not what it should be'),
        (b'{"credsStore": 7}', 'its "credsStore" is not what it should be'),
    ],
)
def test_what_is_read(tmp_path: Path, content: bytes, found: Any) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert read_file(tmp_path / 'f') == (
        Failure('Unreadable', found) if isinstance(found, str) else found
    )


def test_podman_takes_no_empty_file(tmp_path: Path) -> None:
    (tmp_path / 'f').write_bytes(b'\n')
    assert read_file(tmp_path / 'f', 'podman') == Failure('Unreadable', 'it is empty')


def test_no_more_is_read_than_its_bound(tmp_path: Path) -> None:
    with open(tmp_path / 'f', 'wb') as stream:
        stream.truncate(64 * 1024 * 1024 * 1024)  # of which the disk holds nothing
    with Watch() as watch:
        assert read_file(tmp_path / 'f') == Failure('Unreadable', 'it is longer than 1 MiB')
    assert watch.took < 1


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'file').write_text('{}')
    with Watch() as watch:
        assert read_file(tmp_path / 'pipe') == Failure('Unreadable', 'it is no file')
    assert watch.took < 1
    for odd in (tmp_path, '/dev/zero', f'{tmp_path}/a\0b'):
        failure = read_file(odd)
        assert isinstance(failure, Failure) and failure.kind == 'Unreadable' and failure.text
    (tmp_path / 'loop').symlink_to(tmp_path / 'loop')
    assert isinstance(read_file(tmp_path / 'loop'), Failure)
    assert read_file(tmp_path / 'none') is None and read_file(tmp_path / 'file' / 'below') is None


def test_a_file_that_is_somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'f').write_text('{}')

    def refuse(*_: Any) -> int:  # root, as whom tests may run, is refused nothing
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(os, 'open', refuse)
    assert read_file(tmp_path / 'f') == Failure('Unreadable', 'Permission denied')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_nothing_in_it_is_an_accident(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert isinstance(read_file(tmp_path / 'f'), (dict, Failure))
