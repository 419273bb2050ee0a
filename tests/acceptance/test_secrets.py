# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Credentials go to the login server only: into no output, no log file and to no other host."""

from __future__ import annotations

import pathlib

import pytest

from tests.acceptance.leaks import EVIL, leaking_lines, recognizable_parts, run_with_logs
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

# Faults, each at a registry of its own; `{host}` is that registry's login server.
FAULTS: tuple[dict[str, str], ...] = (
    {'challenge': 'foreignrealm'},
    {'challenge': 'httprealm'},
    {'challenge': 'nochallenge'},
    {'challenge': 'escape'},
    {'challenge': 'echo:500'},
    {'challenge': f'redirect:https://{EVIL}/v2/'},
    {'challenge': 'status:500'},
    {
        'challenge': f'challenge:Bearer realm="https://{{host}}@{EVIL}/oauth2/token",'
        f'service="{{host}}"'
    },
    {
        'challenge': f'challenge:Bearer realm="https://{{host}}.{EVIL}/oauth2/token",'
        f'service="{{host}}"'
    },
    {
        'challenge': f'challenge:Bearer realm="https://{EVIL}\\@{{host}}/oauth2/token",'
        f'service="{{host}}"'
    },
    {'challenge': f'challenge:Bearer realm="//{EVIL}/oauth2/token",service="{{host}}"'},
    {'challenge': f'challenge:Bearer realm="https://{{host}}/oauth2/token",service="{EVIL}"'},
    {
        'challenge': f'challenge:Bearer realm="https://{{host}}/oauth2/token",service="{{host}}",'
        f'Bearer realm="https://{EVIL}/oauth2/token",service="{EVIL}"'
    },
    {'exchange': 'echo'},
    {'exchange': 'echo:401'},
    {'exchange': 'echo:403'},
    {'exchange': 'echo:429'},
    {'exchange': 'echo:500'},
    {'exchange': 'echo:200'},
    {'exchange': 'escape'},
    {'exchange': 'status:401'},
    {'exchange': f'redirect:https://{EVIL}/oauth2/exchange'},
    {'exchange': f'redirect:308:https://{EVIL}/'},
    {'exchange': 'truncated'},
    {'exchange': 'drip:body:0'},
    {'exchange': 'lowercase'},
    {'exchange': 'expired'},
    {'token': 'echo'},
    {'token': 'echo:401'},
    {'token': 'echo:403'},
    {'token': 'echo:429'},
    {'token': 'echo:503'},
    {'token': 'echo:200'},
    {'token': 'escape'},
    {'token': f'redirect:https://{EVIL}/oauth2/token'},
    {'token': f'redirect:301:https://{EVIL}/'},
    {'token': 'truncated'},
    {'token': 'opaque'},
    {'token': 'expired'},
    {'token': 'noaccess'},
    {'exchange': 'opaque'},
    {'exchange': 'opaque', 'token': 'echo'},
    {'exchange': 'opaque', 'token': 'echo:401'},
    {'exchange': 'opaque', 'token': 'echo:403'},
    {'exchange': 'opaque', 'token': 'echo:500'},
    {'exchange': 'opaque', 'token': 'echo:429'},
    {'exchange': 'opaque', 'token': f'redirect:https://{EVIL}/'},
    {'arm-get': 'echo'},
    {'arm-get': 'echo:403'},
    {'arm-get': 'echo:500'},
    {'arm-get': f'redirect:https://{EVIL}/arm'},
)


@pytest.fixture
def faulty_registries(sandbox: Sandbox) -> list[str]:
    """Create a registry for each of FAULTS, switch the fault on, and return the resource ids."""
    resource_ids = []
    for number, faults in enumerate(FAULTS):
        name = f'fault{number:02}'
        resource_id = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, name)
        sandbox.put_resource(resource_id, cloud.registry(name, 'rg-apps'))
        for place, spec in faults.items():
            sandbox.set_fault(f'{place}@{name}', spec.replace('{host}', f'{name}.azurecr.test'))
        resource_ids.append(resource_id)
    return resource_ids


def unexpected_hosts(sandbox: Sandbox) -> set[str]:
    """Return the hosts that got a token or a request that they must not get."""
    registry_hosts = {f'fault{number:02}.azurecr.test' for number in range(len(FAULTS))}
    registry_hosts |= {f'{name}.azurecr.test' for name in ('contoso', 'privreg', 'northwind')}
    return {
        request['host']
        for request in sandbox.requests()
        if request['host'] == EVIL
        or (
            request['tokenReceived']
            and request['host'] not in {*registry_hosts, cloud.ARM_HOST, cloud.LOGIN_HOST}
        )
    }


@pytest.mark.parametrize(
    'arguments',
    [
        ('--debug', '-o', 'json'),
        ('--verbose', '-o', 'json'),
        ('-o', 'json'),
        ('-o', 'table'),
        ('-o', 'yaml', '--only-show-errors'),
    ],
    ids=' '.join,
)
def test_faults_bring_no_secret_out(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    faulty_registries: list[str],
    arguments: tuple[str, ...],
) -> None:
    finished, config = run_with_logs(
        sandbox, tmp_path, *arguments, '-n', *faulty_registries, tokens=False
    )
    assert finished.code == 1 and finished.stdout
    assert leaking_lines(sandbox, finished, config) == []
    assert unexpected_hosts(sandbox) == set()
    exchanges = {
        request['host']: request
        for request in sandbox.requests('exchange')
        if request['tokenReceived']
    }
    assert len(exchanges) > 25, 'the faults were not met'
    if 'json' in arguments:
        reasons = {row['reason'] for row in finished.json['checks']}
        assert {
            'RealmMismatch',
            'InsecureRealm',
            'UnreadableResponse',
            'ServerError',
            'UnexpectedStatus',
            'Redirected',
            'ArmUnavailable',
            'Unauthorized',
            'TooManyRequests',
            'ResponseIncomplete',
        } <= reasons


@pytest.mark.parametrize('debug', ['--debug', '--verbose'])
@pytest.mark.parametrize(
    'fault', ['echo', 'echo:403', 'echo:500', f'redirect:https://{EVIL}/arm', 'truncated']
)
def test_resource_manager(sandbox: Sandbox, tmp_path: pathlib.Path, fault: str, debug: str) -> None:
    for place in ('arm-list', 'arm-private-endpoint', 'arm-nic', 'arm-identity'):
        sandbox.set_fault(place, fault)
    finished, config = run_with_logs(sandbox, tmp_path, debug, '-o', 'json', '-n', 'privreg')
    assert finished.code == 1 or finished.json['healthy']
    assert leaking_lines(sandbox, finished, config) == []
    assert unexpected_hosts(sandbox) == set()


def test_the_cli_logs_what_resource_manager_repeats(stock: Sandbox) -> None:
    """Prove that the tests above would see such a line."""
    stock.set_fault('arm', 'echo')
    finished = stock.az('acr', 'show', '-n', 'contoso', '--debug')
    parts = list(recognizable_parts(stock.secrets()))
    assert any(part in line for line in finished.stderr.splitlines() for part in parts)


@pytest.mark.parametrize(
    'host',
    [
        'other.azurecr.foreign',
        EVIL,
        f'contoso.azurecr.test.{EVIL}',
        'contosoazurecr.test',
        'contoso.azurecr.test.foreign',
    ],
)
def test_hosts_of_others_get_no_token(sandbox: Sandbox, tmp_path: pathlib.Path, host: str) -> None:
    sandbox.set_dns(host, a=['127.0.0.1'])
    finished, config = run_with_logs(sandbox, tmp_path, '--debug', '-o', 'json', '-n', host)
    assert finished.code == 1
    rows = {row['check']: row for row in finished.json['checks']}
    assert rows['login-server']['reason'] in ('OtherCloud', 'UnknownSuffix')
    assert rows['refresh-token']['status'] == rows['access-token']['status'] == 'Skipped'
    assert leaking_lines(sandbox, finished, config) == []
    assert [
        request
        for request in sandbox.requests(host=host)
        if request['tokenReceived'] or request['path'] != '/v2/'
    ] == []


def test_sign_in(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    for number, spec in enumerate(
        ('status:401', 'aadsts:7000222', 'notjson', 'truncated', 'escape:400')
    ):
        sandbox.set_fault('signin', spec)
        finished, config = run_with_logs(
            sandbox, tmp_path / str(number), '--debug', '-o', 'json', '-n', 'contoso', tokens=False
        )
        assert finished.code == 1
        assert leaking_lines(sandbox, finished, config) == [], spec
