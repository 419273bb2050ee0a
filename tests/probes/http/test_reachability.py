# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of probing a reference host."""

from __future__ import annotations

import threading

import pytest

from azext_acrhealth.probes.http import reachability
from azext_acrhealth.probes.http.reachability import Reachability, ReferenceHost, probe
from tests.probes import servers
from tests.probes.clock import PROMPT, Watch, eventually, soon


@pytest.fixture
def use_port(monkeypatch):
    return lambda port: monkeypatch.setattr(reachability, 'PORT', port)


def test_a_host_that_accepts(serve, use_port):
    server = serve(servers.silent, tls=None)
    use_port(server.port)
    found = probe('localhost', soon())
    assert found[:3] == ('localhost', True, None) and found.at.endswith('Z')
    assert server.left.wait(3) and server.heard == []


def test_a_host_that_refuses(use_port):
    use_port(servers.unused_port())
    assert probe('127.0.0.1', soon())[:3] == ('127.0.0.1', False, 'Connection refused')


def test_a_name_that_does_not_resolve():
    found = probe('no-such-name.invalid', soon())
    assert (
        found.reachable is False and found.why.startswith("the name doesn't resolve: ") and found.at
    )


def test_a_silent_host_times_out(use_port):
    with servers.Deaf() as deaf, Watch() as watch:
        use_port(deaf.port)
        assert probe('127.0.0.1', soon(0.3)).reachable is False
    assert watch.took < PROMPT


def test_through_a_proxy_that_resolves(serve, use_port, monkeypatch):
    target, proxy = serve(servers.silent, tls=None), serve(servers.tunnelling, tls=None)
    monkeypatch.setenv('HTTPS_PROXY', f'http://localhost:{proxy.port}')
    use_port(target.port)
    assert probe('no-such-name.invalid', soon())[:3] == ('no-such-name.invalid', True, None)
    assert proxy.heard[0].startswith(b'CONNECT no-such-name.invalid:')


def test_a_proxy_that_requires_addresses(monkeypatch):
    monkeypatch.setenv('HTTPS_PROXY', f'socks5://localhost:{servers.unused_port()}')
    assert probe('no-such-name.invalid', soon()).why.startswith("the name doesn't resolve")


def test_an_invalid_proxy_setting(monkeypatch):
    monkeypatch.setenv('HTTPS_PROXY', 'ftp://proxy.example')
    found = probe('localhost', soon())
    assert found.reachable is None and 'proxy setting' in found.why


def test_a_reference_host_is_probed_once(serve, monkeypatch):
    server = serve(servers.silent, tls=None)
    monkeypatch.setattr(reachability, 'PORT', server.port)
    host = ReferenceHost('localhost')
    assert host.reachable(soon(0.5)) == Reachability('localhost', None, 'no time was left to check')
    assert server.accepted == 0
    first = host.reachable(soon())
    assert first[:3] == ('localhost', True, None) and host.reachable(soon()) is first
    assert eventually(lambda: server.accepted == 1)


def test_a_silent_reference_host_times_out(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(reachability, 'probe', lambda *_: ended.wait(20))
    with Watch() as watch:
        assert ReferenceHost('mcr.test').reachable(soon(1.2)) == Reachability(
            'mcr.test', None, 'no response within 1 s'
        )
    ended.set()
    assert watch.took < PROMPT
