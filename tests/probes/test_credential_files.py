# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The files in which clients keep logins: where they are, and whatever they may be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.credential_files import CredentialFile, credential_files, read
from azext_acrhealth.probes.trouble import Trouble

from .clock import Watch


@pytest.fixture(name='home')
def fixture_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home folder that holds nothing."""
    for name in ('DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('HOME', str(tmp_path))
    return tmp_path


def shown() -> list[tuple[str, str]]:
    return [(one.client, one.shown) for one in credential_files()]


def test_where_they_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    ours = f'/run/containers/{os.getuid()}/auth.json'
    assert shown() == [('docker', '~/.docker/config.json'), ('podman', ours), ('podman', '~/.config/containers/auth.json')]
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert shown() == [('docker', '~/.docker/config.json'), ('podman', '~/.config/containers/auth.json')]


def test_where_variables_say(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'platform', 'linux')
    for name, value in (('DOCKER_CONFIG', '/d'), ('XDG_RUNTIME_DIR', '/run/user/7'), ('XDG_CONFIG_HOME', '/c')):
        monkeypatch.setenv(name, value)
    assert shown() == [('docker', '/d/config.json'), ('podman', '/run/user/7/containers/auth.json'),
                       ('podman', '/c/containers/auth.json')]
    monkeypatch.setenv('REGISTRY_AUTH_FILE', '/a.json')
    assert shown() == [('docker', '/d/config.json'), ('podman', '/a.json')]
    assert CredentialFile('docker', f'{home}x/config.json').shown == f'{home}x/config.json'


@pytest.mark.parametrize('content, found', [
    (b'{"auths": {}}', {'auths': {}}), (b'', {}), (b' \n', {}), (b'[1]', 'its JSON is no object'),
    (b'null', 'its JSON is no object'), (b'{', 'it holds no JSON'), (b'\xff\xfe', 'it holds no JSON'),
    (b'[' * 100_000, 'it holds no JSON'), (b'{"a": "' + b'x' * 1024 * 1024 + b'"}', 'it is longer than 1 MiB')])
def test_what_is_read(tmp_path: Path, content: bytes, found: Any) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert read(str(tmp_path / 'f')) == (Trouble('Unreadable', found) if isinstance(found, str) else found)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'file').write_text('{}')
    with Watch() as watch:
        assert read(str(tmp_path / 'pipe')) == Trouble('Unreadable', 'it is no file')
    assert watch.took < 1
    for odd in (str(tmp_path), '/dev/zero', str(tmp_path / 'a\0b')):
        trouble = read(odd)
        assert isinstance(trouble, Trouble) and trouble.kind == 'Unreadable' and trouble.text
    (tmp_path / 'loop').symlink_to(tmp_path / 'loop')
    assert isinstance(read(str(tmp_path / 'loop')), Trouble)
    assert read(str(tmp_path / 'none')) is None and read(str(tmp_path / 'file' / 'below')) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_nothing_in_it_is_an_accident(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'f').write_bytes(content)
    assert isinstance(read(str(tmp_path / 'f')), (dict, Trouble))
