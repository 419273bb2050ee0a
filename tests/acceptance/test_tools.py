# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Helm and Notary: real binaries, and scripts that behave as real versions did or may do."""

from __future__ import annotations

import pathlib
from typing import Any, Optional

import pytest

from tests import layer_binaries
from tests.acceptance.codes import SLACK
from tests.acceptance.components import need, need_binary
from tests.acceptance.programs import HANGS, printing, script_of, surviving_processes, write_program
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

Ends = dict[str, tuple[str, Optional[str], Optional[str]]]
PASSED = ('Passed', None, None)
SKIPPED = ('Skipped', None, None)
COMMAND, HELM, NOTARY = 'HELM_COMMAND_ERROR', 'HELM_VERSION_ERROR', 'NOTARY_VERSION_ERROR'
NOTARY_COMMAND = 'NOTARY_COMMAND_ERROR'
OBSOLETE = ('Warning', HELM, 'HelmObsolete')
# A banner of Helm 2, which contacts Tiller in the cluster unless --client is given.
TILLER = 'echo "Error: could not find tiller" >&2; exit 1'
HELM_2_16 = (
    'case "$*" in *--client*) echo "Client: v2.16.12+g47f0b88";; *) echo "Client: '
    'v2.16.12+g47f0b88"; ' + TILLER + ';; esac'
)


def check_tool(
    sandbox: Sandbox, folder: pathlib.Path, only: str, *arguments: str, **options: Any
) -> Run:
    """Run the checks of a tool, with only a folder on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    return check(
        sandbox,
        '--only',
        *only.split(),
        *arguments,
        environment=True,
        env={'PATH': str(folder)},
        **options,
    )


def results_of(run: Run) -> Ends:
    """Return how each check ended."""
    return {
        row['check']: (row['status'], row['code'], row['reason']) for row in run.report['checks']
    }


# The script in the place of helm, the result of its version check, and a text of the detail.
HELMS: dict[str, tuple[str, tuple[str, Optional[str], Optional[str]], str]] = {
    'first that works': (printing('v3.8.0+gd141386'), PASSED, 'Helm 3.8.0'),
    'too old': (
        printing('v3.7.2+g663a896'),
        ('Warning', HELM, 'VersionTooOld'),
        'Helm 3.7.2',
    ),
    'obsolete': (printing('Client: v2.17.0+ga690bad'), OBSOLETE, 'Helm 2.17.0'),
    'wants --client': (HELM_2_16, OBSOLETE, 'Helm 2.16.12'),
    'candidate of 4': (printing('v4.2.0-rc.1'), PASSED, 'Helm 4.2.0-rc.1'),
    'candidate of the first': (printing('v3.8.0-rc.2'), PASSED, 'Helm 3.8.0-rc.2'),
    'warns': (
        'echo "WARNING: Kubernetes configuration file is group-readable." >&2; echo v3.17.3',
        PASSED,
        'Helm 3.17.3',
    ),
    'no version': (printing('unknown'), ('Failed', HELM, 'VersionUnreadable'), 'unknown'),
    'silent': ('exit 0', ('Failed', HELM, 'VersionUnreadable'), 'no output'),
    'fails': (
        'echo "Error: boom" >&2; exit 3',
        ('Failed', HELM, 'VersionCommandFailed'),
        'Error: boom',
    ),
    'fails silently': ('exit 3', ('Failed', HELM, 'VersionCommandFailed'), '3'),
}
NOTARIES: dict[str, tuple[str, tuple[str, Optional[str], Optional[str]], str]] = {
    'last that works': (
        printing('notary\n Version:    0.6.0\n Git commit: 8fcd9ab9'),
        PASSED,
        'Notary 0.6.0',
    ),
    'older': (printing('notary\n Version:    0.5.1\n Git commit: 9b2e0a1'), PASSED, 'Notary 0.5.1'),
    'a little newer': (
        printing('notary\n Version:    0.6.1\n Git commit: d6e1431f'),
        ('Warning', NOTARY, 'VersionTooNew'),
        'Notary 0.6.1',
    ),
    'newer': (
        printing('notary\n Version:    0.7.0\n Git commit: v0.7.0'),
        ('Warning', NOTARY, 'VersionTooNew'),
        'Notary 0.7.0',
    ),
    'no version': (
        printing('notary\n Version:    \n Git commit: '),
        ('Warning', NOTARY, 'VersionUnreadable'),
        'no version',
    ),
    'fails': (
        'echo "cannot load config" >&2; exit 2',
        ('Warning', NOTARY, 'VersionCommandFailed'),
        'cannot load config',
    ),
    'other word for it': (
        script_of(version=printing('notary\n Version:    0.6.0')),
        PASSED,
        'Notary 0.6.0',
    ),
}


@pytest.mark.parametrize('major', layer_binaries.PACKAGES['helm'])
def test_real_helm(sandbox: Sandbox, tmp_path: pathlib.Path, major: str) -> None:
    real = need_binary('helm', major)
    (tmp_path / 'helm').symlink_to(real)
    run = check_tool(sandbox, tmp_path, 'helm-version')
    assert (
        results_of(run) == {'helm-client': PASSED, 'helm-version': PASSED}
        and run.finished.code == 0
    )
    assert run.row('helm-version')['facts']['version'].startswith(
        layer_binaries.HELM_VERSIONS[major]
    )
    assert run.row('helm-client')['facts']['path'] == str(tmp_path / 'helm')


def test_real_notary_prints_no_version(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'notary').symlink_to(need('notary'))
    run = check_tool(sandbox, tmp_path, 'notary-version')
    assert (
        results_of(run) == {'notary-version': ('Warning', NOTARY, 'VersionUnreadable')}
        and run.finished.code == 0
    )


@pytest.mark.parametrize('name', HELMS)
def test_helm(sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
    text, end, detail = HELMS[name]
    write_program(tmp_path, 'helm', text)
    run = check_tool(sandbox, tmp_path, 'helm-version')
    assert results_of(run) == {'helm-client': PASSED, 'helm-version': end}
    assert detail in run.row('helm-version')['detail']


@pytest.mark.parametrize('name', NOTARIES)
def test_notary(sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
    text, end, detail = NOTARIES[name]
    write_program(tmp_path, 'notary', text)
    run = check_tool(sandbox, tmp_path, 'notary-version')
    assert results_of(run) == {'notary-version': end}
    assert detail in run.row('notary-version')['detail']


def test_missing_tools_are_no_failure(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    run = check_tool(sandbox, tmp_path, 'helm-version notary-version')
    assert results_of(run) == {
        'helm-client': ('Warning', COMMAND, 'NotFound'),
        'helm-version': SKIPPED,
        'notary-version': SKIPPED,
    }
    assert run.finished.code == 0
    assert (
        'helm-client' in run.row('helm-version')['detail']
        and 'notary' in run.row('notary-version')['detail']
    )
    assert check_tool(sandbox, tmp_path, 'helm-client', '--strict').finished.code == 1


def test_files_without_permission_to_execute(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    for name in ('helm', 'notary'):
        write_program(tmp_path, name, 'exit 0', 0o644)
    run = check_tool(sandbox, tmp_path, 'helm-version notary-version')
    assert results_of(run) == {
        'helm-client': ('Failed', COMMAND, 'NotExecutable'),
        'helm-version': SKIPPED,
        'notary-version': ('Warning', NOTARY_COMMAND, 'NotExecutable'),
    }
    assert f'chmod +x {tmp_path}/helm' in run.row('helm-client')['solutions'][0]
    assert run.row('notary-version')['detail'] == f'{tmp_path}/notary: not executable'


def test_files_that_are_no_programs(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    for name in ('helm', 'notary'):
        write_program(tmp_path, name, '').write_bytes(b'\x7fELF\x02 of another processor')
    run = check_tool(sandbox, tmp_path, 'helm-version notary-version')
    assert results_of(run) == {
        'helm-client': ('Failed', COMMAND, 'NotExecutable'),
        'helm-version': SKIPPED,
        'notary-version': ('Warning', NOTARY_COMMAND, 'NotExecutable'),
    }
    for row in (run.row('helm-client'), run.row('notary-version')):
        assert 'Exec format error' in row['detail'] and 'Errno' not in row['detail']


def test_both_hang(sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
    hanging = [write_program(tmp_path, name, HANGS) for name in ('helm', 'notary')]
    run = check_tool(sandbox, tmp_path, 'helm-version notary-version')
    assert results_of(run) == {
        'helm-client': PASSED,
        'helm-version': ('Failed', HELM, 'VersionCommandTimeout'),
        'notary-version': ('Warning', NOTARY, 'VersionCommandTimeout'),
    }
    assert 9.9 < run.finished.seconds < 10 + SLACK
    assert surviving_processes(*hanging) == []


def test_a_tool_in_the_current_folder_is_never_run(
    sandbox: Sandbox, tmp_path: pathlib.Path
) -> None:
    folder, elsewhere = tmp_path / 'here', tmp_path / 'away'
    for name in ('helm', 'notary'):
        write_program(folder, name, 'touch "$0.ran"; echo v0.5.0')
    write_program(elsewhere, 'helm', printing('v3.17.3'))
    run = check(
        sandbox,
        '--only',
        'helm-version',
        'notary-version',
        environment=True,
        cwd=folder,
        env={'PATH': f'.::{elsewhere}'},
    )
    assert results_of(run) == {
        'helm-client': PASSED,
        'helm-version': PASSED,
        'notary-version': SKIPPED,
    }
    assert run.row('helm-client')['facts']['path'] == str(elsewhere / 'helm')
    assert sorted(path.name for path in folder.iterdir()) == ['helm', 'notary']
