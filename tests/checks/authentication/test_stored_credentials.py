# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of the `stored-credentials` check."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.stored_credentials import stored_credentials
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.stored_login import TOKEN_USER, StoredLogin
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes, signed
from tests.checks.table import Row, assert_no_secrets, verify

STORED, FILE = 'STORED_CREDENTIAL_ERROR', '~/.docker/config.json'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
FUTURE, PAST = NOW.timestamp() + 3600, NOW.timestamp() - 3600


def stored_login(
    secret: str = '',
    kind: str = '',
    helper: str | None = None,
    client: str = 'docker',
    user: str = TOKEN_USER,
) -> StoredLogin:
    return StoredLogin(
        client,
        FILE,
        secret,
        helper,
        Failure(kind, 'it failed') if kind else None,
        user,
        '"credsStore"' if helper else '',
    )


def stored_row(
    name: str,
    status: str,
    reason: str = '',
    *logins: StoredLogin,
    at: LoginServer = AT,
    **more: Any,
) -> Row:
    probes = FakeProbes(stored=logins, time=NOW)
    return Row(
        name,
        stored_credentials,
        status,
        f'{STORED} {reason}' if reason else '',
        probes=probes,
        needs=(at,),
        **more,
    )


def stored_facts(**differing: Any) -> dict[str, Any]:
    return {
        'stored': [
            {
                'client': 'docker',
                'file': FILE,
                'how': 'file',
                'helper': None,
                'user': 'token',
                'kept': 'token',
                'expires': None,
                'audience': None,
                'tenant': None,
                'trouble': None,
                **differing,
            }
        ]
    }


REGIONAL = LoginServer('myregistry.eastus.geo.azurecr.io', FakeConnection(), True)
NAMED = replace(REGIONAL, resource={'properties': {'loginServer': 'myregistry-abc.azurecr.io'}})
EXPIRED = stored_login(signed(aud=HOST, exp=PAST))
TABLE = (
    stored_row(
        'no file',
        'Skipped',
        detail=f'neither docker nor podman stores a login for {HOST}',
        facts={'stored': []},
    ),
    stored_row(
        'nothing in it',
        'Skipped',
        '',
        stored_login(user=''),
        stored_login(helper='osxkeychain', user=''),
        facts={
            'stored': [
                *stored_facts(how=None, user=None, kept=None)['stored'],
                *stored_facts(how='helper', helper='osxkeychain', user=None, kept=None)['stored'],
            ]
        },
    ),
    stored_row(
        'a token',
        'Passed',
        '',
        stored_login(signed(aud=HOST, exp=FUTURE, tenant='t-1')),
        detail='docker stores a token that is valid until 2026-01-02T04:04:05Z',
        facts=stored_facts(expires='2026-01-02T04:04:05Z', audience=[HOST], tenant='t-1'),
    ),
    stored_row(
        'a token from a helper',
        'Passed',
        '',
        stored_login(signed(aud=HOST, exp=FUTURE), helper='pass', user='<token>'),
        facts=stored_facts(
            how='helper', helper='pass', expires='2026-01-02T04:04:05Z', audience=[HOST]
        ),
    ),
    stored_row(
        "the login server's token at a regional host",
        'Passed',
        '',
        stored_login(signed(aud='myregistry.azurecr.io')),
        at=REGIONAL,
    ),
    stored_row(
        'a token for the login server that ARM reports',
        'Passed',
        '',
        stored_login(signed(aud='myregistry-abc.azurecr.io')),
        at=NAMED,
    ),
    stored_row(
        'a token for several',
        'Passed',
        '',
        stored_login(signed(aud=['other.test', HOST.upper()], exp=FUTURE)),
    ),
    stored_row(
        'a token without claims',
        'Passed',
        '',
        stored_login(signed(sub='x', tenant=7)),
        detail='docker stores a token without an expiry time',
        facts=stored_facts(),
    ),
    stored_row(
        'a password',
        'Passed',
        '',
        stored_login('hunter2-Zx9', user='alice'),
        detail='docker stores a password, which only a login',
        facts=stored_facts(user='name', kept='password'),
    ),
    stored_row(
        'an expired token',
        'Warning',
        'StoredTokenExpired',
        EXPIRED,
        detail='expired at 2026-01-02T02:04:05Z',
        solution='az acr login --name myregistry',
    ),
    stored_row(
        'a token for another',
        'Warning',
        'StoredTokenMismatch',
        stored_login(signed(aud='other.azurecr.io', exp=FUTURE)),
        detail='a token for other.azurecr.io under ' + HOST,
        solution=f'docker logout {HOST}',
    ),
    stored_row(
        'an unreadable file',
        'Warning',
        'ConfigUnreadable',
        stored_login(kind='Unreadable'),
        solution=FILE,
    ),
    stored_row(
        'no such helper',
        'Failed',
        'HelperMissing',
        stored_login(kind='HelperMissing', helper='desktop'),
        solution='docker-credential-desktop',
    ),
    stored_row(
        'no name of a helper',
        'Failed',
        'HelperMissing',
        replace(stored_login(kind='HelperMissing'), setting=f'"{HOST}" under "credHelpers"'),
        solution=f'Remove "{HOST}" under "credHelpers" from `{FILE}`',
        unfilled_placeholders=('helper',),
    ),
    stored_row(
        'a helper that fails',
        'Failed',
        'HelperFailed',
        stored_login(kind='HelperFailed', helper='pass'),
        detail=f'docker ({FILE}): it failed',
        solution=f'echo {HOST} | docker-credential-pass get',
    ),
    stored_row(
        'a helper that times out',
        'Failed',
        'HelperTimeout',
        stored_login(kind='HelperTimeout', helper='pass'),
        solution='Remove "credsStore" from',
    ),
    stored_row(
        'the worst of several',
        'Failed',
        'HelperMissing',
        EXPIRED,
        stored_login(signed(aud=HOST, exp=FUTURE)),
        stored_login(kind='HelperMissing', helper='x', client='podman'),
        detail='podman (~',
    ),
    stored_row(
        'a valid token and an expired token',
        'Warning',
        'StoredTokenExpired',
        stored_login(signed(aud=HOST, exp=FUTURE)),
        EXPIRED,
    ),
)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_row(row: Row) -> None:
    verify(row)


@pytest.mark.parametrize('row', TABLE, ids=str)
def test_no_secret_is_shown(row: Row) -> None:
    assert_no_secrets(row, *(stored.secret for stored in row.probes.stored if stored.secret))
