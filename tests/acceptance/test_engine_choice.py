# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which container engine is selected."""

from __future__ import annotations

import pathlib

from tests.acceptance.engine_checks import (
    COMMAND,
    DAEMON,
    GOOD,
    NO_DAEMON,
    PASSED,
    SKIPPED,
    VERSION_FAILED,
    End,
    check_engine,
    results_of,
)
from tests.acceptance.programs import (
    write_program,
)
from tests.sandbox.control.sandbox import Sandbox


class TestChoice:
    """Which engine is selected."""

    def test_none(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        run = check_engine(sandbox, path=tmp_path)
        assert (
            results_of(run) == (('Failed', COMMAND, 'NotFound'), SKIPPED, SKIPPED, SKIPPED)
            and run.finished.code == 1
        )
        run = check_engine(sandbox, '-n', 'contoso', path=tmp_path)
        assert (
            results_of(run) == (('Warning', COMMAND, 'NotFound'), SKIPPED, SKIPPED, SKIPPED)
            and run.finished.code == 0
        )
        assert results_of(check_engine(sandbox, path='')) == (
            ('Failed', COMMAND, 'NotFound'),
            SKIPPED,
            SKIPPED,
            SKIPPED,
        )

    def test_the_first_that_works(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        dead = write_program(
            tmp_path, 'docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1'
        )
        assert results_of(check_engine(sandbox, path=tmp_path)) == (
            PASSED,
            VERSION_FAILED,
            NO_DAEMON,
            SKIPPED,
        )
        write_program(tmp_path, 'nerdctl', GOOD)
        assert (
            check_engine(sandbox, path=tmp_path).row('engine-client')['facts']['client']
            == 'nerdctl'
        )
        write_program(tmp_path, 'podman', GOOD)
        run = check_engine(sandbox, path=tmp_path)
        replaced: End = ('Warning', DAEMON, 'DaemonUnreachable')
        assert results_of(run) == (PASSED, PASSED, replaced, SKIPPED) and run.finished.code == 0
        assert run.row('engine-client')['facts']['client'] == 'podman'
        detail = run.row('engine-daemon')['detail']
        assert detail.startswith("podman engine 28.2.2 responds, but docker doesn't work: ")
        assert 'Cannot connect to the Docker daemon' in detail
        assert check_engine(sandbox, '--strict', path=tmp_path).finished.code == 1
        dead.chmod(0o644)
        run = check_engine(sandbox, path=tmp_path)
        not_started: End = ('Warning', COMMAND, 'NotExecutable')
        assert results_of(run) == (not_started, PASSED, PASSED, SKIPPED) and run.finished.code == 0
        assert run.row('engine-client')['facts']['client'] == 'podman'
        assert run.row('engine-client')['detail'].startswith(f'{dead}: not executable, podman at ')

    def test_the_named_engine(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        bins, elsewhere, folder = tmp_path / 'bin', tmp_path / 'aside', tmp_path / 'here'
        folder.mkdir()
        write_program(bins, 'docker', GOOD)
        other = write_program(bins, 'other', GOOD)
        hidden = write_program(elsewhere, 'hidden', GOOD)
        dead = write_program(bins, 'dead', 'exit 1')
        missing: End = ('Failed', COMMAND, 'NotFound')
        table = {
            'other': (PASSED, str(other)),
            str(hidden): (PASSED, str(hidden)),
            'dead': (PASSED, str(dead)),
            'nothing': (missing, 'nothing'),
            str(elsewhere / 'nothing'): (missing, str(elsewhere / 'nothing')),
            'docker --debug': (missing, 'docker --debug'),
            '../aside/nothing': (missing, '../aside/nothing'),
        }
        for command, (end, shown) in table.items():
            run = check_engine(sandbox, path=bins, env={'DOCKER_COMMAND': command}, cwd=folder)
            assert results_of(run)[0] == end and shown in run.row('engine-client')['detail'], (
                command
            )
        assert results_of(check_engine(sandbox, path=bins, env={'DOCKER_COMMAND': ''}))[0] == PASSED

    def test_never_the_engine_in_the_current_folder(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        bins, folder = tmp_path / 'bin', tmp_path / 'here'
        for name in ('docker', 'podman', 'nerdctl', 'docker.exe', 'docker.cmd', 'helm', 'notary'):
            write_program(folder, name, 'touch "$0.ran"\n' + GOOD)
        files = sorted(path.name for path in folder.iterdir())
        good = write_program(bins, 'docker', GOOD)
        for path, end in (
            (f'.:{bins}', PASSED),
            (f':{bins}', PASSED),
            ('.', ('Failed', COMMAND, 'NotFound')),
            ('', ('Failed', COMMAND, 'NotFound')),
        ):
            run = check_engine(sandbox, path=path, cwd=folder)
            assert results_of(run)[0] == end, path
            assert run.row('engine-client')['facts'].get('path', str(good)) == str(good)
        assert sorted(path.name for path in folder.iterdir()) == files
