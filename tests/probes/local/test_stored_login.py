# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Logins that clients keep: by every key that they may stand under, as the clients themselves look for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes.local.stored_login import NOBODY, TOKEN, StoredLogin, stored_logins
from tests.probes.clock import soon

# a fixture
from tests.probes.local.test_docker_config import fixture_home  # noqa: F401  pylint: disable=unused-import
from tests.probes.local.test_docker_credential_helper import GIVES, HOST, SECRET

AUTH = base64.b64encode(f'user:{SECRET}'.encode()).decode()
Keep = Callable[..., list[StoredLogin]]


@pytest.fixture(name='keep')
def fixture_keep(home: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Let docker keep something, and give what is found then; `helper` is a script."""
    bins = home / 'bin'
    bins.mkdir()
    monkeypatch.setenv('PATH', f'{bins}:/usr/bin:/bin')
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(home))

    def keep(
        content: Any,
        helper: str | None = None,
        repository: str | None = None,
        file: str = '.docker/config.json',
    ) -> list[StoredLogin]:
        (home / file).parent.mkdir(exist_ok=True)
        (home / file).write_text(json.dumps(content))
        if helper is not None:
            (bins / 'docker-credential-mine').write_text(helper)
            (bins / 'docker-credential-mine').chmod(0o755)
        return stored_logins(HOST, repository, soon())

    return keep


@pytest.mark.parametrize(
    'key',
    [
        HOST,
        'Contoso.azurecr.IO',
        f'https://{HOST}',
        f'https://{HOST}/',
        f'http://{HOST}/v1/',
        f'https://{HOST}/v2/',
        f'{HOST}/v2',
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
def test_a_login_in_the_file(keep: Keep, key: str, entry: dict[str, str]) -> None:
    (one,) = keep({'auths': {'other.azurecr.io': {'auth': 'eDp5'}, key: entry}})
    assert (one.client, one.file, one.secret, one.helper, one.failure) == (
        'docker',
        '~/.docker/config.json',
        SECRET,
        None,
        None,
    )
    assert SECRET not in repr(one)


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
        {'auths': {'other.azurecr.io': {'auth': '%%%'}}},
        {'credHelpers': {HOST: None}},
        {'credHelpers': {'other.azurecr.io': 'mine'}},
        {'credHelpers': {f'https://{HOST}': 'mine'}},
        {'credHelpers': {HOST: ''}, 'credsStore': 'mine'},
    ],
)
def test_nothing_is_kept(keep: Keep, content: Any) -> None:
    (one,) = keep(content)
    assert (one.secret, one.helper, one.setting, one.failure) == ('', None, '', None)


@pytest.mark.parametrize(
    'entry, words',
    [
        ({'auth': 'é'}, 'cannot be decoded'),
        ({'auth': '%%%'}, 'cannot be decoded'),
        ({'auth': 7}, 'cannot be decoded'),
        ({'auth': 'dXNlcg=='}, 'holds no login'),
        ({'auth': 'OnB3'}, 'holds no login'),
    ],
)
def test_an_entry_that_is_none(keep: Keep, entry: Any, words: str) -> None:
    (one,) = keep({'auths': {HOST: entry}})
    assert one.failure and one.failure.kind == 'Unreadable' and words in one.failure.text


@pytest.mark.parametrize(
    'entry, user',
    [
        ({'auth': AUTH}, 'user'),
        ({'identitytoken': SECRET, 'auth': AUTH}, TOKEN),
        ({'registrytoken': SECRET}, TOKEN),
        ({'username': 'x', 'password': SECRET}, 'x'),
        ({'password': SECRET}, ''),
        ({'auth': base64.b64encode(f'{NOBODY}:{SECRET}\0'.encode()).decode()}, NOBODY),
    ],
)
def test_in_whose_name(keep: Keep, entry: Any, user: str) -> None:
    (one,) = keep({'auths': {HOST: entry}})
    assert (one.user, one.secret) == (user, SECRET)


@pytest.mark.parametrize('other', [f'https://{HOST}', f'{HOST}/v2/', HOST.upper()])
def test_the_plain_host_goes_first(keep: Keep, other: str) -> None:
    for keys in ((HOST, other), (other, HOST)):
        (one,) = keep(
            {'auths': {key: {'auth': AUTH if key == HOST else 'dTpvbGQ='} for key in keys}}
        )
        assert one.secret == SECRET


def test_podman_keeps_logins_by_repository(keep: Keep) -> None:
    auths = {f'{HOST}/team/app': {'auth': AUTH}, HOST: {'auth': 'dTpvdGhlcg=='}}
    names = ('team/app', 'team', 'team/app/x', None)
    assert [keep({'auths': auths}, repository=name)[0].secret for name in names] == ['other'] * 4
    assert [
        keep({'auths': auths}, repository=name, file='containers/auth.json')[1].secret
        for name in names
    ] == [SECRET, 'other', SECRET, 'other']


@pytest.mark.parametrize(
    'content', [{'credsStore': 'mine'}, {'auths': {HOST: {'password': SECRET}}}]
)
def test_what_podman_does_not_know(keep: Keep, content: Any) -> None:
    (one,) = keep(content, GIVES, file='containers/auth.json')
    assert (one.client, one.secret, one.helper, one.failure) == ('podman', '', None, None)


def test_every_file_counts(keep: Keep, home: Path) -> None:
    (home / 'containers').mkdir()
    (home / 'containers' / 'auth.json').write_text('nonsense')
    first, second = keep({'auths': {HOST: {'auth': AUTH}}})
    assert first.secret == SECRET and second.client == 'podman'
    assert second.failure and second.failure.kind == 'Unreadable'


@pytest.mark.parametrize(
    'content, setting',
    [
        ({'credsStore': 'mine'}, '"credsStore"'),
        ({'credHelpers': {HOST: 'mine'}}, f'"{HOST}" under "credHelpers"'),
        ({'credHelpers': {HOST.upper(): 'mine'}}, f'"{HOST.upper()}" under "credHelpers"'),
        ({'credHelpers': {HOST.upper(): 'nobodys', HOST: 'mine'}}, f'"{HOST}" under "credHelpers"'),
        ({'credHelpers': {HOST: 'mine'}, 'credsStore': 'nobodys'}, f'"{HOST}" under "credHelpers"'),
        ({'credsStore': 'mine', 'auths': {HOST: {'auth': 'eDp5'}}}, '"credsStore"'),
    ],
)
def test_a_helper_is_asked(keep: Keep, content: Any, setting: str) -> None:
    (one,) = keep(content, GIVES)
    assert (one.secret, one.user, one.helper, one.setting, one.failure) == (
        SECRET,
        TOKEN,
        'mine',
        setting,
        None,
    )
    assert SECRET not in repr(one)


@pytest.mark.parametrize('name, told', [('nobodys', 'nobodys'), ('../../bin/sh', None)])
def test_a_helper_of_no_use(keep: Keep, name: str, told: str | None) -> None:
    (one,) = keep({'credsStore': name, 'auths': {HOST: {'auth': AUTH}}})
    assert one.failure and (one.failure.kind, one.secret, one.helper) == ('HelperMissing', '', told)


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
def test_any_shape(keep: Keep, content: Any) -> None:
    (one,) = keep(content)
    assert isinstance(one.secret, str)
