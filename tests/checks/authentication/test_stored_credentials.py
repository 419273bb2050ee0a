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
from azext_acrhealth.options import Image
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local.stored_login import StoredLogin
from azext_acrhealth.probes.registry.tokens import NULL_GUID
from tests.checks.authentication.test_token_response import AT
from tests.checks.fake_probes import HOST, FakeConnection, FakeProbes, signed
from tests.checks.table import Row, assert_no_secrets, run, shown, verify

STORED, FILE = 'STORED_CREDENTIAL_ERROR', '~/.docker/config.json'
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
FUTURE, PAST = NOW.timestamp() + 3600, NOW.timestamp() - 3600


def stored_login(
    secret: str = '',
    kind: str = '',
    helper: str | None = None,
    client: str = 'docker',
    user: str = NULL_GUID,
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


REGIONAL = LoginServer(
    'myregistry.eastus.geo.azurecr.io', FakeConnection(), True, suffix='.azurecr.io'
)
NAMED = REGIONAL._replace(resource={'properties': {'loginServer': 'myregistry-abc.azurecr.io'}})
EXPIRED = stored_login(signed(aud=HOST, exp=PAST))
TABLE = (
    stored_row(
        'no file',
        'Skipped',
        detail=f'docker, podman, and Helm store no login for {HOST}',
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
        stored_login(kind='HelperMissing')._replace(setting=f'"{HOST}" under "credHelpers"'),
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
        'a login under another spelling of the host',
        'Warning',
        'HostCaseMismatch',
        stored_login(user='')._replace(other_host='MyRegistry.azurecr.io'),
        detail=f'docker stores a login under MyRegistry.azurecr.io, and finds none for {HOST}',
        solution='docker logout MyRegistry.azurecr.io',
        facts=stored_facts(how=None, user=None, kept=None, otherHost='MyRegistry.azurecr.io'),
        unfilled_placeholders=(),
    ),
    stored_row(
        'a helper that refuses to store',
        'Warning',
        'HelperReadOnly',
        stored_login(helper='ecr-login', user='')._replace(store_result='Refused'),
        detail=f'no login for {HOST}, and docker-credential-ecr-login refuses to store one',
        solution=f'in `{FILE}`, name it for each of them under "credHelpers" in place of "credsS',
    ),
    stored_row(
        'a helper that ignores a login',
        'Warning',
        'HelperReadOnly',
        stored_login(helper='gcloud', user='')._replace(store_result='Ignored'),
        detail='docker-credential-gcloud ignores a new one',
    ),
    stored_row(
        'a login from a helper that stores none',
        'Passed',
        '',
        stored_login(signed(aud=HOST, exp=FUTURE), helper='acr-env')._replace(
            store_result='Refused'
        ),
        detail='docker gets a token that is valid until 2026-01-02T04:04:05Z from '
        'docker-credential-acr-env, which stores no logins, so that `az acr login` fails',
        facts=stored_facts(
            how='helper',
            helper='acr-env',
            helperStores='Refused',
            expires='2026-01-02T04:04:05Z',
            audience=[HOST],
        ),
    ),
    stored_row(
        "Helm's login",
        'Warning',
        'StoredTokenExpired',
        EXPIRED._replace(client='helm'),
        detail='the token that Helm stores for',
        solution='| helm registry login ' + HOST,
    ),
    stored_row(
        'a login in a variable',
        'Warning',
        'StoredTokenExpired',
        EXPIRED._replace(file='DOCKER_AUTH_CONFIG', variable='DOCKER_AUTH_CONFIG'),
        detail='the token that docker (DOCKER_AUTH_CONFIG) stores for',
        solution='`unset DOCKER_AUTH_CONFIG`',
    ),
    stored_row(
        'a variable that is not read',
        'Warning',
        'ConfigUnreadable',
        stored_login(kind='Unreadable')._replace(
            file='DOCKER_AUTH_CONFIG',
            variable='DOCKER_AUTH_CONFIG',
        ),
        detail='docker (DOCKER_AUTH_CONFIG): it failed',
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


@pytest.mark.parametrize(
    'host, image, expected',
    [
        (HOST, None, HOST),
        (HOST.upper(), None, HOST),
        (HOST, Image('app', host='MyRegistry.azurecr.io'), 'MyRegistry.azurecr.io'),
        (HOST.upper(), Image('app', host=HOST), HOST),
        (HOST, Image('app'), HOST),
        (
            'myregistry.eastus.geo.azurecr.io',
            Image('app', host=HOST),
            'myregistry.eastus.geo.azurecr.io',
        ),
    ],
)
def test_the_host_is_looked_up_as_clients_do(host: str, image: Image | None, expected: str) -> None:
    class Probes(FakeProbes):
        def stored_logins(
            self, host: str, repository: str | None, deadline: float
        ) -> list[StoredLogin]:
            assert host == expected
            return []

    row = stored_row('host', 'Skipped', at=LoginServer(host, FakeConnection(), True))
    options = row.options._replace(image=image)
    assert expected in run(replace(row, probes=Probes(), options=options)).detail


def test_advice_fits_the_client_and_the_platform() -> None:
    for client, platform, wanted, unwanted in (
        ('docker', 'Linux-6', 'Log in again with Docker', 'Podman'),
        ('podman', 'Linux-6', '`DOCKER_COMMAND=podman az acr login', 'Docker,'),
        ('podman', 'Windows-11', "`$env:DOCKER_COMMAND = 'podman'; az acr login", 'Docker,'),
        ('helm', 'Linux-6', '--password-stdin', 'Podman'),
    ):
        row = stored_row(client, '', '', EXPIRED._replace(client=client))
        entry = shown(stored_credentials, run(row), platform=platform)
        solutions = ' '.join(entry['solutions'])
        assert wanted in solutions and unwanted not in solutions, client


@pytest.mark.parametrize(
    'client, cli, command',
    [
        ('docker', '2.91.0', 'az acr login --name myregistry --endpoint eastus`'),
        ('podman', '2.86.0', '`DOCKER_COMMAND=podman az acr login --name myregistry --endpoint '),
        ('docker', '2.85.0', f'| docker login {REGIONAL.host} --username 0'),
        ('podman', '2.75.0', f'| podman login {REGIONAL.host} --username 0'),
    ],
)
def test_the_login_to_a_regional_host_fits_the_version_of_the_cli(
    client: str, cli: str, command: str
) -> None:
    row = stored_row(client, '', '', EXPIRED._replace(client=client), at=REGIONAL)
    solutions = shown(stored_credentials, run(row), platform='Linux-6', cli=cli)['solutions']
    logins = [text for text in solutions if 'az acr login' in text]
    assert len(logins) == 1 and command in logins[0]
