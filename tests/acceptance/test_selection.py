# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--only and --skip."""

from __future__ import annotations

from typing import Optional

import pytest

from tests.acceptance.rows import DISPLAY_ORDER, ENVIRONMENT, of
from tests.acceptance.runs import clean, well_formed
from tests.sandbox.control.sandbox import Sandbox

NETWORK = ['login-server', 'dns', 'connection', 'tls', 'challenge']
CONNECTIVITY = of('connectivity')
MACHINE = [*ENVIRONMENT]
# What needs a login, or the registry's answer to a first request.
NEEDING = ['refresh-token', 'access-token', 'anonymous-pull']
LEFT_OUT = 'left out by --skip'
ONLY = [
    (('login-server',), ['login-server']),
    (('dns',), ['login-server', 'dns']),
    (('TLS', 'Dns'), ['login-server', 'dns', 'connection', 'tls']),
    (('connectivity',), ['login-server', *CONNECTIVITY]),
    (('Authentication',), [*NETWORK, *of('authentication')]),
    (('registry',), of('registry')),
    (
        ('private-link', '--only', 'encryption', 'login-server', 'encryption'),
        ['login-server', 'encryption', *of('private-link')],
    ),
]


@pytest.mark.parametrize('names, expected', ONLY)
def test_only(sandbox: Sandbox, names: tuple[str, ...], expected: list[str]) -> None:
    done = sandbox.az('acrhealth', 'check', '-n', 'contoso', '-o', 'json', '--only', *names)
    clean(sandbox, done)
    well_formed(done.json)
    assert [row['check'] for row in done.json['checks']] == expected and done.code == 0
    assert bool(sandbox.requests('exchange')) is ('refresh-token' in expected)


@pytest.mark.parametrize(
    'names, left_out, dependent, passed',
    [
        (('environment', 'connectivity'), [*MACHINE, *CONNECTIVITY], NEEDING, ['login-server']),
        (
            ('environment', '--skip', 'Refresh-Token'),
            [*MACHINE, 'refresh-token'],
            ['access-token'],
            ['login-server', *CONNECTIVITY],
        ),
        (
            ('environment', 'encryption', 'private-link', 'access-token'),
            [*MACHINE, 'encryption', *of('private-link'), 'access-token'],
            [],
            ['login-server', *CONNECTIVITY, 'refresh-token'],
        ),
        (
            ('environment', 'login-server'),
            [*MACHINE, 'login-server'],
            ['encryption', *CONNECTIVITY, *NEEDING, *of('private-link'), 'data-endpoints'],
            [],
        ),
    ],
)
def test_skip(
    sandbox: Sandbox,
    names: tuple[str, ...],
    left_out: list[str],
    dependent: list[str],
    passed: list[str],
) -> None:
    done = sandbox.az('acrhealth', 'check', '-n', 'contoso', '-o', 'json', '--skip', *names)
    clean(sandbox, done)
    well_formed(done.json)
    rows = {row['check']: row for row in done.json['checks']}
    assert [*rows] == [*DISPLAY_ORDER] and done.code == 0  # none vanish
    assert {name for name, row in rows.items() if row['detail'] == LEFT_OUT} == set(left_out)
    for name in dependent:
        assert rows[name]['status'] == 'Skipped' and rows[name]['detail'].startswith('needs ')
    for name in passed:
        assert rows[name]['status'] == 'Passed'
    if 'login-server' in left_out:
        assert sandbox.requests() == [] and sandbox.dns_queries() == []


def test_only_and_skip(sandbox: Sandbox) -> None:
    done = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        '--only',
        'connectivity',
        'helm-client',
        '--skip',
        'tls',
        '-o',
        'json',
    )
    rows = {
        row['check']: row['status']
        for row in done.json['checks']
        if row['category'] != 'environment'
    }
    # Neither the proxy's settings nor the time, which Resource Manager tells too, wait for a
    # handshake.
    assert rows == {
        'login-server': 'Passed',
        'dns': 'Passed',
        'proxy': 'Passed',
        'connection': 'Passed',
        'tls': 'Skipped',
        'challenge': 'Skipped',
        'clock': 'Passed',
    }
    # An unwanted check that is needed is named by whatever waits for it.
    assert (
        next(row['detail'] for row in done.json['checks'] if row['check'] == 'challenge')
        == 'needs tls, which was skipped'
    )


@pytest.mark.parametrize('option', ['--only', '--skip'])
@pytest.mark.parametrize(
    'typed, meant',
    [
        ('challange', 'challenge'),
        ('login_server', 'login-server'),
        ('Conectivity', 'connectivity'),
        ('dns,tls', None),
    ],
)
def test_unknown(sandbox: Sandbox, option: str, typed: str, meant: Optional[str]) -> None:
    done = sandbox.az('acrhealth', 'check', '-n', 'contoso', option, typed)
    assert (done.code, done.stdout) == (2, '') and sandbox.requests() == []
    assert (
        f"'{typed}' is not a valid value for '{option}'. Allowed values: engine-client, "
        in done.stderr
    )
    assert meant is None or f"Did you mean '{meant}' ?" in done.stderr
