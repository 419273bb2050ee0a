# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Under real limits on files, processes and memory, a run ends, and invents no cause."""

from __future__ import annotations

import os
import pathlib
import tempfile
from typing import Any

import pytest

from tests.acceptance.components import lacks, need
from tests.acceptance.programs import write_program
from tests.acceptance.runs import assert_clean, assert_well_formed
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

# Registered first, it is called last.
COUNT_SOCKETS = """
import atexit, os, sys
def count():
    links = []
    for name in os.listdir('/proc/self/fd'):
        try:
            links.append(os.readlink(f'/proc/self/fd/{name}'))
        except OSError:
            pass
    sockets = [link for link in links if link.startswith('socket:')]
    print('open sockets at the end:', len(sockets), file=sys.stderr, flush=True)
atexit.register(count)
"""
TAG = ('--all-subscriptions', '--tag', 'team=platform')


# A user without the privilege to exceed a limit, who may read the files of the tests.
KEPT = '-all,+dac_override,+dac_read_search'
UNPRIVILEGED = (
    *('setpriv', '--reuid', '54321', '--clear-groups', '--bounding-set', KEPT),
    *('--inh-caps', KEPT, '--ambient-caps', KEPT.removeprefix('-all,')),
)
# A limit that is not reached ends a run that hangs.
HANGS = 100.0


def run_under(
    sandbox: Sandbox,
    tmp_path: pathlib.Path,
    limit: tuple[str, ...],
    *arguments: str,
    tokens: bool = True,
    **env: str,
) -> Finished:
    """Run the checks with a limit, set by a command that executes another one."""
    config = sandbox.config_dir(tmp_path / 'config', tokens=tokens)
    environment = {**sandbox.cli_environment(config), **env}
    command = az_command('acrhealth', 'check', *arguments)
    finished = sandbox.run([*limit, *command], env=environment, timeout=HANGS)
    assert finished.code is not None, 'the run hangs'
    return finished


def check_under(sandbox: Sandbox, tmp_path: pathlib.Path, limit: str, *arguments: str) -> Finished:
    """Run the checks in a shell that has set a limit (of ulimit)."""
    shell = ('sh', '-c', f'ulimit {limit} && exec "$@"', 'sh')
    finished = run_under(sandbox, tmp_path, shell, *arguments, '--skip', 'environment')
    return assert_reported(sandbox, finished)


def check_with_processes(
    sandbox: Sandbox, tmp_path: pathlib.Path, processes: int, *arguments: str, **env: str
) -> Finished:
    """Run the checks as a user who may have so many processes and threads."""
    if os.geteuid() != 0:
        lacks('only root can become another user here')
    limit = (*UNPRIVILEGED, need('prlimit'), f'--nproc={processes}')
    return assert_reported(sandbox, run_under(sandbox, tmp_path, limit, *arguments, **env))


def assert_reported(sandbox: Sandbox, finished: Finished) -> Finished:
    """Assert that a run printed its rows, and no traceback."""
    assert_clean(sandbox, finished)
    assert finished.stdout, finished.stderr
    assert_well_formed(finished.json)
    assert finished.code == (0 if finished.json['healthy'] else 1)
    return finished


def machine_limits(report: Any) -> list[str]:
    """Return the reasons of rows about a limit of this machine; no other failure may be there."""
    failed = [row for row in report['checks'] if row['status'] == 'Failed']
    assert {row['code'] for row in failed} <= {'MACHINE_LIMIT_ERROR'}, failed[0]
    return [row['reason'] for row in failed]


@pytest.mark.parametrize('files, count', [(120, 80)])
def test_more_registries_than_files_can_be_open(
    sandbox: Sandbox, tmp_path: pathlib.Path, files: int, count: int
) -> None:
    sandbox.add_registries(count, subscriptions=3, tags={'team': 'platform'})
    finished = check_under(sandbox, tmp_path, f'-n {files}', *TAG)
    assert machine_limits(finished.json) == [] and finished.json['healthy'], finished.stderr
    assert {registry['canLogin'] for registry in finished.json['registries']} == {'yes'}
    assert len(finished.json['registries']) == count


def test_too_few_open_files_are_a_limit_of_this_machine(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    seen = set[str]()
    for files in (7, 8, 9, *range(10, 40, 6)):
        finished = check_under(sandbox, tmp_path / str(files), f'-n {files}', '-n', 'contoso')
        seen.update(machine_limits(finished.json))
        (registry,) = finished.json['registries']
        assert registry['canLogin'] in ('yes', 'unknown')
    assert seen == {'TooManyOpenFiles'}


# The Azure CLI itself needs about 150 MiB of address space.
@pytest.mark.parametrize('megabytes', [220, 240, 260, 300, 340, 400, 500, 700, 900])
def test_little_memory(sandbox: Sandbox, tmp_path: pathlib.Path, megabytes: int) -> None:
    limit = f'-v {megabytes * 1024}'
    arguments = ('-n', 'contoso', '--image', 'hello:v1', '--push', '--timeout', '30')
    finished = check_under(sandbox, tmp_path, limit, *arguments)
    reasons = machine_limits(finished.json)
    assert set(reasons) <= {'OutOfMemory', 'TooManyProcesses'}
    (registry,) = finished.json['registries']
    assert {registry['canLogin'], registry['canPull'], registry['canPush']} <= {'yes', 'unknown'}
    if not reasons:
        assert registry['canPull'] == 'yes'


@pytest.mark.parametrize('megabytes', [110, 130, 150, 170, 190])
def test_too_little_memory_for_the_cli(
    sandbox: Sandbox, tmp_path: pathlib.Path, megabytes: int
) -> None:
    """Where the CLI and its libraries can't work, only that the run ends is ours to hold."""
    shell = ('sh', '-c', f'ulimit -v {megabytes * 1024} && exec "$@"', 'sh')
    finished = run_under(sandbox, tmp_path, shell, '-n', 'contoso', '--timeout', '30')
    assert finished.code != 0 or finished.json['registries'][0]['canLogin'] == 'yes'


def test_a_faulty_registry_under_little_memory(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    sandbox.set_fault('challenge@contoso', 'denied')
    finished = check_under(sandbox, tmp_path, f'-v {300 * 1024}', '-n', 'contoso')
    failed = [row for row in finished.json['checks'] if row['status'] == 'Failed']
    assert {row['reason'] for row in failed} <= {'ClientIpNotAllowed', 'OutOfMemory'}
    assert failed


@pytest.mark.parametrize('processes', [1, 2, 3, 5, 7, 9, 12, 20])
def test_few_processes(sandbox: Sandbox, tmp_path: pathlib.Path, processes: int) -> None:
    arguments = ('-n', 'contoso', '--image', 'hello:v1', '--timeout', '30')
    finished = check_with_processes(
        sandbox, tmp_path, processes, *arguments, '--skip', 'environment'
    )
    reasons = machine_limits(finished.json)
    assert set(reasons) <= {'TooManyProcesses'}
    (registry,) = finished.json['registries']
    assert {registry['canLogin'], registry['canPull']} <= {'yes', 'unknown'}
    if processes == 1:
        assert reasons and registry['canLogin'] == 'unknown'


# Each prints what its tool prints, by a child of its own, as the real programs have.
TOOLS = {
    'docker': 'docker version 27.3.1, build ce12230',
    'podman': 'podman version 5.2.0',
    'helm': 'v3.16.1',
    'notary': 'notary\n Version: 0.6.1',
}


@pytest.mark.parametrize('processes', [1, 2, 3])
def test_tools_without_a_process(sandbox: Sandbox, tmp_path: pathlib.Path, processes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tools = pathlib.Path(folder)
        tools.chmod(0o755)  # for the other user
        for name, output in TOOLS.items():
            write_program(tools, name, f'/bin/true\nprintf "{output}\\n"')
        path = f'{tools}:{os.environ["PATH"]}'
        finished = check_with_processes(sandbox, tmp_path, processes, '--timeout', '30', PATH=path)
    reasons = machine_limits(finished.json)
    assert reasons and set(reasons) == {'TooManyProcesses'}, finished.stdout
    for text in ('chmod', 'systemctl start', "isn't executable"):
        assert text not in finished.stdout


def test_files_that_may_not_grow(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    """The limit on the size of a file is too low for the token cache that the CLI writes."""
    shell = ('sh', '-c', 'ulimit -f 8 && exec "$@"', 'sh')
    arguments = ('-n', 'contoso', '--skip', 'environment')
    finished = run_under(sandbox, tmp_path, shell, *arguments, tokens=False)
    assert_reported(sandbox, finished)
    (failed,) = [row for row in finished.json['checks'] if row['status'] == 'Failed']
    assert (failed['check'], failed['reason']) == ('refresh-token', 'LoginStoreUnusable')
    assert 'File too large' in failed['detail']


@pytest.mark.parametrize(
    'arguments, fault',
    [
        (('--image', 'hello:v1', '--push'), ''),
        ((), 'tls=cert:expired'),
        ((), 'challenge=hang'),
        ((), 'exchange=reset'),
        (('--only', 'dns'), ''),
    ],
)
def test_no_connection_is_left_open(
    sandbox: Sandbox, tmp_path: pathlib.Path, arguments: tuple[str, ...], fault: str
) -> None:
    if fault:
        stage, spec = fault.split('=')
        sandbox.set_fault(f'{stage}@contoso.azurecr.test', spec)
    (tmp_path / 'sitecustomize.py').write_text(COUNT_SOCKETS, encoding='utf-8')
    finished = sandbox.az(
        'acrhealth',
        'check',
        '-n',
        'contoso',
        '--skip',
        'environment',
        '--timeout',
        '8',
        *arguments,
        env={'PYTHONPATH': str(tmp_path)},
    )
    assert finished.json['registries'][0]['name'] == 'contoso'
    assert 'open sockets at the end: 0\n' in finished.stderr
