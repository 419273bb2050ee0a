# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Users as in containers: not root, unknown to the system, without a home, nothing to write to."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from typing import Optional

import pytest

from tests.acceptance.components import lacks, need
from tests.acceptance.folders import file_hashes
from tests.acceptance.runs import Run, assert_clean, assert_well_formed, check
from tests.sandbox.control.sandbox import Finished, Sandbox, az_command

BASE = ('acrhealth', 'check', '-n', 'contoso', '--skip', 'environment', '-o', 'json')
# The user of many container images, and one without an entry in /etc/passwd, as on OpenShift.
NOBODY, UNKNOWN = 65534, 1_000_660_000
# Makes its first argument read-only for the command that follows, in a mount namespace of its own.
READ_ONLY = (
    *('unshare', '--mount', '--propagation', 'private', 'sh', '-c'),
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"',
)


class Machine:
    """A sandbox with a folder for the user's files."""

    def __init__(self, sandbox: Sandbox, folder: pathlib.Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.extensions = folder / 'extensions'
        assert sandbox.extension_dir
        shutil.copytree(
            sandbox.extension_dir, self.extensions, ignore=shutil.ignore_patterns('__pycache__')
        )

    def run(
        self,
        *arguments: str,
        uid: int = 0,
        home: Optional[pathlib.Path] = None,
        config: Optional[pathlib.Path] = None,
        prefix: tuple[str, ...] = (),
    ) -> Finished:
        """Run `az` as a user, without HOME if it is None."""
        env: Mapping[str, Optional[str]] = {
            'AZURE_CONFIG_DIR': config and str(config),
            'AZURE_EXTENSION_DIR': str(self.extensions),
            'HOME': home and str(home),
            'XDG_RUNTIME_DIR': None,
            'XDG_CONFIG_HOME': None,
        }
        user = [*prefix, *(as_user(uid) if uid else ())]
        if uid or prefix:
            touched = self.sandbox.run([*user, 'touch', str(self.extensions / 'new')])
            assert touched.code == 1, 'nobody but root may write the extension'
        return self.sandbox.run([*user, *az_command(*arguments)], env=env, cwd='/')

    def config(self, owner: int, login: bool = True) -> pathlib.Path:
        """Return a folder of the CLI's settings that a user owns."""
        path = self.sandbox.config_dir(self.folder / 'config', login)
        give(path, owner)
        return path


def as_user(uid: int) -> tuple[str, ...]:
    """Return the command that runs another one as a user.

    The tests' folders and the interpreter are root's, so the user may read every file. What it may
    write is a user's.
    """
    able = '+dac_read_search'
    return (
        *('setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups', '--no-new-privs'),
        *(f'--inh-caps={able}', f'--ambient-caps={able}', '--'),
    )


def give(path: pathlib.Path, owner: int) -> None:
    """Make a user the owner of a folder and its files."""
    for entry in (path, *path.rglob('*')):
        os.chown(entry, owner, owner)


def report_of(sandbox: Sandbox, finished: Finished) -> Run:
    """Return the report of a healthy run, in which no file was in the way."""
    assert_clean(sandbox, finished)
    assert (finished.code, finished.stderr) == (0, ''), finished.stderr
    run = Run(finished, finished.json)
    assert_well_formed(run.report)
    assert run.report['healthy'] is True and run.report['summary']['failed'] == 0
    return run


@pytest.fixture(name='machine')
def fixture_machine(sandbox: Sandbox, tmp_path: pathlib.Path) -> Iterator[Machine]:
    if sandbox.info['kind'] != 'root':
        lacks('only root can become another user here')
    need('setpriv')
    yield Machine(sandbox, tmp_path)


@pytest.mark.parametrize('uid', [NOBODY, UNKNOWN])
def test_a_user_who_may_not_write_the_extension(
    machine: Machine, uid: int, tmp_path: pathlib.Path
) -> None:
    home = tmp_path / 'home'
    home.mkdir()
    give(home, uid)
    before = file_hashes(machine.extensions)
    finished = machine.run(*BASE, uid=uid, home=home, config=machine.config(uid))
    run = report_of(machine.sandbox, finished)
    assert run.statuses() == check(machine.sandbox, '-n', 'contoso').statuses()
    assert file_hashes(machine.extensions) == before and list(home.iterdir()) == []


@pytest.mark.parametrize('uid', [0, NOBODY, UNKNOWN])
def test_without_a_home(machine: Machine, uid: int) -> None:
    run = report_of(machine.sandbox, machine.run(*BASE, uid=uid, config=machine.config(uid)))
    assert run.row('stored-credentials')['status'] == 'Skipped'
    assert run.statuses() == check(machine.sandbox, '-n', 'contoso').statuses()


@pytest.mark.parametrize('uid', [NOBODY, UNKNOWN])
@pytest.mark.parametrize('mode', [0o000, 0o555])
def test_a_home_that_may_not_be_written(
    machine: Machine, uid: int, mode: int, tmp_path: pathlib.Path
) -> None:
    home = tmp_path / 'home'
    home.mkdir(mode)
    home.chmod(mode)
    report_of(machine.sandbox, machine.run(*BASE, uid=uid, home=home, config=machine.config(uid)))
    assert list(home.iterdir()) == []


def test_without_a_folder_for_settings_it_ends_as_the_cli_does(machine: Machine) -> None:
    # The CLI keeps its settings in the home folder then, which doesn't exist.
    plain = machine.run('cloud', 'show', '-o', 'json', uid=NOBODY)
    finished = machine.run(*BASE, uid=NOBODY)
    assert plain.code == finished.code == 1
    assert 'azext_acrhealth' not in finished.stderr


@pytest.mark.parametrize('uid', [0, NOBODY])
def test_an_extension_folder_on_a_read_only_file_system(machine: Machine, uid: int) -> None:
    before = file_hashes(machine.extensions)
    finished = machine.run(
        *BASE,
        uid=uid,
        config=machine.config(uid),
        prefix=(*READ_ONLY, str(machine.extensions)),
    )
    report_of(machine.sandbox, finished)
    assert file_hashes(machine.extensions) == before


def test_the_checks_of_the_machine_without_a_home(machine: Machine) -> None:
    arguments = ('acrhealth', 'check', '--only', 'environment', '-o', 'json')
    finished = machine.run(*arguments, uid=UNKNOWN, config=machine.config(UNKNOWN, login=False))
    assert_clean(machine.sandbox, finished)
    assert_well_formed(finished.json)
    assert 'UNEXPECTED_ERROR' not in finished.stdout
