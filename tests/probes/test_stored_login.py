# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Logins that clients keep: by every key that they may stand under, and from helpers of every kind."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azext_acrhealth.probes import stored_login
from azext_acrhealth.probes.stored_login import StoredLogin, stored_logins

from .clock import Watch, soon
from .test_credential_files import fixture_home  # noqa: F401  pylint: disable=unused-import  # a fixture

HOST, SECRET = 'contoso.azurecr.io', 'hunter2-Zx9'
AUTH = base64.b64encode(f'user:{SECRET}'.encode()).decode()
Keep = Callable[..., list[StoredLogin]]


@pytest.fixture(name='keep')
def fixture_keep(home: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Let docker keep something, and give what is found then; `helper` is a script."""
    bins = home / 'bin'
    bins.mkdir()
    monkeypatch.setenv('PATH', f'{bins}:/usr/bin:/bin')
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(home))

    def keep(content: Any, helper: str | None = None, repository: str | None = None) -> list[StoredLogin]:
        (home / '.docker').mkdir(exist_ok=True)
        (home / '.docker' / 'config.json').write_text(json.dumps(content))
        if helper is not None:
            (bins / 'docker-credential-mine').write_text(helper)
            (bins / 'docker-credential-mine').chmod(0o755)
        return stored_logins(HOST, repository, soon())
    return keep


@pytest.mark.parametrize('key', [HOST, 'Contoso.azurecr.IO', f'https://{HOST}', f'https://{HOST}/', f'http://{HOST}/v1/',
                                 f'https://{HOST}/v2/', f'{HOST}/v2'])
@pytest.mark.parametrize('entry', [{'auth': AUTH}, {'identitytoken': SECRET}, {'registrytoken': SECRET},
                                   {'username': 'user', 'password': SECRET}, {'auth': AUTH, 'identitytoken': ''}])
def test_a_login_in_the_file(keep: Keep, key: str, entry: dict[str, str]) -> None:
    one, = keep({'auths': {'other.azurecr.io': {'auth': 'eDp5'}, key: entry}})
    assert (one.client, one.file, one.secret, one.helper, one.trouble) == (
        'docker', '~/.docker/config.json', SECRET, None, None)
    assert SECRET not in repr(one)


@pytest.mark.parametrize('content', [
    {}, {'auths': {}}, {'auths': {HOST: {}}}, {'auths': {'other.azurecr.io': {'auth': AUTH}}},
    {'auths': {f'x{HOST}': {'auth': AUTH}}}, {'auths': {f'{HOST}.evil.test': {'auth': AUTH}}}, {'auths': [HOST]},
    {'auths': {HOST: AUTH}}, {'auths': {HOST: {'auth': 7}}}, {'auths': {HOST: {'auth': 'é'}}},
    {'auths': {HOST: {'auth': '%%%'}}}, {'credsStore': 7}, {'credHelpers': [HOST]}, {'credHelpers': {HOST: None}},
    {'credHelpers': {'other.azurecr.io': 'mine'}}])
def test_nothing_is_kept(keep: Keep, content: Any) -> None:
    one, = keep(content)
    assert (one.secret, one.helper, one.trouble) == ('', None, None)


def test_podman_keeps_logins_by_repository(keep: Keep) -> None:
    content = {'auths': {f'{HOST}/team/app': {'auth': AUTH}, HOST: {'password': 'other'}}}
    assert [keep(content, repository=name)[0].secret for name in ('team/app', 'team', 'team/app/x', None)] == [
        SECRET, 'other', SECRET, 'other']


def test_every_file_counts(keep: Keep, home: Path) -> None:
    (home / 'containers').mkdir()
    (home / 'containers' / 'auth.json').write_text('nonsense')
    first, second = keep({'auths': {HOST: {'auth': AUTH}}})
    assert first.secret == SECRET and (second.client, second.trouble and second.trouble.kind) == ('podman', 'Unreadable')


ASKED = '#!/bin/sh\n[ "$1" = get ] && read -r host && [ "$host" = ' + HOST + ' ] || exit 9\n'
GIVES = ASKED + 'echo \'{"ServerURL": "x", "Username": "<token>", "Secret": "' + SECRET + '"}\'\n'


@pytest.mark.parametrize('content', [
    {'credsStore': 'mine'}, {'credHelpers': {HOST: 'mine'}}, {'credHelpers': {f'https://{HOST}': 'mine'}},
    {'credHelpers': {HOST: 'mine'}, 'credsStore': 'nobodys'}, {'credsStore': 'mine', 'auths': {HOST: {'auth': 'eDp5'}}}])
def test_a_helper_is_asked(keep: Keep, content: Any) -> None:
    one, = keep(content, GIVES)
    assert (one.secret, one.helper, one.trouble) == (SECRET, 'mine', None)


@pytest.mark.parametrize('helper, kind, words', [
    (None, 'HelperMissing', 'docker-credential-mine is not on PATH'),
    (ASKED + 'echo "credentials not found in native keychain"; exit 1\n', '', ''),
    (ASKED + 'echo locked ' + SECRET + ' >&2; exit 1\n', 'HelperFailed', 'ended with 1'),
    (ASKED + 'echo ' + SECRET, 'HelperFailed', 'something that is no login'),
    (ASKED + 'echo "[1]"', 'HelperFailed', 'no login'),
    (ASKED + 'echo "{}"', 'HelperFailed', 'no login'),
    ('#!/bin/sh\nexit 0\n', 'HelperFailed', 'no login'),
    ('#!/nowhere/sh\n', 'HelperFailed', 'interpreter'),
    ('#!/bin/sh\nyes "[[[[[[[["\n', 'HelperTimeout', 'no end after'),
    ('#!/bin/sh\nsleep 60\n', 'HelperTimeout', 'no end after'),
])
def test_a_helper_that_is_of_no_use(keep: Keep, monkeypatch: pytest.MonkeyPatch, helper: str | None, kind: str,
                                    words: str) -> None:
    monkeypatch.setattr(stored_login, 'HELPER', 0.5)
    with Watch() as watch:
        one, = keep({'credsStore': 'mine'}, helper)
    assert (one.secret, one.helper) == ('', 'mine') and watch.took < 4
    assert ((one.trouble.kind, words in one.trouble.text) if one.trouble else ('', True)) == (kind, True)
    assert SECRET not in repr(one)


@pytest.mark.parametrize('name', ['../../bin/sh', 'a b', 'x;id', '-x', 'é', 'a' * 65, '\x1b[31m'])
def test_a_name_that_is_none_is_never_run(keep: Keep, name: str) -> None:
    one, = keep({'credsStore': name})
    assert one.trouble and one.trouble.kind == 'HelperMissing' and name not in one.trouble.text


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(HOST),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(['auths', 'auth', HOST, 'credHelpers', 'identitytoken']), inner, max_size=3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(['auths', 'credHelpers', 'credsStore', 'x']), JSON, max_size=4))
def test_any_shape(keep: Keep, content: Any) -> None:
    one, = keep(content)
    assert isinstance(one.secret, str)
