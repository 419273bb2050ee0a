# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of reading logins from credential helpers, which are scripts here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.local import docker_credential_helper, process
from azext_acrhealth.probes.local.docker_credential_helper import (
    Login,
    get_login,
    is_helper_name,
    store_result,
)
from azext_acrhealth.probes.local.process import CommandRunner, CompletedCommand
from tests.probes.clock import PROMPT, Watch, soon

HOST, SECRET = 'contoso.azurecr.io', 'hunter2-Zx9'
CHECKED = '#!/bin/sh\n[ "$1" = get ] && read -r host && [ "$host" = ' + HOST + ' ] || exit 9\n'
VALID = CHECKED + 'echo \'{"ServerURL": "x", "Username": "<token>", "Secret": "' + SECRET + '"}\'\n'
RunHelper = Callable[..., Login | Failure]


@pytest.fixture(name='run_helper')
def fixture_run_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunHelper:
    """Return a function that gets a login from a helper script."""
    monkeypatch.setenv('PATH', f'{tmp_path}:/usr/bin:/bin')
    monkeypatch.setattr(docker_credential_helper, 'LIMIT', 0.5)

    def run_helper(script: str | None, mode: int = 0o755) -> Login | Failure:
        if script is not None:
            (tmp_path / 'docker-credential-mine').write_text(script)
            (tmp_path / 'docker-credential-mine').chmod(mode)
        return get_login('mine', HOST, soon(), CommandRunner().run)

    return run_helper


def test_a_login(run_helper: RunHelper) -> None:
    result = run_helper(VALID)
    assert result == Login('<token>', SECRET) and SECRET not in repr(result)


@pytest.mark.parametrize(
    'script',
    [
        CHECKED + 'echo "credentials not found in native keychain"; exit 1\n',
        CHECKED + 'echo "Error: Credentials not found" >&2; exit 2\n',
        CHECKED + 'echo \'{"Username": "", "Secret": ""}\'\n',
    ],
)
def test_no_login_is_stored(run_helper: RunHelper, script: str) -> None:
    assert run_helper(script) == Login()


@pytest.mark.parametrize(
    'script, mode, kind, text',
    [
        (None, 0, 'HelperMissing', "docker-credential-mine isn't on PATH"),
        (VALID, 0o644, 'HelperFailed', "isn't executable"),
        (
            CHECKED + 'echo locked ' + SECRET + ' >&2; echo ' + SECRET + '; exit 1\n',
            0o755,
            'HelperFailed',
            'failed with exit code 1',
        ),
        (CHECKED + 'echo ' + SECRET, 0o755, 'HelperFailed', 'returned an invalid login'),
        (CHECKED + 'echo "[1]"', 0o755, 'HelperFailed', 'invalid login'),
        (CHECKED + 'echo "{}"', 0o755, 'HelperFailed', 'invalid login'),
        (CHECKED + 'printf "\\033[31m"', 0o755, 'HelperFailed', 'invalid login'),
        (CHECKED + 'echo "{\\"Secret\\": 7}"', 0o755, 'HelperFailed', 'invalid login'),
        ('#!/bin/sh\nexit 0\n', 0o755, 'HelperFailed', 'invalid login'),
        ('#!/nowhere/sh\n', 0o755, 'HelperFailed', 'interpreter'),
        ('#!/bin/sh\nyes "[[[[[[[["\n', 0o755, 'HelperTimeout', 'timed out after'),
        ('#!/bin/sh\nsleep 60\n', 0o755, 'HelperTimeout', 'timed out after'),
    ],
)
def test_a_helper_that_fails(
    run_helper: RunHelper, script: str | None, mode: int, kind: str, text: str
) -> None:
    with Watch() as watch:
        result = run_helper(script, mode)
    assert (
        isinstance(result, Failure)
        and result.kind == kind
        and text in result.text
        and watch.took < PROMPT
    )
    assert SECRET not in result.text and result.text.isprintable()


@pytest.mark.parametrize(
    'name', ['../../bin/sh', 'a b', 'x;id', '-x', 'é', 'a' * 65, '', '\x1b[31m', 'a\n']
)
def test_an_invalid_name_is_never_run(name: str) -> None:
    result = get_login(name, HOST, soon(), functools.partial(pytest.fail, 'something was run'))
    assert (
        not is_helper_name(name) and isinstance(result, Failure) and result.kind == 'HelperMissing'
    )
    assert not name or name not in result.text


@given(
    st.text(max_size=60)
    | st.builds('{{"Secret": {}}}'.format, st.text('[]{}"0,:nul\\ud8', max_size=40))
)
def test_any_output(output: str) -> None:
    def fake_run(*_: Any, **__: Any) -> CompletedCommand:
        return CompletedCommand(0, output)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, 'find', lambda command: f'/{command}')
        result = get_login('mine', HOST, soon(), fake_run)
    assert isinstance(result, Login) or result.kind == 'HelperFailed'


@pytest.mark.parametrize(
    'name, variable, expected',
    [
        ('ecr-login', '', 'Refused'),
        ('ecr-login', 'AWS_ECR_IGNORE_CREDS_STORAGE=true', 'Ignored'),
        ('ecr-login', 'AWS_ECR_IGNORE_CREDS_STORAGE=false', 'Refused'),
        ('env', 'IGNORE_DOCKER_LOGIN=1', 'Ignored'),
        ('acr-env', 'IGNORE_DOCKER_LOGIN=1', 'Refused'),
        ('gcloud', '', 'Ignored'),
        ('gcr', '', None),
        ('osxkeychain', '', None),
        ('', '', None),
    ],
)
def test_helpers_that_store_no_login(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str, expected: str | None
) -> None:
    for known in ('AWS_ECR_IGNORE_CREDS_STORAGE', 'IGNORE_DOCKER_LOGIN'):
        monkeypatch.delenv(known, raising=False)
    if variable:
        monkeypatch.setenv(*variable.split('='))
    assert store_result(name) == expected
