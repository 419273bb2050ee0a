# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of finding stored logins by every key that clients look up."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.local.process import CommandRunner
from azext_acrhealth.probes.local.stored_login import TOKEN, StoredLogin, stored_logins
from azext_acrhealth.probes.registry.tokens import NULL_GUID
from tests.probes.clock import soon

# a fixture
from tests.probes.local.test_docker_config import fixture_home  # noqa: F401  pylint: disable=unused-import
from tests.probes.local.test_docker_credential_helper import HOST, SECRET, VALID

AUTH = base64.b64encode(f'user:{SECRET}'.encode()).decode()
Store = Callable[..., list[StoredLogin]]


@pytest.fixture(name='store')
def fixture_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a function that writes a file, and a helper script if any, and returns the logins."""
    bins = home / 'bin'
    bins.mkdir()
    monkeypatch.setenv('PATH', f'{bins}:/usr/bin:/bin')
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(home))

    def store(
        content: Any,
        helper: str | None = None,
        repository: str | None = None,
        file: str = '.docker/config.json',
    ) -> list[StoredLogin]:
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(json.dumps(content))
        if helper is not None:
            (bins / 'docker-credential-mine').write_text(helper)
            (bins / 'docker-credential-mine').chmod(0o755)
        return stored_logins(HOST, repository, soon(), CommandRunner().run)

    return store


@pytest.mark.parametrize(
    'key',
    [
        HOST,
        f'https://{HOST}',
        f'https://{HOST}/',
        f'http://{HOST}/v1/',
        f'https://{HOST}/v2/',
        f'{HOST}/v2',
        f'{HOST}/team',
    ],
)
@pytest.mark.parametrize(
    'entry',
    [
        {'auth': AUTH},
        {'identitytoken': SECRET},
        {'registrytoken': SECRET},
        {'username': 'user', 'password': SECRET},
        {'auth': AUTH, 'identitytoken': ''},
    ],
)
def test_a_login_in_the_file(store: Store, key: str, entry: dict[str, str]) -> None:
    (login,) = store({'auths': {'other.azurecr.io': {'auth': 'eDp5'}, key: entry}})
    assert (login.client, login.file, login.secret, login.helper, login.failure) == (
        'docker',
        '~/.docker/config.json',
        SECRET,
        None,
        None,
    )
    assert SECRET not in repr(login)


@pytest.mark.parametrize(
    'content',
    [
        {},
        {'auths': {}},
        {'auths': {HOST: {}}},
        {'auths': {'other.azurecr.io': {'auth': AUTH}}},
        {'auths': None},
        {'auths': {f'x{HOST}': {'auth': AUTH}}},
        {'auths': {f'{HOST}.evil.test': {'auth': AUTH}}},
        {'auths': {HOST: {'auth': ''}}},
        {'auths': {HOST: None}},
        {'auths': {HOST.upper(): {'auth': AUTH}}},
        {'auths': {HOST: {}, f'https://{HOST}': {'auth': AUTH}}},
        {'credHelpers': {HOST.upper(): 'mine'}},
        {'credHelpers': {HOST: None}},
        {'credHelpers': {'other.azurecr.io': 'mine'}},
        {'credHelpers': {f'https://{HOST}': 'mine'}},
        {'credHelpers': {HOST: ''}, 'credsStore': 'mine'},
    ],
)
def test_no_login_is_stored(store: Store, content: Any) -> None:
    (login,) = store(content)
    assert (login.secret, login.helper, login.setting, login.failure) == ('', None, '', None)


@pytest.mark.parametrize(
    'entry, text',
    [
        ({'auth': 'é'}, "can't be decoded"),
        ({'auth': '%%%'}, "can't be decoded"),
        ({'auth': 7}, "can't be decoded"),
        ({'auth': 'dXNlcg=='}, 'has no login'),
        ({'auth': 'OnB3'}, 'has no login'),
    ],
)
@pytest.mark.parametrize('host', [HOST, 'other.azurecr.io'])
def test_an_invalid_entry(store: Store, entry: Any, text: str, host: str) -> None:
    (login,) = store({'auths': {HOST: {'auth': AUTH}, host: entry}})
    assert login.failure and login.failure.kind == 'Unreadable' and text in login.failure.text
    assert host in login.failure.text


@pytest.mark.parametrize(
    'entry, user',
    [
        ({'auth': AUTH}, 'user'),
        ({'identitytoken': SECRET, 'auth': AUTH}, TOKEN),
        ({'registrytoken': SECRET}, TOKEN),
        ({'username': 'x', 'password': SECRET}, 'x'),
        ({'username': 'x', 'password': 'y', 'auth': AUTH}, 'user'),
        ({'Auth': AUTH}, 'user'),
        ({'password': SECRET}, ''),
        ({'auth': base64.b64encode(f'{NULL_GUID}:{SECRET}\0'.encode()).decode()}, NULL_GUID),
    ],
)
def test_the_user_name(store: Store, entry: Any, user: str) -> None:
    (login,) = store({'auths': {HOST: entry}})
    assert (login.user, login.secret) == (user, SECRET)


@pytest.mark.parametrize('other', [f'https://{HOST}', f'{HOST}/v2/', f'{HOST}/team'])
def test_the_plain_host_takes_precedence(store: Store, other: str) -> None:
    for keys in ((HOST, other), (other, HOST)):
        (login,) = store(
            {'auths': {key: {'auth': AUTH if key == HOST else 'dTpvbGQ='} for key in keys}}
        )
        assert login.secret == SECRET


def test_podman_stores_logins_by_repository(store: Store, home: Path) -> None:
    auths = {f'{HOST}/team/app': {'auth': AUTH}, HOST: {'auth': 'dTpvdGhlcg=='}}
    names = ('team/app', 'team', 'team/app/x', None)
    assert [store({'auths': auths}, repository=name)[0].secret for name in names] == ['other'] * 4
    (home / '.docker' / 'config.json').unlink()
    assert [
        store({'auths': auths}, repository=name, file='containers/auth.json')[0].secret
        for name in names
    ] == [SECRET, 'other', SECRET, 'other']


@pytest.mark.parametrize(
    'content', [{'credsStore': 'mine'}, {'auths': {HOST: {'password': SECRET}}}]
)
def test_settings_that_podman_does_not_support(store: Store, content: Any) -> None:
    (login,) = store(content, VALID, file='containers/auth.json')
    assert (login.client, login.secret, login.helper, login.failure) == ('podman', '', None, None)


def test_every_file_is_read(store: Store, home: Path) -> None:
    (home / 'containers').mkdir()
    (home / 'containers' / 'auth.json').write_text('nonsense')
    first, second = store({'auths': {HOST: {'auth': AUTH}}})
    assert first.secret == SECRET and second.client == 'podman'
    assert second.failure and second.failure.kind == 'Unreadable'


@pytest.mark.parametrize(
    'content, setting',
    [
        ({'credsStore': 'mine'}, '"credsStore"'),
        ({'credHelpers': {HOST: 'mine'}}, f'"{HOST}" under "credHelpers"'),
        ({'credHelpers': {HOST.upper(): 'nobodys', HOST: 'mine'}}, f'"{HOST}" under "credHelpers"'),
        ({'credHelpers': {HOST: 'mine'}, 'credsStore': 'nobodys'}, f'"{HOST}" under "credHelpers"'),
        ({'credsStore': 'mine', 'auths': {HOST: {'auth': 'eDp5'}}}, '"credsStore"'),
    ],
)
def test_a_helper(store: Store, content: Any, setting: str) -> None:
    (login,) = store(content, VALID)
    assert (login.secret, login.user, login.helper, login.setting, login.failure) == (
        SECRET,
        TOKEN,
        'mine',
        setting,
        None,
    )
    assert SECRET not in repr(login)


@pytest.mark.parametrize('name, helper', [('nobodys', 'nobodys'), ('../../bin/sh', None)])
def test_a_helper_that_is_missing(store: Store, name: str, helper: str | None) -> None:
    (login,) = store({'credsStore': name, 'auths': {HOST: {'auth': AUTH}}})
    assert login.failure and (login.failure.kind, login.secret, login.helper) == (
        'HelperMissing',
        '',
        helper,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(HOST),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(['auths', 'auth', HOST, 'credHelpers', 'identitytoken']),
            inner,
            max_size=3,
        )
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(['auths', 'credHelpers', 'credsStore', 'x']), JSON, max_size=4)
)
def test_any_shape(store: Store, content: Any) -> None:
    (login,) = store(content)
    assert isinstance(login.secret, str)


# Whether each client finds a login for the host, as real docker 28.2, skopeo 1.9 and Helm 4 did:
# '' nothing, '!' an error.
@pytest.mark.parametrize(
    'content, docker, podman, helm',
    [
        ({'auths': {f'{HOST}/v2': {'auth': AUTH}}}, SECRET, '', SECRET),
        ({'auths': {f'{HOST}/': {'auth': AUTH}}}, SECRET, '', SECRET),
        ({'auths': {f'https://{HOST}/v1/': {'auth': AUTH}}}, SECRET, SECRET, SECRET),
        ({'auths': {HOST.upper(): {'auth': AUTH}}}, '', '', ''),
        ({'auths': {HOST: {'username': 'u', 'password': SECRET}}}, SECRET, '', SECRET),
        ({'auths': {HOST: {'auth': 'dXNlcg=='}}}, '!', '', '!'),
        ({'auths': {HOST: {'auth': '%%%'}}}, '!', '!', '!'),
        ({'auths': {HOST: 'x'}}, '!', '!', '!'),
        ({'Auths': {HOST: {'auth': AUTH}}}, SECRET, SECRET, ''),
        ({'credsStore': 'mine', 'auths': {HOST: {'auth': 'dTpv'}}}, SECRET, 'o', SECRET),
        ({'credHelpers': {HOST: ''}, 'credsStore': 'mine'}, '', '!', SECRET),
        ({'credHelpers': {HOST: 'mine'}, 'auths': {HOST: {'auth': 'dTpv'}}}, *[SECRET] * 3),
        ({'credHelpers': {HOST: 'nobodys'}, 'auths': {HOST: {'auth': AUTH}}}, *'!!!'),
        ({'credsStore': 'nobodys', 'auths': {HOST: {'auth': AUTH}}}, '!', SECRET, '!'),
    ],
)
def test_clients_look_up_differently(
    store: Store, home: Path, content: Any, docker: str, podman: str, helm: str
) -> None:
    for file, client, expected in (
        ('.docker/config.json', 'docker', docker),
        ('containers/auth.json', 'podman', podman),
        ('.config/helm/registry/config.json', 'helm', helm),
    ):
        (login,) = store(content, VALID, file=file)
        (home / file).unlink()
        assert (login.client, '!' if login.failure else login.secret) == (client, expected), client


@pytest.mark.parametrize('client', ['docker', 'podman'])
@pytest.mark.parametrize(
    'content',
    [
        {'auths': {'Contoso.azurecr.io': {'auth': AUTH}}},
        {'auths': {'https://Contoso.azurecr.io/v2/': {'auth': AUTH}}},
        {'auths': {'Contoso.azurecr.io': {}}},
        {'credHelpers': {'Contoso.azurecr.io': 'mine'}},
    ],
)
def test_another_spelling_of_the_host(store: Store, content: Any, client: str) -> None:
    file = {'docker': '.docker/config.json', 'podman': 'containers/auth.json'}[client]
    (login,) = store(content, file=file)
    assert (login.secret, login.other_host) == ('', 'Contoso.azurecr.io')
    auths = {**content.get('auths', {}), HOST: {'auth': AUTH}}
    (login,) = store({**content, 'auths': auths}, file=file)
    assert (login.secret, login.other_host) == (SECRET, '')


def test_a_helper_that_stores_no_login(store: Store, home: Path) -> None:
    helper = home / 'bin' / 'docker-credential-acr-env'
    helper.write_text(VALID)
    helper.chmod(0o755)
    (login,) = store({'credHelpers': {HOST: 'acr-env'}})
    assert (login.secret, login.store_result) == (SECRET, 'Refused')


def test_the_variable_comes_first(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = home / 'bin' / 'docker'
    docker.write_text('#!/bin/sh\necho Docker version 29.0.0, build x\n')
    docker.chmod(0o755)
    for key, secret in ((HOST, SECRET), (f'https://{HOST}', ''), (HOST.upper(), '')):
        monkeypatch.setenv('DOCKER_AUTH_CONFIG', json.dumps({'auths': {key: {'auth': AUTH}}}))
        first, second = store({'auths': {HOST: {'auth': 'dTpv'}}})
        assert (first.client, first.file, first.variable, first.secret) == (
            'docker',
            'DOCKER_AUTH_CONFIG',
            'DOCKER_AUTH_CONFIG',
            secret,
        )
        assert (second.variable, second.secret) == ('', 'o')
