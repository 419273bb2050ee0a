# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""--only and --skip."""

from __future__ import annotations

from typing import Optional

import pytest

from tests.acceptance.rows import DISPLAY_ORDER, ENVIRONMENT, checks_of
from tests.acceptance.runs import assert_clean, assert_well_formed
from tests.sandbox.control.sandbox import Sandbox

NETWORK = ['login-server', 'dns', 'connection', 'tls', 'challenge']
CONNECTIVITY = checks_of('connectivity')
MACHINE = [*ENVIRONMENT]
# The checks that need a sign-in, or the registry's response to the first request.
NEEDING = ['refresh-token', 'access-token', 'anonymous-pull']
LEFT_OUT = 'excluded by --skip'
ONLY = [
    (('login-server',), ['login-server']),
    (('dns',), ['login-server', 'dns']),
    (('TLS', 'Dns'), ['login-server', 'dns', 'connection', 'tls']),
    (('connectivity',), ['login-server', *CONNECTIVITY]),
    (('Authentication',), [*NETWORK, *checks_of('authentication')]),
    (('registry',), checks_of('registry')),
    (
        ('private-link', '--only', 'encryption', 'login-server', 'encryption'),
        ['login-server', 'encryption', *checks_of('private-link')],
    ),
]


@pytest.mark.parametrize('names, expected', ONLY)
def test_only(sandbox: Sandbox, names: tuple[str, ...], expected: list[str]) -> None:
    finished = sandbox.az('acrhealth', 'check', '-n', 'contoso', '-o', 'json', '--only', *names)
    assert_clean(sandbox, finished)
    assert_well_formed(finished.json)
    assert [row['check'] for row in finished.json['checks']] == expected and finished.code == 0
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
            [*MACHINE, 'encryption', *checks_of('private-link'), 'access-token'],
            [],
            ['login-server', *CONNECTIVITY, 'refresh-token'],
        ),
        (
            ('environment', 'login-server'),
            [*MACHINE, 'login-server'],
            # Without --vnet, `private-dns` isn't asked for.
            ['encryption', *CONNECTIVITY, *NEEDING, 'private-endpoints', 'data-endpoints'],
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
    finished = sandbox.az('acrhealth', 'check', '-n', 'contoso', '-o', 'json', '--skip', *names)
    assert_clean(sandbox, finished)
    assert_well_formed(finished.json)
    rows = {row['check']: row for row in finished.json['checks']}
    assert [*rows] == [*DISPLAY_ORDER] and finished.code == 0  # none vanish
    assert {name for name, row in rows.items() if row['detail'] == LEFT_OUT} == set(left_out)
    for name in dependent:
        assert rows[name]['status'] == 'Skipped' and rows[name]['detail'].startswith(
            'requires the '
        )
    for name in passed:
        assert rows[name]['status'] == 'Passed'
    if 'login-server' in left_out:
        assert sandbox.requests() == [] and sandbox.dns_queries() == []


def test_only_and_skip(sandbox: Sandbox) -> None:
    finished = sandbox.az(
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
        for row in finished.json['checks']
        if row['category'] != 'environment'
    }
    # The proxy settings and the clock, which Resource Manager's Date header shows as well, don't
    # wait for a handshake.
    assert rows == {
        'login-server': 'Passed',
        'dns': 'Passed',
        'proxy': 'Passed',
        'connection': 'Passed',
        'tls': 'Skipped',
        'challenge': 'Skipped',
        'clock': 'Passed',
    }
    # A skipped check that is needed is named by the checks that depend on it.
    assert (
        next(row['detail'] for row in finished.json['checks'] if row['check'] == 'challenge')
        == 'requires the `tls` check, which was skipped'
    )


@pytest.mark.parametrize('option', ['--only', '--skip'])
@pytest.mark.parametrize(
    'typed, suggestion',
    [
        ('challange', 'challenge'),
        ('login_server', 'login-server'),
        ('Conectivity', 'connectivity'),
        ('dns,tls', None),
    ],
)
def test_unknown(sandbox: Sandbox, option: str, typed: str, suggestion: Optional[str]) -> None:
    finished = sandbox.az('acrhealth', 'check', '-n', 'contoso', option, typed)
    assert (finished.code, finished.stdout) == (2, '') and sandbox.requests() == []
    assert (
        f"'{typed}' is not a valid value for '{option}'. Allowed values: engine-client, "
        in finished.stderr
    )
    assert suggestion is None or f"Did you mean '{suggestion}' ?" in finished.stderr
