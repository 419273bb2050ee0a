# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real proxies: tinyproxy, squid, and mitmproxy, which performs TLS inspection."""

from __future__ import annotations

import pathlib
from typing import Optional

import pytest

from tests.acceptance.codes import LIMIT, SHORT, SLACK
from tests.acceptance.components import lacks, need
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import network_programs
from tests.sandbox.host.network_programs import PASSWORD, PORT, USER

CHALLENGE, SSL = 'CONNECTIVITY_CHALLENGE_ERROR', 'CONNECTIVITY_SSL_ERROR'
AUTH = (
    'auth_param basic program /usr/lib/squid/basic_ncsa_auth PASSWORDS',
    'acl known proxy_auth REQUIRED',
    'http_access allow known',
    'http_access deny all',
)
TINY_AUTH = ('ConnectPort 443', f'BasicAuth {USER} {PASSWORD}')
# The proxy, its settings, the login that the client sends, and the reason (None: it forwards
# through).
PROXIES: list[tuple[str, tuple[str, ...], str, Optional[str]]] = [
    ('tinyproxy', (), '', None),
    ('tinyproxy', TINY_AUTH, '', 'ProxyAuthenticationRequired'),
    ('tinyproxy', TINY_AUTH, f'{USER}:wrong', 'ProxyAuthenticationRequired'),
    ('tinyproxy', TINY_AUTH, f'{USER}:{PASSWORD}', None),
    ('tinyproxy', ('ConnectPort 8443',), '', 'ProxyRefused'),
    ('squid', (), '', None),
    ('squid', AUTH, '', 'ProxyAuthenticationRequired'),
    ('squid', AUTH, f'{USER}:wrong', 'ProxyAuthenticationRequired'),
    ('squid', AUTH, f'{USER}:{PASSWORD}', None),
    ('squid', ('http_access deny CONNECT', 'http_access allow all'), '', 'ProxyRefused'),
]


def check_through(sandbox: Sandbox, address: str, login: str = '', **variables: str) -> Run:
    """Run the checks with a proxy for everything."""
    proxy = address.replace('://', f'://{login}@') if login else address
    run = check(sandbox, '-n', 'contoso', env={'HTTPS_PROXY': proxy, **variables})
    assert not [
        word for word in (PASSWORD, ':wrong@') if word in run.finished.stdout + run.finished.stderr
    ]
    assert run.finished.seconds < 60
    return run


@pytest.mark.parametrize('name, settings, login, reason', PROXIES)
def test_forward_proxy(
    sandbox: Sandbox, name: str, settings: tuple[str, ...], login: str, reason: Optional[str]
) -> None:
    need(name)
    with getattr(network_programs, name)(sandbox, *settings) as address:
        run = check_through(sandbox, address, login)
    if reason is None:
        assert (
            run.statuses()['access-token'] == run.statuses()['login-server'] == 'Passed'
            and run.finished.code == 0
        )
    else:
        run.has('connection', 'Failed', CHALLENGE, reason)
        assert not sandbox.requests() and run.finished.code == 1
        # tinyproxy responds with 401 to a wrong login.
        wants = '401' if (name, login) == ('tinyproxy', f'{USER}:wrong') else '407'
        assert (wants in run.row('connection')['detail']) is (
            reason == 'ProxyAuthenticationRequired'
        )


def test_dead_proxy(sandbox: Sandbox) -> None:
    run = check_through(sandbox, f'http://127.0.0.1:{PORT}')
    run.has('connection', 'Failed', CHALLENGE, 'ProxyUnreachable')
    assert not sandbox.requests()


def test_silent_proxy(sandbox: Sandbox) -> None:
    run = check(sandbox, '-n', 'contoso', *SHORT, env={'HTTPS_PROXY': 'http://127.0.0.77:443'})
    run.has('connection', 'Failed', CHALLENGE, 'ProxyUnreachable')
    assert run.finished.seconds < LIMIT + SLACK and not sandbox.requests()


@pytest.mark.parametrize('trusted', [False, True])
def test_intercepting_proxy(sandbox: Sandbox, tmp_path: pathlib.Path, trusted: bool) -> None:
    if not network_programs.MITMDUMP.exists():
        lacks('mitmproxy is not installed: make .venv-mitmproxy/ready')
    with network_programs.mitmproxy(sandbox) as (address, authority):
        bundle = tmp_path / 'bundle.pem'
        bundle.write_text(
            pathlib.Path(sandbox.info['ca']).read_text('ascii')
            + (authority.read_text('ascii') if trusted else ''),
            encoding='ascii',
        )
        run = check_through(
            sandbox, address, REQUESTS_CA_BUNDLE=str(bundle), SSL_CERT_FILE=str(bundle)
        )
    row = run.row('tls')
    assert 'mitmproxy' in str(row['facts'].get('issuer'))
    if trusted:
        assert row['status'] == run.statuses()['access-token'] == 'Passed'
    else:
        run.has('tls', 'Failed', SSL, 'TlsIntercepted')
        assert not sandbox.requests('exchange') and not sandbox.requests('challenge')
