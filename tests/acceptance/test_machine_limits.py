# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Under real limits of the system on open files, no registry gets an invented cause."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from tests.acceptance.runs import assert_clean, assert_well_formed
from tests.sandbox.control.sandbox import Finished, Sandbox

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


def check_under(sandbox: Sandbox, tmp_path: pathlib.Path, limit: str, *arguments: str) -> Finished:
    """Run the checks in a shell that has set a limit (of ulimit)."""
    config = sandbox.config_dir(tmp_path / 'config')
    environment = sandbox._cli_environment(config)  # pylint: disable=protected-access
    command = [*sandbox._cli(), 'acrhealth', 'check', *arguments]  # pylint: disable=protected-access
    script = f'ulimit {limit} && exec "$@"'
    finished = sandbox.run(
        ['sh', '-c', script, 'sh', *command, '--skip', 'environment'], env=environment
    )
    assert_clean(sandbox, finished)
    assert finished.stdout, finished.stderr
    assert_well_formed(finished.json)
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
    for files in range(10, 40, 6):
        finished = check_under(sandbox, tmp_path / str(files), f'-n {files}', '-n', 'contoso')
        seen.update(machine_limits(finished.json))
        (registry,) = finished.json['registries']
        assert registry['canLogin'] in ('yes', 'unknown')
    assert seen == {'TooManyOpenFiles'}


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
