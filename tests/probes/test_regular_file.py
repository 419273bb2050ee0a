# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Settings that name a pipe, a device or a file without an end: nothing waits for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from azext_acrhealth.arguments import identity as identities
from azext_acrhealth.arguments.errors import invalid_value
from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.http import dns_servers
from azext_acrhealth.probes.http.proxy_and_trust import Trust, context_for
from azext_acrhealth.probes.regular_file import read_regular_file
from tests.probes.azure.sign_in_bound import sign_in_bound

pytestmark = pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='no named pipes')
TOO_LONG = 65 * 1024 * 1024


@pytest.fixture(name='endless', params=['pipe', 'zero', 'random', 'long'])
def fixture_endless(request: Any, tmp_path: Path) -> str:
    if request.param in ('zero', 'random'):
        return f'/dev/{request.param}'
    path = tmp_path / request.param
    if request.param == 'pipe':
        os.mkfifo(path)
    else:
        path.touch()
        os.truncate(path, TOO_LONG)  # a sparse file
    return str(path)


def within_time(call: Callable[[], object]) -> object:
    """Return the result of a call that must not wait; a test that hangs fails instead."""
    return deadlines.background(call).result(20)


def test_nothing_is_read_without_end(endless: str) -> None:
    with pytest.raises(OSError, match='not a regular file|the file is larger than 1 MiB'):
        within_time(lambda: read_regular_file(endless))


def test_windows_opens_a_file_without_changing_its_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / 'file').write_bytes(b'a\r\n')
    opened, real = [], os.open
    # A flag that changes nothing here stands for O_BINARY, which only Windows has.
    monkeypatch.setattr(os, 'O_BINARY', os.O_NOCTTY, raising=False)
    monkeypatch.delattr(os, 'O_NONBLOCK')
    monkeypatch.setattr(os, 'open', lambda path, flags: opened.append(flags) or real(path, flags))
    assert read_regular_file(str(tmp_path / 'file')) == b'a\r\n'
    assert opened == [os.O_RDONLY | os.O_NOCTTY]


def test_a_file_of_proc_and_a_link_are_read(tmp_path: Path) -> None:
    (tmp_path / 'token').write_bytes(b'x')
    (tmp_path / 'link').symlink_to('token')  # as Kubernetes projects tokens
    assert read_regular_file(str(tmp_path / 'link')) == b'x'
    with pytest.raises(IsADirectoryError):
        read_regular_file(str(tmp_path))


def test_a_token_file(endless: str) -> None:
    with pytest.raises(type(invalid_value('', '')), match="AZURE_FEDERATED_TOKEN_FILE can't be re"):
        within_time(lambda: identities._require_token_file(endless))


def test_a_certificate_file(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in identities._ACCOUNT:
        monkeypatch.setenv(name, 'x')
    monkeypatch.delenv('AZURE_CLIENT_SECRET', raising=False)
    monkeypatch.setenv('AZURE_CLIENT_CERTIFICATE_PATH', endless)
    arguments: Any = type('Arguments', (), {'identity': 'environment', 'username': None})()
    with pytest.raises(type(invalid_value('', '')), match="CERTIFICATE_PATH can't be read: "):
        within_time(lambda: identities.parse_identity(arguments))


def test_a_bundle(endless: str) -> None:
    with pytest.raises(OSError, match='not a regular file|the file is larger') as raised:
        within_time(lambda: context_for(Trust(True, endless, 'REQUESTS_CA_BUNDLE')))
    assert raised.value.filename is None  # a filename means the key log


def test_a_bundle_of_the_requests_of_libraries(
    endless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of requests that this extension doesn't send itself: sign-in, Azure Resource Manager."""

    def send() -> None:
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', endless)
        with sign_in_bound(1000, 15):
            requests.get('https://localhost:9/', timeout=5)

    with pytest.raises(OSError, match=f'{endless}: (not a regular file|the file is larger)'):
        within_time(send)


def test_a_key_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = str(tmp_path / 'pipe')
    os.mkfifo(pipe)
    monkeypatch.setenv('SSLKEYLOGFILE', pipe)
    with pytest.raises(OSError, match='not a regular file') as raised:
        within_time(lambda: context_for(Trust(False, '', '')))
    assert raised.value.filename == pipe
    for usable in (os.devnull, str(tmp_path / 'new')):
        monkeypatch.setenv('SSLKEYLOGFILE', usable)
        within_time(lambda: context_for(Trust(False, '', '')))


def test_a_list_of_dns_servers(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_servers, 'RESOLV_CONF', Path(endless))
    assert within_time(dns_servers.dns_servers) == ()
