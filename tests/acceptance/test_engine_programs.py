# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Scripts in the place of docker that are broken, silent or endless."""

from __future__ import annotations

import pathlib
import socket
import sys

import pytest

from tests.acceptance.codes import LIMIT, SHORT, SLACK
from tests.acceptance.components import need
from tests.acceptance.engine_checks import (
    COMMAND,
    DAEMON,
    GOOD,
    NO_DAEMON,
    NOT_EXECUTABLE,
    PASSED,
    PULL,
    SKIPPED,
    VERSION,
    VERSION_FAILED,
    End,
    check_engine,
    results_of,
)
from tests.acceptance.programs import (
    ALONE,
    ANSWERING,
    HANGS,
    printing,
    record_peak,
    script_of,
    surviving_processes,
    write_program,
)
from tests.acceptance.runs import check
from tests.sandbox.control.sandbox import Sandbox

OLD = script_of(
    version='case $2 in --format) echo json;; esac',
    __version='echo "Docker version 20.10.24, build 297e128"',
    info='exit 0',
)
LONG = (
    'i=0; while [ $i -lt 3000 ]; do echo "line $i of a long story that nobody reads" >&2; '
    'i=$((i+1)); done; exit 1'
)


def engine_printing(text: str, version: str = 'echo "docker 28.2.2"', info: str = 'exit 0') -> str:
    """Return an engine whose `docker version` prints a text."""
    return script_of(version=text, __version=version, info=info)


UNREADABLE: End = ('Failed', VERSION, 'VersionUnreadable')
# The script in the place of the engine, and the results of client, version and daemon.
PROGRAMS: dict[str, tuple[str, tuple[End, End, End]]] = {
    'warns on stderr': ('echo "WARNING: No blkio throttle support" >&2\n' + GOOD, (PASSED,) * 3),
    'describes itself': (GOOD, (PASSED,) * 3),
    'engine away': (
        engine_printing(
            f'{printing(ALONE)}; echo "Cannot connect to the Docker daemon" >&2; exit 1'
        ),
        (PASSED, PASSED, NO_DAEMON),
    ),
    'engine away, no words': (
        engine_printing(f'{printing(ALONE)}; exit 1'),
        (PASSED, PASSED, NO_DAEMON),
    ),
    'no right': (
        engine_printing(
            f'{printing(ALONE)}; echo "dial unix: connect: permission denied" >&2; exit 1'
        ),
        (PASSED, PASSED, ('Failed', DAEMON, 'PermissionDenied')),
    ),
    'fails without a word': ('exit 1', (PASSED, VERSION_FAILED, NO_DAEMON)),
    'fails at length': (LONG, (PASSED, VERSION_FAILED, NO_DAEMON)),
    'killed by a signal': ('kill -9 $$', (PASSED, VERSION_FAILED, NO_DAEMON)),
    'silent': ('exit 0', (PASSED, UNREADABLE, PASSED)),
    'prints the word json': (OLD, (PASSED,) * 3),
    'prints no JSON': (engine_printing('echo "Hello, world"'), (PASSED,) * 3),
    'prints a list': (engine_printing('echo "[1]"'), (PASSED,) * 3),
    'prints null': (engine_printing('echo null'), (PASSED,) * 3),
    'prints halves of other types': (
        engine_printing('echo \'{"Client":[],"Server":"x"}\''),
        (PASSED,) * 3,
    ),
    'prints a version of another type': (
        engine_printing('echo \'{"Client":{"Version":7}}\''),
        (PASSED,) * 3,
    ),
    'prints no UTF-8': (
        engine_printing(r"printf '\377\376\200{'", version=r"printf 'docker 1.13.1 \377\376\n'"),
        (PASSED,) * 3,
    ),
    'prints nothing but bytes': (
        r"printf '\377\376\200\000\001'; exit 1",
        (PASSED, VERSION_FAILED, NO_DAEMON),
    ),
    'prints depths': ("head -c 60000 /dev/zero | tr '\\0' '['", (PASSED, UNREADABLE, PASSED)),
    'prints escapes': (
        r"printf '\033[31mred\033[0m\033]0;owned\007\r\nforged: line\n' >&2; exit 1",
        (PASSED, VERSION_FAILED, NO_DAEMON),
    ),
    'asks': (
        'read answer || { echo "no answer" >&2; exit 1; }',
        (PASSED, VERSION_FAILED, NO_DAEMON),
    ),
}


class TestPrograms:
    """Scripts that are on PATH as `docker`."""

    @pytest.mark.parametrize('name', PROGRAMS)
    def test_odd(self, sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
        text, wanted = PROGRAMS[name]
        write_program(tmp_path, 'docker', text)
        run = check_engine(sandbox, path=tmp_path)
        assert results_of(run) == (*wanted, SKIPPED)
        assert all(not row['detail'].rstrip().endswith(':') for row in run.report['checks'])

    @pytest.mark.parametrize('kind', ['no right', 'no program', 'a folder'])
    def test_not_executable(self, sandbox: Sandbox, tmp_path: pathlib.Path, kind: str) -> None:
        if kind == 'a folder':
            (tmp_path / 'docker').mkdir()
        else:
            path = write_program(
                tmp_path, 'docker', 'exit 0', 0o755 if kind == 'no program' else 0o644
            )
            if kind == 'no program':
                path.write_bytes(b'\x7fELF\x02 of another processor')
        run = check_engine(sandbox, path=tmp_path)
        missing = ('Failed', COMMAND, 'NotFound')
        assert results_of(run) == (
            missing if kind == 'a folder' else NOT_EXECUTABLE,
            SKIPPED,
            SKIPPED,
            SKIPPED,
        )
        if kind != 'a folder':
            row = run.row('engine-client')
            assert row['detail'].startswith(f'{tmp_path}/docker: ') and 'Errno' not in row['detail']
            assert f'chmod +x {tmp_path}/docker' in row['solutions'][0]

    def test_why_the_engine_is_away(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        (tmp_path / 'docker').symlink_to(need('docker'))
        dead = tmp_path / 'dead.sock'
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(dead))
        table = (
            ({'DOCKER_HOST': f'unix://{tmp_path}/none.sock'}, 'SocketMissing'),
            ({'DOCKER_HOST': f'unix://{dead}'}, 'DaemonRefused'),
            ({'DOCKER_HOST': 'tcp://user:s3cretword@127.0.0.1:1'}, 'HostUnreachable'),
            ({'DOCKER_HOST': 'tcp://nosuch.invalid:2375'}, 'HostUnreachable'),
            ({'DOCKER_HOST': 'ssh://user:s3cretword@127.0.0.1'}, 'InvalidEngineAddress'),
            (
                {
                    'DOCKER_HOST': 'tcp://127.0.0.1:1',
                    'DOCKER_TLS_VERIFY': '1',
                    'DOCKER_CERT_PATH': str(tmp_path),
                },
                'DaemonTls',
            ),
            ({'DOCKER_CONTEXT': 'nosuch'}, 'ContextMissing'),
        )
        for env, reason in table:
            run = check(
                sandbox,
                '--only',
                'engine-daemon',
                environment=True,
                env={'PATH': str(tmp_path), **env},
            )
            row = run.has('engine-daemon', 'Failed', DAEMON, reason)
            assert (
                row['facts']['namedBy'] in env
                and 's3cretword' not in run.finished.stdout + run.finished.stderr
            )

    def test_why_a_pull_failed(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        table = {
            'PullProxy': 'proxyconnect tcp: dial tcp 192.0.2.1:3128: connect: connection refused',
            'PullNoSuchImage': 'manifest unknown',
            'PullDiskFull': 'write /x: no space left on device',
            'PullPlatform': 'no matching manifest for linux/arm64/v8 in the manifest list entries',
        }
        for reason, message in table.items():
            write_program(
                tmp_path,
                'docker',
                script_of(version=printing(ANSWERING), pull=f'echo {message!r} >&2; exit 1'),
            )
            run = check(
                sandbox,
                '--only',
                'engine-pull',
                '-y',
                environment=True,
                env={'PATH': str(tmp_path)},
            )
            run.has('engine-pull', 'Failed', PULL, reason)

    @pytest.mark.parametrize(
        'text',
        [
            'kill -STOP $$',
            f"trap '' TERM INT HUP\n{HANGS.rpartition(';')[0]}; while :; do echo flood; done",
        ],
        ids=['frozen', 'floods and obeys nobody'],
    )
    def test_a_short_run_names_what_hangs(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, text: str
    ) -> None:
        hanging = write_program(tmp_path, 'docker', f'echo $$ >>"$0.pids"\n{text}')
        run = check_engine(sandbox, *SHORT, path=tmp_path)
        assert results_of(run) == (
            PASSED,
            ('Failed', VERSION, 'VersionCommandTimeout'),
            ('Failed', DAEMON, 'DaemonTimeout'),
            SKIPPED,
        )
        assert run.finished.seconds < LIMIT + SLACK and surviving_processes(hanging) == []

    def test_image_of_another_platform_counts_as_pulled(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        refusal = (
            'image operating system "linux" cannot be used on this platform: operating '
            'system is not supported'
        )
        write_program(
            tmp_path,
            'docker',
            script_of(version=printing(ANSWERING), pull=f'echo {refusal!r} >&2; exit 1'),
        )
        assert results_of(check_engine(sandbox, '-y', path=tmp_path)) == (PASSED,) * 4
        write_program(tmp_path, 'docker', script_of(version=printing(ANSWERING), pull='exit 125'))
        run = check_engine(sandbox, '-y', path=tmp_path)
        assert results_of(run)[3] == ('Failed', PULL, 'PullFailed')
        assert not run.row('engine-pull')['detail'].rstrip().endswith(':')

    def test_endless_output(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        peak = record_peak(tmp_path, sys.executable, monkeypatch)
        write_program(tmp_path / 'bin', 'docker', GOOD)
        check_engine(sandbox, path=tmp_path / 'bin')
        usual_peak = int(peak.read_text('ascii'))
        write_program(
            tmp_path / 'bin', 'docker', 'yes "a line without an end" & yes "complaints" >&2'
        )
        run = check_engine(sandbox, '--timeout', '4', path=tmp_path / 'bin')
        assert run.row('engine-client')['status'] == 'Passed' and run.finished.seconds < 4 + SLACK
        assert int(peak.read_text('ascii')) < usual_peak + 40

    def test_hangs_with_a_child_that_holds_the_pipe(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        hanging = [write_program(tmp_path, 'docker', HANGS)]
        run = check_engine(sandbox, path=tmp_path)
        assert results_of(run) == (
            PASSED,
            ('Failed', VERSION, 'VersionCommandTimeout'),
            ('Failed', DAEMON, 'DaemonTimeout'),
            SKIPPED,
        )
        assert run.finished.seconds < 20 + SLACK
        assert surviving_processes(*hanging) == []

    def test_ends_but_its_child_holds_the_pipe(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        write_program(tmp_path, 'docker', 'sleep 60 &\n' + GOOD)
        run = check_engine(sandbox, path=tmp_path)
        assert results_of(run) == (PASSED, PASSED, PASSED, SKIPPED)
        assert run.finished.seconds < SLACK
