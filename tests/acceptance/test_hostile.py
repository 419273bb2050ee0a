# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Hostile servers, tools, settings and streams, each of which once caused a failure."""

from __future__ import annotations

import json
import pathlib
from typing import Optional

import pytest

from tests.acceptance.runs import assert_clean, check
from tests.sandbox.control.sandbox import Sandbox, az_command

HOST = 'contoso.azurecr.test'
DEEP = '[' * 800 + ']' * 800

# The registry's response, the check that gets it, and its reason (None: the check passes).
SERVERS: tuple[tuple[str, str, str, Optional[str]], ...] = (
    ('challenge', 'challenge:' + 'a,' * 30000, 'challenge', 'UnreadableChallenge'),
    (
        'challenge',
        f'challenge:Bearer realm="https:{HOST}",service="{HOST}"',
        'challenge',
        'UnreadableChallenge',
    ),
    (
        'challenge',
        f'challenge:Bearer realm="https://{HOST}./t",service="{HOST}"',
        'challenge',
        'RealmMismatch',
    ),
    (
        'challenge',
        f'challenge:Bearer realm="https://{HOST}\t.evil.example.test/",service="{HOST}"',
        'challenge',
        'RealmMismatch',
    ),
    # An informational response, after which another one must follow (RFC 9110, section 15.2).
    ('challenge', 'body:103:text/plain:', 'challenge', 'ResponseTimeout'),
    (
        'exchange',
        'body:200:application/json:{"refresh_token":"\\ud800x"}',
        'refresh-token',
        'UnreadableResponse',
    ),
    (
        'exchange',
        'body:201:application/json:{"refresh_token":"opaque-but-secret"}',
        'refresh-token',
        'UnexpectedStatus',
    ),
    (
        'exchange',
        'body:401:application/json:{"errors":[{"code":"X",'
        '"message":"\\ud800\\u202e\\u001b[2J\\u0000"}]}',
        'refresh-token',
        'UnknownErrorCode',
    ),
    ('signin', 'echo:400', 'refresh-token', 'SignInRefused'),
    ('arm-list', 'endless', 'login-server', 'ArmUnavailable'),
)


@pytest.mark.parametrize(
    'place, spec, row, reason', SERVERS, ids=[f'{server[0]} {server[1][:30]}' for server in SERVERS]
)
def test_servers(sandbox: Sandbox, place: str, spec: str, row: str, reason: Optional[str]) -> None:
    sandbox.set_fault(place, spec)
    run = check(sandbox, '-n', 'contoso', '--only', row, tokens=place != 'signin')
    assert run.row(row)['reason'] == reason
    assert 'opaque-but-secret' not in run.finished.stdout + run.finished.stderr
    assert not [request for request in sandbox.requests() if request['host'] == 'evil.example.test']


def test_a_login_server_that_only_looks_like_one(sandbox: Sandbox) -> None:
    sandbox.patch_registry('contoso', {'properties': {'loginServer': 'conto\u017fo.azurecr.test'}})
    run = check(sandbox, '-n', 'contoso', '--only', 'login-server')
    assert (
        run.has('login-server', 'Warning', 'LOGIN_SERVER_ERROR', 'ArmUnavailable')['facts'][
            'loginServer'
        ]
        == HOST
    )


def test_a_timeout_of_centuries(sandbox: Sandbox) -> None:
    assert check(sandbox, '-n', 'contoso', '--timeout', '1e300').finished.code == 0


def test_a_proxy_login_that_is_not_encoded(sandbox: Sandbox) -> None:
    proxy = 'http://joe:123#s3cret@proxy.sandbox.test:3128'
    run = check(sandbox, '-n', 'contoso', '--only', 'connection', env={'HTTPS_PROXY': proxy})
    run.has('connection', 'Failed', 'CONNECTIVITY_CHALLENGE_ERROR', 'InvalidProxy')
    assert not [
        secret
        for secret in ('joe', '123#', 's3cret')
        if secret in run.finished.stdout + run.finished.stderr
    ]


@pytest.mark.parametrize('tokens', [True, False])
@pytest.mark.parametrize(
    'proxy',
    [
        'http://joe:s3cretpw#x@proxy.sandbox.test:3128',
        'http://joe:top/s3cretpw@proxy.sandbox.test:3128',
        'joe:s3cretpw@proxy.sandbox.test:3128',
        'http://joe:s3cretpw',
        'http://joe:s3cretpw@',
    ],
)
def test_no_part_of_a_proxy_setting_that_cannot_be_read_is_shown(
    sandbox: Sandbox, proxy: str, tokens: bool
) -> None:
    run = check(sandbox, '-n', 'contoso', env={'HTTPS_PROXY': proxy}, tokens=tokens)
    assert not [
        secret
        for secret in ('joe', 's3cretpw', 'top')
        if secret in run.finished.stdout + run.finished.stderr
    ]
    run.has('proxy', 'Warning', 'CONNECTIVITY_PROXY_ERROR', 'ProxyUnreadable')
    run.has('connection', 'Failed', 'CONNECTIVITY_CHALLENGE_ERROR', 'InvalidProxy')
    if proxy != 'http://joe:s3cretpw@':
        assert 'the proxy setting is invalid' in run.row('login-server')['detail']


def test_a_tool_that_nests_without_end(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    tool = tmp_path / 'docker'
    described = f'{{"Client":{{"Version":"1.0","OsArch":{DEEP}}},"Server":{{"Version":{DEEP}}}}}'
    tool.write_text(f"#!/bin/sh\necho '{described}'\n", encoding='utf-8')
    tool.chmod(0o755)
    run = check(
        sandbox,
        '--only',
        'engine-version',
        'engine-daemon',
        environment=True,
        env={'PATH': f'{tmp_path}:/usr/bin:/bin'},
    )
    assert run.has('engine-version', 'Passed')['facts']['platform'] == '?/?'


@pytest.mark.parametrize('closed', ['>&-', '2>&-', '>&- 2>&-'])
def test_streams_that_the_shell_closed(
    sandbox: Sandbox, tmp_path: pathlib.Path, closed: str
) -> None:
    command = az_command('acrhealth', 'check', '-n', 'contoso', '--skip', 'environment')
    finished = sandbox.run(
        ['sh', '-c', f'exec "$@" {closed}', 'sh', *command, '-o', 'json'],
        env=sandbox.cli_environment(sandbox.config_dir(tmp_path / 'config')),
    )
    assert_clean(sandbox, finished)
    assert finished.code == 0, finished.stderr
    assert ('>&-' in closed.split()) or json.loads(finished.stdout)['healthy']
