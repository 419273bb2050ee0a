# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A forked `az` is the same as `az` in a new interpreter."""

from __future__ import annotations

import pathlib
import re
import shutil
from collections.abc import Iterator

import pytest

from tests.acceptance import azfork
from tests.acceptance.codes import SLACK
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

REGISTRY_ONLY = ('--skip', 'environment')
# What differs between any two runs.
VARYING = re.compile(
    r'\d{4}-\d\d-\d\d[T ][\d:.+Z]+|[0-9a-f]{8}-[0-9a-f-]{27}|(?<=[Ms]": )[\d.]+|/tmp/\S+|\b\d+ ms\b'
)


@pytest.fixture(scope='module')
def server(sandbox_process: Sandbox, request: pytest.FixtureRequest) -> Iterator[azfork.ForkServer]:
    if not azfork.is_supported():
        pytest.skip('this system has no pidfd_open')
    modules = request.getfixturevalue('loaded_modules')
    with azfork.ForkServer.start(sandbox_process, modules) as running:
        yield running


@pytest.mark.parametrize(
    'arguments, stdin',
    [
        (('acrhealth', 'check', '-n', 'contoso', *REGISTRY_ONLY, '-o', 'json'), None),
        (('acrhealth', 'check', '-n', 'contoso', '-t', 'hello:v1', *REGISTRY_ONLY), None),
        (
            ('acrhealth', 'check', '-n', 'contoso', '-u', 'x', '--password-stdin', *REGISTRY_ONLY),
            'pass-word\n',
        ),
        (
            ('acrhealth', 'check', '-n', 'contoso', '-u', 'x', '--password-stdin', *REGISTRY_ONLY),
            None,
        ),
        (('acrhealth', 'check', '-n', ''), None),
        (('acrhealth', 'check', '--nosuch'), None),
        (('acrhealth', 'error', 'list', '-o', 'table'), None),
        (('acr', 'list', '-o', 'tsv', '--query', '[].name'), None),
    ],
)
def test_same_result(
    sandbox: Sandbox, server: azfork.ForkServer, arguments: tuple[str, ...], stdin: str | None
) -> None:
    results = []
    for forked in (False, True):
        finished = run(sandbox, server, arguments, stdin, forked)
        texts = (VARYING.sub('*', text) for text in (finished.stdout, finished.stderr))
        results.append((finished.code, *texts))
    assert results[0] == results[1]


def run(
    sandbox: Sandbox,
    server: azfork.ForkServer,
    arguments: tuple[str, ...],
    stdin: str | None,
    forked: bool,
) -> Finished:
    """Run `az` in a new interpreter or by the server, whatever the session's `az` is."""
    config = sandbox.config_dir(pathlib.Path(sandbox.directory) / f'azfork-{forked}')
    env = sandbox.cli_environment(config)
    try:
        if forked:
            return server.run(arguments, env, stdin=stdin)
        return Sandbox.run(sandbox, az_command(*arguments), env, stdin=stdin)
    finally:
        shutil.rmtree(config)


def test_runs_share_no_variable_and_no_folder(
    sandbox: Sandbox, server: azfork.ForkServer, tmp_path: pathlib.Path
) -> None:
    for number in range(2):
        config = sandbox.config_dir(tmp_path / f'config{number}', login=number == 0)
        env = sandbox.cli_environment(config)
        finished = server.run(('account', 'list', '-o', 'tsv'), env)
        assert bool(finished.stdout) == (number == 0), finished.stderr


def test_a_run_ends_at_its_limit(sandbox: Sandbox, server: azfork.ForkServer) -> None:
    sandbox.set_fault('challenge', 'hang')
    config = sandbox.config_dir(pathlib.Path(sandbox.directory) / 'azfork-limit')
    env = sandbox.cli_environment(config)
    finished = server.run(('acrhealth', 'check', '-n', 'contoso'), env, timeout=3)
    assert finished.code is None and finished.seconds < 3 + SLACK


@pytest.mark.parametrize('name', ['TMPDIR', 'PYTHONPATH', 'LD_PRELOAD', 'LC_ALL', 'TZ'])
def test_variables_that_are_read_at_start_are_not_served(
    server: azfork.ForkServer, name: str
) -> None:
    assert not server.serves({name: 'x'}) and server.serves({'AZURE_X': 'x', 'HTTPS_PROXY': 'x'})
