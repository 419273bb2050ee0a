# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""stored-credentials: what real clients have written, and what is left of it when time or a helper goes wrong."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import time
from typing import Any, Optional

import jwt
import pytest

from tests.acceptance.components import need
from tests.acceptance.programs import program
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines

HOST, CODE = 'contoso.azurecr.test', 'STORED_CREDENTIAL_ERROR'


def token(audience: str, seconds: float) -> str:
    """Return a refresh token as the registry makes them, but for its signature, which nobody here holds it against."""
    return jwt.encode(
        {'aud': audience, 'exp': int(time.time() + seconds), 'jti': 'never-to-be-seen'}, '', 'none'
    )


def keeping(
    sandbox: Sandbox, folder: pathlib.Path, content: Any, helper: Optional[str] = None
) -> Run:
    """Run the checks where docker keeps something."""
    (folder / 'config.json').write_text(
        content if isinstance(content, str) else json.dumps(content), encoding='utf-8'
    )
    env = {'DOCKER_CONFIG': str(folder)}
    if helper is not None:
        env['PATH'] = (
            f'{program(folder / "bin", "docker-credential-mine", helper).parent}:/usr/bin:/bin'
        )
    return check(sandbox, '-n', 'contoso', env=env)


def entry(secret: str) -> dict[str, Any]:
    auth = base64.b64encode(f'00000000-0000-0000-0000-000000000000:{secret}'.encode()).decode()
    return {'auths': {HOST: {'auth': auth}}}


@pytest.mark.parametrize(
    'audience, seconds, status, reason, words',
    [
        (HOST, 3600, 'Passed', None, 'docker keeps a token that is valid until '),
        (HOST, -60, 'Warning', 'StoredTokenExpired', 'expired at '),
        (
            'fabrikam.azurecr.test',
            3600,
            'Warning',
            'StoredTokenMismatch',
            'a token for fabrikam.azurecr.test under',
        ),
    ],
)
def test_a_token_that_docker_keeps(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    audience: str,
    seconds: float,
    status: str,
    reason: Optional[str],
    words: str,
) -> None:
    secret = token(audience, seconds)
    run = keeping(sandbox, tmp_path, entry(secret))
    row = run.has('stored-credentials', status, reason and CODE, reason)
    assert words in row['detail'] and row['facts']['stored'][0]['audience'] == [audience]
    assert secret.split('.')[1] not in run.done.stdout + run.done.stderr
    assert run.report['registries'][0]['canLogin'] == 'yes'


@pytest.mark.parametrize(
    'helper, reason',
    [
        (None, 'HelperMissing'),
        ('exit 3', 'HelperFailed'),
        ('echo nonsense', 'HelperFailed'),
        ('sleep 60', 'HelperTimeout'),
        ('yes', 'HelperTimeout'),
    ],
)
def test_a_helper_of_no_use(
    sandbox: Sandbox, tmp_path: pathlib.Path, helper: Optional[str], reason: str
) -> None:
    run = keeping(sandbox, tmp_path, {'credHelpers': {HOST: 'mine'}}, helper)
    row = run.has('stored-credentials', 'Failed', CODE, reason)
    assert 'docker-credential-mine' in row['detail'] and run.done.seconds < 5 + 3


def test_a_helper_that_answers(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    answers = (
        f'read -r host; echo "{{\\"Username\\": \\"<token>\\", \\"Secret\\": '
        f'\\"{token(HOST, 3600)}\\"}}"'
    )
    run = keeping(sandbox, tmp_path, {'credsStore': 'mine'}, answers)
    assert run.has('stored-credentials', 'Passed')['facts']['stored'][0]['helper'] == 'mine'


@pytest.mark.parametrize(
    'content', ['{', '[]', '[' * 50_000, 'x' * 2_000_000, '\x1b[31m', '"\\u001b"']
)
def test_a_file_that_is_none(sandbox: Sandbox, tmp_path: pathlib.Path, content: str) -> None:
    keeping(sandbox, tmp_path, content).has(
        'stored-credentials', 'Warning', CODE, 'ConfigUnreadable'
    )


@pytest.mark.parametrize('kind', ['pipe', 'folder', 'loop', 'sparse'])
def test_what_is_no_file(sandbox: Sandbox, tmp_path: pathlib.Path, kind: str) -> None:
    path = tmp_path / 'config.json'
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'folder':
        path.mkdir()
    elif kind == 'loop':
        path.symlink_to(path)
    else:
        with open(path, 'wb') as stream:
            stream.truncate(64 * 1024 * 1024)
    run = check(sandbox, '-n', 'contoso', env={'DOCKER_CONFIG': str(tmp_path)})
    run.has('stored-credentials', 'Warning', CODE, 'ConfigUnreadable')
    assert run.report['healthy'] is True and run.report['registries'][0]['canLogin'] == 'yes'


@pytest.mark.parametrize('name', ['../../bin/sh', 'x; touch {0}', '\x1b[31m$(touch {0})'])
def test_a_helper_that_is_no_name(sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
    name = name.format(tmp_path / 'touched')
    row = keeping(sandbox, tmp_path, {'credsStore': name}).has(
        'stored-credentials', 'Failed', CODE, 'HelperMissing'
    )
    assert name not in json.dumps(row) and not (tmp_path / 'touched').exists()
    assert any('take "credsStore" out of' in solution for solution in row['solutions'])


def test_it_is_looked_at_with_another_login_too(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'config.json').write_text(json.dumps(entry(token(HOST, -60))), encoding='utf-8')
    run = check(
        sandbox,
        '-n',
        'contoso',
        '-u',
        sandbox.info['app'],
        '--password-stdin',
        stdin=sandbox.info['secret'],
        env={'DOCKER_CONFIG': str(tmp_path), 'ACC_CLOUD': 'PROD'},
    )
    run.has('stored-credentials', 'Warning', CODE, 'StoredTokenExpired')


def test_what_skopeo_has_written(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    need('skopeo')
    file = tmp_path / 'auth.json'
    done = sandbox.run(
        [
            'skopeo',
            'login',
            '--authfile',
            str(file),
            '-u',
            sandbox.info['app'],
            '-p',
            sandbox.info['secret'],
            HOST,
        ]
    )
    assert done.code == 0, done.stderr
    run = check(sandbox, '-n', 'contoso', env={'REGISTRY_AUTH_FILE': str(file)})
    row = run.has('stored-credentials', 'Passed')
    assert (
        row['detail'].startswith('podman keeps a password')
        and row['facts']['stored'][0]['kept'] == 'password'
    )


@pytest.mark.parametrize(
    'content',
    [
        {'auths': {HOST: {'auth': 'dTpw'}}},
        {'auths': {f'https://{HOST}/v2/': {'auth': 'dTpw'}}},
        {'auths': {HOST: {}}},
        {'auths': {HOST: {'username': 'u', 'password': 'p'}}},
        {'auths': {f'{HOST}/team': {'auth': 'dTpw'}}},
        {'auths': {HOST: {'auth': '%%%'}}},
        {'auths': {HOST: 'dTpw'}},
        {'auths': {'other.test': {'auth': '%%%'}}},
        {'auths': [1]},
        {'auths': None},
        {'credsStore': 'mine'},
        {'credHelpers': {HOST: 'mine'}},
        {'credHelpers': {f'https://{HOST}': 'mine'}},
        {'credHelpers': {HOST: 'nobodys'}},
        '',
        '\ufeff{}',
        '{',
        '[]',
        'null',
    ],
)
def test_it_sees_what_a_real_client_sees(
    sandbox: Sandbox, tmp_path: pathlib.Path, content: Any
) -> None:
    file = tmp_path / 'auth.json'
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding='utf-8')
    helper = program(
        tmp_path / 'bin', 'docker-credential-mine', 'echo \'{"Username": "u", "Secret": "p"}\''
    )
    env = {'REGISTRY_AUTH_FILE': str(file), 'PATH': f'{helper.parent}:/usr/bin:/bin'}
    done = sandbox.run(
        [need('skopeo'), 'login', '--get-login', '--authfile', str(file), HOST], env=env
    )
    kept, nothing = done.code == 0, 'not logged into' in done.stderr
    row = check(sandbox, '-n', 'contoso', '--only', 'stored-credentials', env=env).row(
        'stored-credentials'
    )
    assert row['status'] in (
        ('Passed',) if kept else ('Skipped',) if nothing else ('Warning', 'Failed')
    ), done.stderr


def test_what_the_cli_has_docker_keep(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    given = sandbox.az('acr', 'login', '-n', 'contoso', '--expose-token')
    run = keeping(sandbox, tmp_path, entry(given.json['accessToken']))
    assert run.has('stored-credentials', 'Passed')['facts']['stored'][0]['audience'] == [HOST]


def test_what_the_cli_has_podman_keep(sandbox: Sandbox) -> None:
    need('podman')
    with engines.podman(sandbox) as variables:
        done = sandbox.az('acr', 'login', '-n', 'contoso', env=variables)
        assert done.code == 0, done.stderr
        row = check(sandbox, '-n', 'contoso', env=variables).has('stored-credentials', 'Passed')
        (kept,) = row['facts']['stored']
        assert row['detail'].startswith('podman keeps a token that is valid until ')
        assert (kept['how'], kept['user'], kept['audience'], kept['tenant']) == (
            'file',
            'token',
            [HOST],
            sandbox.info['tenant'],
        )
