# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What container clients keep for the registry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from azext_acrhealth.checks.authentication.stored_credentials import stored_credentials
from azext_acrhealth.checks.registry.login_server import LoginServer
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.stored_login import NOBODY, StoredLogin
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes, signed
from tests.checks.table import Row, tells_nothing_of, verify

STORED, FILE = 'STORED_CREDENTIAL_ERROR', '~/.docker/config.json'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
SOON, BEFORE = NOW.timestamp() + 3600, NOW.timestamp() - 3600


def docker(
    secret: str = '',
    kind: str = '',
    helper: str | None = None,
    client: str = 'docker',
    user: str = NOBODY,
) -> StoredLogin:
    return StoredLogin(
        client,
        FILE,
        secret,
        helper,
        Failure(kind, 'so it is') if kind else None,
        user,
        '"credsStore"' if helper else '',
    )


def row(
    name: str, status: str, reason: str = '', *kept: StoredLogin, at: LoginServer = AT, **more: Any
) -> Row:
    probes = FakeProbes(kept=kept, time=NOW)
    return Row(
        name,
        stored_credentials,
        status,
        f'{STORED} {reason}' if reason else '',
        probes=probes,
        needs=(at,),
        **more,
    )


def facts(**differing: Any) -> dict[str, Any]:
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
OLD = docker(signed(aud=HOST, exp=BEFORE))
TABLE = (
    row(
        'no file',
        'Skipped',
        detail=f'neither docker nor podman keeps a login for {HOST} here',
        facts={'stored': []},
    ),
    row(
        'nothing in it',
        'Skipped',
        '',
        docker(user=''),
        docker(helper='osxkeychain', user=''),
        facts={
            'stored': [
                *facts(how=None, user=None, kept=None)['stored'],
                *facts(how='helper', helper='osxkeychain', user=None, kept=None)['stored'],
            ]
        },
    ),
    row(
        'a token',
        'Passed',
        '',
        docker(signed(aud=HOST, exp=SOON, tenant='t-1')),
        detail='docker keeps a token that is valid until 2026-01-02T04:04:05Z',
        facts=facts(expires='2026-01-02T04:04:05Z', audience=[HOST], tenant='t-1'),
    ),
    row(
        'a token from a helper',
        'Passed',
        '',
        docker(signed(aud=HOST, exp=SOON), helper='pass', user='<token>'),
        facts=facts(how='helper', helper='pass', expires='2026-01-02T04:04:05Z', audience=[HOST]),
    ),
    row(
        "the login server's token at a regional host",
        'Passed',
        '',
        docker(signed(aud='myregistry.azurecr.io')),
        at=REGIONAL,
    ),
    row(
        "its token by Resource Manager's word",
        'Passed',
        '',
        docker(signed(aud='myregistry-abc.azurecr.io')),
        at=NAMED,
    ),
    row(
        'a token for several',
        'Passed',
        '',
        docker(signed(aud=['other.test', HOST.upper()], exp=SOON)),
    ),
    row(
        'a token that tells nothing',
        'Passed',
        '',
        docker(signed(sub='x', tenant=7)),
        detail='docker keeps a token that does not say how long it is valid',
        facts=facts(),
    ),
    row(
        'a password',
        'Passed',
        '',
        docker('hunter2-Zx9', user='somebody'),
        detail='docker keeps a password, which only a login',
        facts=facts(user='name', kept='password'),
    ),
    row(
        'a token that has run out',
        'Warning',
        'StoredTokenExpired',
        OLD,
        detail='expired at 2026-01-02T02:04:05Z',
        solution='az acr login --name myregistry',
    ),
    row(
        'a token for another',
        'Warning',
        'StoredTokenMismatch',
        docker(signed(aud='other.azurecr.io', exp=SOON)),
        detail='a token for other.azurecr.io under ' + HOST,
        solution=f'docker logout {HOST}',
    ),
    row(
        'an unreadable file',
        'Warning',
        'ConfigUnreadable',
        docker(kind='Unreadable'),
        solution=FILE,
    ),
    row(
        'no such helper',
        'Failed',
        'HelperMissing',
        docker(kind='HelperMissing', helper='desktop'),
        solution='docker-credential-desktop',
    ),
    row(
        'no name of a helper',
        'Failed',
        'HelperMissing',
        replace(docker(kind='HelperMissing'), setting=f'"{HOST}" under "credHelpers"'),
        solution=f'take "{HOST}" under "credHelpers" out of `{FILE}`',
        unfilled=('helper',),
    ),
    row(
        'a helper that fails',
        'Failed',
        'HelperFailed',
        docker(kind='HelperFailed', helper='pass'),
        detail=f'docker ({FILE}): so it is',
        solution=f'echo {HOST} | docker-credential-pass get',
    ),
    row(
        'a helper that hangs',
        'Failed',
        'HelperTimeout',
        docker(kind='HelperTimeout', helper='pass'),
        solution='take "credsStore" out of',
    ),
    row(
        'the worst of several',
        'Failed',
        'HelperMissing',
        OLD,
        docker(signed(aud=HOST, exp=SOON)),
        docker(kind='HelperMissing', helper='x', client='podman'),
        detail='podman (~',
    ),
    row(
        'a good one beside an old one',
        'Warning',
        'StoredTokenExpired',
        docker(signed(aud=HOST, exp=SOON)),
        OLD,
    ),
)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_stored_credentials(one: Row) -> None:
    verify(one)


@pytest.mark.parametrize('one', TABLE, ids=str)
def test_nothing_that_is_kept_is_told(one: Row) -> None:
    tells_nothing_of(one, *(kept.secret for kept in one.probes.kept if kept.secret))
