# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""stored-credentials: what real clients write, expired tokens, and failing helpers."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import time
from typing import Any, Optional

import jwt
import pytest

from tests.acceptance.codes import SLACK
from tests.acceptance.components import need
from tests.acceptance.programs import write_program
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines

HOST, CODE = 'contoso.azurecr.test', 'STORED_CREDENTIAL_ERROR'


def make_token(audience: str, seconds: float) -> str:
    """Return a refresh token as the registry issues it, but unsigned: nothing here verifies it."""
    return jwt.encode(
        {'aud': audience, 'exp': int(time.time() + seconds), 'jti': 'never-to-be-seen'}, '', 'none'
    )


def check_with_config(
    sandbox: Sandbox, folder: pathlib.Path, content: Any, helper: Optional[str] = None
) -> Run:
    """Run the checks with a docker configuration and a credential helper."""
    (folder / 'config.json').write_text(
        content if isinstance(content, str) else json.dumps(content), encoding='utf-8'
    )
    env = {'DOCKER_CONFIG': str(folder)}
    if helper is not None:
        path = write_program(folder / 'bin', 'docker-credential-mine', helper)
        env['PATH'] = f'{path.parent}:/usr/bin:/bin'
    return check(sandbox, '-n', 'contoso', env=env)


def docker_config(secret: str) -> dict[str, Any]:
    auth = base64.b64encode(f'00000000-0000-0000-0000-000000000000:{secret}'.encode()).decode()
    return {'auths': {HOST: {'auth': auth}}}


@pytest.mark.parametrize(
    'audience, seconds, status, reason, text',
    [
        (HOST, 3600, 'Passed', None, 'docker stores a token that is valid until '),
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
    text: str,
) -> None:
    secret = make_token(audience, seconds)
    run = check_with_config(sandbox, tmp_path, docker_config(secret))
    row = run.has('stored-credentials', status, reason and CODE, reason)
    assert text in row['detail'] and row['facts']['stored'][0]['audience'] == [audience]
    assert secret.split('.')[1] not in run.finished.stdout + run.finished.stderr
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
    run = check_with_config(sandbox, tmp_path, {'credHelpers': {HOST: 'mine'}}, helper)
    row = run.has('stored-credentials', 'Failed', CODE, reason)
    assert 'docker-credential-mine' in row['detail'] and run.finished.seconds < 5 + SLACK


def test_a_helper_that_answers(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    helper = (
        f'read -r host; echo "{{\\"Username\\": \\"<token>\\", \\"Secret\\": '
        f'\\"{make_token(HOST, 3600)}\\"}}"'
    )
    run = check_with_config(sandbox, tmp_path, {'credsStore': 'mine'}, helper)
    assert run.has('stored-credentials', 'Passed')['facts']['stored'][0]['helper'] == 'mine'


@pytest.mark.parametrize(
    'content', ['{', '[]', '[' * 50_000, 'x' * 2_000_000, '\x1b[31m', '"\\u001b"']
)
def test_a_file_that_is_none(sandbox: Sandbox, tmp_path: pathlib.Path, content: str) -> None:
    check_with_config(sandbox, tmp_path, content).has(
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
    row = check_with_config(sandbox, tmp_path, {'credsStore': name}).has(
        'stored-credentials', 'Failed', CODE, 'HelperMissing'
    )
    assert name not in json.dumps(row) and not (tmp_path / 'touched').exists()
    assert any('Remove "credsStore" from' in solution for solution in row['solutions'])


def test_it_is_looked_at_with_another_login_too(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'config.json').write_text(
        json.dumps(docker_config(make_token(HOST, -60))), encoding='utf-8'
    )
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
    finished = sandbox.run(
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
    assert finished.code == 0, finished.stderr
    run = check(sandbox, '-n', 'contoso', env={'REGISTRY_AUTH_FILE': str(file)})
    row = run.has('stored-credentials', 'Passed')
    assert (
        row['detail'].startswith('podman stores a password')
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
    helper = write_program(
        tmp_path / 'bin', 'docker-credential-mine', 'echo \'{"Username": "u", "Secret": "p"}\''
    )
    env = {'REGISTRY_AUTH_FILE': str(file), 'PATH': f'{helper.parent}:/usr/bin:/bin'}
    finished = sandbox.run(
        [need('skopeo'), 'login', '--get-login', '--authfile', str(file), HOST], env=env
    )
    found, nothing = finished.code == 0, 'not logged into' in finished.stderr
    row = check(sandbox, '-n', 'contoso', '--only', 'stored-credentials', env=env).row(
        'stored-credentials'
    )
    assert row['status'] in (
        ('Passed',) if found else ('Skipped',) if nothing else ('Warning', 'Failed')
    ), finished.stderr


def test_what_the_cli_has_docker_keep(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    login = sandbox.az('acr', 'login', '-n', 'contoso', '--expose-token')
    run = check_with_config(sandbox, tmp_path, docker_config(login.json['accessToken']))
    assert run.has('stored-credentials', 'Passed')['facts']['stored'][0]['audience'] == [HOST]


def test_what_the_cli_has_podman_keep(sandbox: Sandbox) -> None:
    need('podman')
    with engines.podman(sandbox) as variables:
        finished = sandbox.az('acr', 'login', '-n', 'contoso', env=variables)
        assert finished.code == 0, finished.stderr
        row = check(sandbox, '-n', 'contoso', env=variables).has('stored-credentials', 'Passed')
        (stored,) = row['facts']['stored']
        assert row['detail'].startswith('podman stores a token that is valid until ')
        assert (stored['how'], stored['user'], stored['audience'], stored['tenant']) == (
            'file',
            'token',
            [HOST],
            sandbox.info['tenant'],
        )
