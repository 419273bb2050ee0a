# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Helpers of every kind, as scripts: those that answer, and those that are of no use."""

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
from azext_acrhealth.probes.local.docker_credential_helper import Login, ask, plain
from azext_acrhealth.probes.local.process import CompletedCommand
from tests.probes.clock import Watch, soon

HOST, SECRET = 'contoso.azurecr.io', 'hunter2-Zx9'
ASKED = '#!/bin/sh\n[ "$1" = get ] && read -r host && [ "$host" = ' + HOST + ' ] || exit 9\n'
GIVES = ASKED + 'echo \'{"ServerURL": "x", "Username": "<token>", "Secret": "' + SECRET + '"}\'\n'
Asked = Callable[..., Login | Failure]


@pytest.fixture(name='asked')
def fixture_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Ask a helper that is a script."""
    monkeypatch.setenv('PATH', f'{tmp_path}:/usr/bin:/bin')
    monkeypatch.setattr(docker_credential_helper, 'LIMIT', 0.5)

    def asked(script: str | None, mode: int = 0o755) -> Login | Failure:
        if script is not None:
            (tmp_path / 'docker-credential-mine').write_text(script)
            (tmp_path / 'docker-credential-mine').chmod(mode)
        return ask('mine', HOST, soon(), process.run)

    return asked


def test_a_login(asked: Asked) -> None:
    found = asked(GIVES)
    assert found == Login('<token>', SECRET) and SECRET not in repr(found)


@pytest.mark.parametrize(
    'script',
    [
        ASKED + 'echo "credentials not found in native keychain"; exit 1\n',
        ASKED + 'echo "Error: Credentials not found" >&2; exit 2\n',
        ASKED + 'echo \'{"Username": "", "Secret": ""}\'\n',
    ],
)
def test_nothing_is_kept(asked: Asked, script: str) -> None:
    assert asked(script) == Login()


@pytest.mark.parametrize(
    'script, mode, kind, words',
    [
        (None, 0, 'HelperMissing', 'docker-credential-mine is not on PATH'),
        (GIVES, 0o644, 'HelperFailed', 'nobody may execute it'),
        (
            ASKED + 'echo locked ' + SECRET + ' >&2; echo ' + SECRET + '; exit 1\n',
            0o755,
            'HelperFailed',
            'ended with 1',
        ),
        (ASKED + 'echo ' + SECRET, 0o755, 'HelperFailed', 'something that is no login'),
        (ASKED + 'echo "[1]"', 0o755, 'HelperFailed', 'no login'),
        (ASKED + 'echo "{}"', 0o755, 'HelperFailed', 'no login'),
        (ASKED + 'printf "\\033[31m"', 0o755, 'HelperFailed', 'no login'),
        (ASKED + 'echo "{\\"Secret\\": 7}"', 0o755, 'HelperFailed', 'no login'),
        ('#!/bin/sh\nexit 0\n', 0o755, 'HelperFailed', 'no login'),
        ('#!/nowhere/sh\n', 0o755, 'HelperFailed', 'interpreter'),
        ('#!/bin/sh\nyes "[[[[[[[["\n', 0o755, 'HelperTimeout', 'no end after'),
        ('#!/bin/sh\nsleep 60\n', 0o755, 'HelperTimeout', 'no end after'),
    ],
)
def test_one_that_is_of_no_use(
    asked: Asked, script: str | None, mode: int, kind: str, words: str
) -> None:
    with Watch() as watch:
        found = asked(script, mode)
    assert (
        isinstance(found, Failure) and found.kind == kind and words in found.text and watch.took < 4
    )
    assert SECRET not in found.text and found.text.isprintable()


@pytest.mark.parametrize(
    'name', ['../../bin/sh', 'a b', 'x;id', '-x', 'é', 'a' * 65, '', '\x1b[31m', 'a\n']
)
def test_a_name_that_is_none_is_never_run(name: str) -> None:
    found = ask(name, HOST, soon(), functools.partial(pytest.fail, 'something was run'))
    assert not plain(name) and isinstance(found, Failure) and found.kind == 'HelperMissing'
    assert not name or name not in found.text


@given(
    st.text(max_size=60)
    | st.builds('{{"Secret": {}}}'.format, st.text('[]{}"0,:nul\\ud8', max_size=40))
)
def test_any_output(output: str) -> None:
    def answering(*_: Any, **__: Any) -> CompletedCommand:
        return CompletedCommand(0, output)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, 'find', lambda command: f'/{command}')
        found = ask('mine', HOST, soon(), answering)
    assert isinstance(found, Login) or found.kind == 'HelperFailed'
