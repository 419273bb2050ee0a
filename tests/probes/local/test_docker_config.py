# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding and reading the files in which clients store logins."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.docker_config import (
    Client,
    CredentialFile,
    credential_files,
    read,
)
from tests.probes.clock import PROMPT, Watch


@pytest.fixture(name='home')
def fixture_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home directory."""
    for name in (
        'DOCKER_CONFIG',
        'DOCKER_AUTH_CONFIG',
        'REGISTRY_AUTH_FILE',
        'XDG_RUNTIME_DIR',
        'XDG_CONFIG_HOME',
        'HELM_REGISTRY_CONFIG',
        'HELM_CONFIG_HOME',
        'APPDATA',
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('HOME', str(tmp_path))
    return tmp_path


def shown_paths() -> list[tuple[str, str]]:
    return [(file.client, file.shown) for file in credential_files()]


def test_default_paths(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    runtime_file = f'/run/containers/{os.getuid()}/auth.json'
    assert shown_paths() == [
        ('docker', '~/.docker/config.json'),
        ('podman', runtime_file),
        ('podman', '~/.config/containers/auth.json'),
        ('helm', '~/.config/helm/registry/config.json'),
    ]
    monkeypatch.setenv('APPDATA', str(home / 'AppData'))
    for platform, helm in (('darwin', '~/Library/Preferences'), ('win32', '~/AppData')):
        monkeypatch.setattr(sys, 'platform', platform)
        assert shown_paths() == [
            ('docker', '~/.docker/config.json'),
            ('podman', '~/.config/containers/auth.json'),
            ('helm', f'{helm}/helm/registry/config.json'),
        ]


def test_paths_from_variables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    for name, value in (
        ('DOCKER_CONFIG', '/d'),
        ('XDG_RUNTIME_DIR', '/run/user/7'),
        ('XDG_CONFIG_HOME', '/c'),
    ):
        monkeypatch.setenv(name, value)
    assert shown_paths() == [
        ('docker', '/d/config.json'),
        ('podman', '/run/user/7/containers/auth.json'),
        ('podman', '/c/containers/auth.json'),
        ('helm', '/c/helm/registry/config.json'),
    ]
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert shown_paths()[1:3] == [
        ('podman', '~/.config/containers/auth.json'),
        ('podman', '/c/containers/auth.json'),
    ]
    monkeypatch.setenv('REGISTRY_AUTH_FILE', '/a.json')
    monkeypatch.setenv('HELM_CONFIG_HOME', '/h')
    assert shown_paths() == [
        ('docker', '/d/config.json'),
        ('podman', '/a.json'),
        ('helm', '/h/registry/config.json'),
    ]
    monkeypatch.setenv('HELM_REGISTRY_CONFIG', '/r.json')
    assert shown_paths()[-1] == ('helm', '/r.json')
    assert CredentialFile('docker', f'{home}x/config.json').shown == f'{home}x/config.json'


def read_file(path: object, client: str = 'docker') -> Any:
    return read(CredentialFile(cast(Client, client), str(path)))


@pytest.mark.parametrize(
    'content, expected',
    [
        (b'{"auths": {}}', {'auths': {}}),
        (b'', {}),
        (b' \n', {}),
        (b'[1]', "the JSON isn't an object"),
        (b'null', {}),
        (b'7', "the JSON isn't an object"),
        (b'{', "the file isn't valid JSON"),
        (b'\xff\xfe', "the file isn't valid JSON"),
        (b'[' * 100_000, "the file isn't valid JSON"),
        (b'{"a": "' + b'x' * 1024 * 1024 + b'"}', 'the file is larger than 1 MiB'),
        # What PowerShell writes; and an invalid byte, which clients accept.
        ('{}'.encode('utf-8-sig'), "the file isn't valid JSON"),
        ('{}'.encode('utf-16'), "the file isn't valid JSON"),
        (b'{"x": "\xff"}', {'x': '\ufffd'}),
        (
            b'{"auths": null, "credHelpers": {"a": null}, "credsStore": null}',
            {'auths': None, 'credHelpers': {'a': None}, 'credsStore': None},
        ),
        (b'{"auths": [1]}', '"auths" has the wrong type'),
        (b'{"auths": {"other.test": "x"}}', '"auths" has the wrong type'),
        (b'{"credHelpers": ["x"]}', '"credHelpers" has the wrong type'),
        (b'{"credHelpers": {"x": 7}}', '"credHelpers" has the wrong type'),
        (b'{"credsStore": 7}', '"credsStore" has the wrong type'),
    ],
)
def test_content(tmp_path: Path, content: bytes, expected: Any) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert read_file(tmp_path / 'f') == (
        Failure('Unreadable', expected) if isinstance(expected, str) else expected
    )


@pytest.mark.parametrize(
    'content, docker, podman, helm',
    [
        ('\n', {}, 'the file is empty', {}),
        ('{} x', {}, "the file isn't valid JSON", {}),
        ('{"credsStore": 7}', '"credsStore" has the wrong type', {'credsStore': 7}, '"credsStore"'),
        ('{"auths": {"o": 7}}', '"auths" has', '"auths" has', {'auths': {'o': 7}}),
        ('{"auths": [1]}', '"auths" has', '"auths" has', '"auths" has'),
        ('{"Auths": {}}', {'auths': {}}, {'auths': {}}, {'Auths': {}}),
        ('{"CREDHELPERS": {}}', {'credHelpers': {}}, {'credHelpers': {}}, {'CREDHELPERS': {}}),
    ],
)
def test_clients_read_differently(
    tmp_path: Path, content: str, docker: Any, podman: Any, helm: Any
) -> None:
    (tmp_path / 'f').write_text(content)
    for client, expected in (('docker', docker), ('podman', podman), ('helm', helm)):
        found = read_file(tmp_path / 'f', client)
        if isinstance(expected, str):
            assert isinstance(found, Failure) and found.text.startswith(expected), client
        else:
            assert found == expected, client


def test_a_file_is_read_up_to_a_bound(tmp_path: Path) -> None:
    with open(tmp_path / 'f', 'wb') as stream:
        stream.truncate(64 * 1024 * 1024 * 1024)  # a sparse file
    with Watch() as watch:
        assert read_file(tmp_path / 'f') == Failure('Unreadable', 'the file is larger than 1 MiB')
    assert watch.took < PROMPT


def test_paths_that_are_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'file').write_text('{}')
    with Watch() as watch:
        assert read_file(tmp_path / 'pipe') == Failure('Unreadable', 'not a regular file')
    assert watch.took < PROMPT
    for path in (tmp_path, '/dev/zero', f'{tmp_path}/a\0b'):
        failure = read_file(path)
        assert isinstance(failure, Failure) and failure.kind == 'Unreadable' and failure.text
    (tmp_path / 'loop').symlink_to(tmp_path / 'loop')
    assert isinstance(read_file(tmp_path / 'loop'), Failure)
    assert read_file(tmp_path / 'none') is None and read_file(tmp_path / 'file' / 'below') is None


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'f').write_text('{}')

    def refuse(*_: Any) -> int:  # tests may run as root, which has access to every file
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(os, 'open', refuse)
    assert read_file(tmp_path / 'f') == Failure('Unreadable', 'Permission denied')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_content(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert isinstance(read_file(tmp_path / 'f'), (dict, Failure))
