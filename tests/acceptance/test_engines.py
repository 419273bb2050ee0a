# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Container engines: real dockerd and podman, and programs in their place that are odd, broken, silent or endless."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Optional

import pytest

from tests.acceptance.components import lacks, need
from tests.acceptance.programs import (
    ALONE,
    ANSWERING,
    HANGS,
    cases,
    left_behind,
    measuring,
    program,
    says,
)
from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines

End = tuple[str, Optional[str], Optional[str]]
PASSED, SKIPPED = ('Passed', None, None), ('Skipped', None, None)
CHECKS = ('engine-client', 'engine-version', 'engine-daemon', 'engine-pull')
COMMAND, VERSION = 'DOCKER_COMMAND_ERROR', 'DOCKER_VERSION_ERROR'
DAEMON, PULL = 'DOCKER_DAEMON_ERROR', 'DOCKER_PULL_ERROR'
IMAGE = 'mcr.microsoft.com/mcr/hello-world:latest'
NO_DAEMON = ('Failed', DAEMON, 'DaemonUnreachable')
NOT_EXECUTABLE = ('Failed', COMMAND, 'NotExecutable')


def engine(sandbox: Sandbox, *arguments: str, path: Optional[object] = None, **options: Any) -> Run:
    """Run the engine's checks; with `path`, nothing else is on PATH."""
    env = {**options.pop('env', {}), **({} if path is None else {'PATH': str(path)})}
    return check(sandbox, '--only', *CHECKS, *arguments, environment=True, env=env, **options)


def ends(run: Run) -> tuple[End, ...]:
    """Return how the four checks ended."""
    return tuple((row['status'], row['code'], row['reason']) for row in map(run.row, CHECKS))


@contextlib.contextmanager
def real_docker(sandbox: Sandbox, folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """Run a daemon, with the real client alone on PATH."""
    need('dockerd')
    if os.geteuid() != 0:
        lacks('dockerd needs root')
    folder.mkdir(exist_ok=True)
    (folder / 'docker').symlink_to(need('docker'))
    with engines.dockerd(sandbox) as variables:
        yield {**variables, 'PATH': str(folder)}


def pid_of(variables: Mapping[str, str]) -> int:
    """Return the daemon's process."""
    folder = pathlib.Path(variables['DOCKER_HOST'][len('unix://') :]).parent
    return int((folder / 'pid').read_text('ascii'))


class TestRealDocker:
    """The daemon and its client as Debian and Docker build them."""

    def test_from_up_to_down(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        with real_docker(sandbox, tmp_path / 'bin') as variables:
            run = engine(sandbox, env=variables)
            assert ends(run) == (PASSED, PASSED, PASSED, SKIPPED) and run.done.code == 0
            assert '--yes' in run.row('engine-pull')['detail'] and not sandbox.requests('mcr')
            run = engine(sandbox, '--yes', env=variables)
            assert ends(run) == (PASSED,) * 4 and run.row('engine-pull')['facts']['image'] == IMAGE
            assert {one['host'] for one in sandbox.requests('mcr')} == {'mcr.microsoft.com'}
            for spec, word, reason in (
                ('status:500', '500', 'PullFailed'),
                ('denied', 'denied', 'PullUnauthorized'),
                ('throttled', 'too many', 'PullThrottled'),
            ):
                sandbox.run(['docker', 'rmi', IMAGE], env={'DOCKER_HOST': variables['DOCKER_HOST']})
                sandbox.set_fault('mcr', spec)
                run = engine(sandbox, '-y', env=variables)
                assert ends(run) == (PASSED,) * 3 + (('Failed', PULL, reason),)
                row = run.row('engine-pull')
                assert IMAGE in row['detail'] and word in row['detail'].lower()
                assert f'docker pull {IMAGE}' in row['solutions'][0] and run.done.code == 1
        run = engine(sandbox, env=variables)
        assert (
            ends(run) == (PASSED, PASSED, ('Failed', DAEMON, 'SocketMissing'), SKIPPED)
            and run.done.code == 1
        )
        assert run.row('engine-daemon')['facts']['endpoint'] == variables['DOCKER_HOST']
        assert 'docker info' in run.row('engine-daemon')['solutions'][0]
        assert 'engine-daemon' in run.row('engine-pull')['detail']

    def test_socket_without_permission(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        setpriv = need('setpriv')
        with real_docker(sandbox, tmp_path / 'bin') as variables:
            program(
                tmp_path,
                'docker',
                f'exec {setpriv} --reuid 65534 --regid 65534 --clear-groups {need("docker")} "$@"',
            )
            run = engine(sandbox, env={**variables, 'PATH': str(tmp_path)})
        assert ends(run) == (PASSED, PASSED, ('Failed', DAEMON, 'PermissionDenied'), SKIPPED)
        assert 'permission denied' in run.row('engine-daemon')['detail'].lower()
        assert 'usermod -aG docker' in run.row('engine-daemon')['solutions'][0]

    def test_frozen(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        with real_docker(sandbox, tmp_path / 'bin') as variables:
            os.kill(pid_of(variables), signal.SIGSTOP)
            try:
                run = engine(sandbox, '--yes', env=variables)
            finally:
                os.kill(pid_of(variables), signal.SIGCONT)
        client, version, daemon, pull = ends(run)
        assert (client, daemon, pull) == (PASSED, ('Failed', DAEMON, 'DaemonHung'), SKIPPED)
        # Clients of 2020 ask the daemon even for `--version`.
        assert version in (PASSED, ('Failed', VERSION, 'VersionCommandHung'))
        assert 9.9 < run.done.seconds < (13 if version == PASSED else 23)

    def test_pull_that_stands_still(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        sandbox.set_fault('mcr', 'hang')
        with real_docker(sandbox, tmp_path / 'bin') as variables:
            run = engine(sandbox, '--yes', '--timeout', '4', env=variables)
        assert ends(run) == (PASSED,) * 3 + (('Failed', PULL, 'PullHung'),)
        assert run.done.seconds < 7


class TestRealPodman:
    """An engine without a daemon."""

    def test_pulls_the_sample(self, sandbox: Sandbox) -> None:
        need('podman')
        with engines.podman(sandbox) as variables:
            run = engine(sandbox, '--yes', env=variables)
            assert ends(run) == (PASSED,) * 4 and run.done.code == 0
            assert run.row('engine-client')['facts']['client'] == 'podman'
            assert (
                run.row('engine-version')['facts']['version'] in run.row('engine-version')['detail']
            )
            assert sandbox.requests('mcr')
            sandbox.run(['podman', 'rmi', IMAGE], env=variables)
            host = IMAGE.partition('/')[0]
            for place, spec, reason in (
                ('mcr', 'status:404', 'PullFailed'),
                ('mcr', 'status:401', 'PullUnauthorized'),
                (f'dns@{host}', 'nxdomain', 'PullNameResolution'),
                (f'tls@{host}', 'cert:expired', 'PullTls'),
                (f'tcp@{host}', 'unreachable', 'PullConnection'),
            ):
                sandbox.clear_faults()
                sandbox.set_fault(place, spec)
                run = engine(sandbox, '--yes', env=variables)
                assert ends(run)[3] == ('Failed', PULL, reason), (place, spec)
                assert run.row('engine-pull')['facts']['host'] == host

    def test_pulls_the_image_that_is_configured(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        need('podman')
        image, config = 'contoso.azurecr.test/hello:v1', sandbox.config_dir(tmp_path / 'config')
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        done = sandbox.az(
            'config', 'set', f'acrhealth.sample_image={image}', '--only-show-errors', config=config
        )
        assert done.code == 0, done.stderr
        with engines.podman(sandbox) as variables:
            run = engine(sandbox, '--yes', env=variables, config=config)
        assert ends(run) == (PASSED,) * 4 and run.row('engine-pull')['facts']['image'] == image
        assert sandbox.requests('manifest', 'contoso.azurecr.test') and not sandbox.requests('mcr')


GOOD = cases(version=says(ANSWERING), info='exit 0', pull='exit 0')
OLD = cases(
    version='case $2 in --format) echo json;; esac',
    __version='echo "Docker version 20.10.24, build 297e128"',
    info='exit 0',
)
LONG = (
    'i=0; while [ $i -lt 3000 ]; do echo "line $i of a long story that nobody reads" >&2; '
    'i=$((i+1)); done; exit 1'
)


def answers(text: str, version: str = 'echo "docker 28.2.2"', info: str = 'exit 0') -> str:
    """Return an engine that prints something when it is asked to describe itself."""
    return cases(version=text, __version=version, info=info)


UNREADABLE: End = ('Failed', VERSION, 'VersionUnreadable')
VERSION_FAILED: End = ('Failed', VERSION, 'VersionCommandFailed')
# What the engine is, and how client, version and engine end.
PROGRAMS: dict[str, tuple[str, tuple[End, End, End]]] = {
    'warns on stderr': ('echo "WARNING: No blkio throttle support" >&2\n' + GOOD, (PASSED,) * 3),
    'describes itself': (GOOD, (PASSED,) * 3),
    'engine away': (
        answers(f'{says(ALONE)}; echo "Cannot connect to the Docker daemon" >&2; exit 1'),
        (PASSED, PASSED, NO_DAEMON),
    ),
    'engine away, no words': (answers(f'{says(ALONE)}; exit 1'), (PASSED, PASSED, NO_DAEMON)),
    'no right': (
        answers(f'{says(ALONE)}; echo "dial unix: connect: permission denied" >&2; exit 1'),
        (PASSED, PASSED, ('Failed', DAEMON, 'PermissionDenied')),
    ),
    'fails without a word': ('exit 1', (PASSED, VERSION_FAILED, NO_DAEMON)),
    'fails at length': (LONG, (PASSED, VERSION_FAILED, NO_DAEMON)),
    'killed by a signal': ('kill -9 $$', (PASSED, VERSION_FAILED, NO_DAEMON)),
    'silent': ('exit 0', (PASSED, UNREADABLE, PASSED)),
    'prints the word json': (OLD, (PASSED,) * 3),
    'prints no JSON': (answers('echo "Hello, world"'), (PASSED,) * 3),
    'prints a list': (answers('echo "[1]"'), (PASSED,) * 3),
    'prints null': (answers('echo null'), (PASSED,) * 3),
    'prints halves of other types': (answers('echo \'{"Client":[],"Server":"x"}\''), (PASSED,) * 3),
    'prints a version of another type': (
        answers('echo \'{"Client":{"Version":7}}\''),
        (PASSED,) * 3,
    ),
    'prints no UTF-8': (
        answers(r"printf '\377\376\200{'", version=r"printf 'docker 1.13.1 \377\376\n'"),
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
    """What stands on PATH as `docker`."""

    @pytest.mark.parametrize('name', PROGRAMS)
    def test_odd(self, sandbox: Sandbox, tmp_path: pathlib.Path, name: str) -> None:
        text, wanted = PROGRAMS[name]
        program(tmp_path, 'docker', text)
        run = engine(sandbox, path=tmp_path)
        assert ends(run) == (*wanted, SKIPPED)
        assert all(not row['detail'].rstrip().endswith(':') for row in run.report['checks'])

    @pytest.mark.parametrize('kind', ['no right', 'no program', 'a folder'])
    def test_not_executable(self, sandbox: Sandbox, tmp_path: pathlib.Path, kind: str) -> None:
        if kind == 'a folder':
            (tmp_path / 'docker').mkdir()
        else:
            path = program(tmp_path, 'docker', 'exit 0', 0o755 if kind == 'no program' else 0o644)
            if kind == 'no program':
                path.write_bytes(b'\x7fELF\x02 of another processor')
        run = engine(sandbox, path=tmp_path)
        missing = ('Failed', COMMAND, 'NotFound')
        assert ends(run) == (
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
            ({'DOCKER_HOST': 'ssh://user:s3cretword@127.0.0.1'}, 'EngineAddressInvalid'),
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
                and 's3cretword' not in run.done.stdout + run.done.stderr
            )

    def test_why_a_pull_failed(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        table = {
            'PullProxy': 'proxyconnect tcp: dial tcp 192.0.2.1:3128: connect: connection refused',
            'PullNoSuchImage': 'manifest unknown',
            'PullDiskFull': 'write /x: no space left on device',
            'PullPlatform': 'no matching manifest for linux/arm64/v8 in the manifest list entries',
        }
        for reason, words in table.items():
            program(
                tmp_path,
                'docker',
                cases(version=says(ANSWERING), pull=f'echo {words!r} >&2; exit 1'),
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
        hanging = program(tmp_path, 'docker', f'echo $$ >>"$0.pids"\n{text}')
        run = engine(sandbox, '--timeout', '3', path=tmp_path)
        assert ends(run) == (
            PASSED,
            ('Failed', VERSION, 'VersionCommandHung'),
            ('Failed', DAEMON, 'DaemonHung'),
            SKIPPED,
        )
        assert run.done.seconds < 7 and left_behind(hanging) == []

    def test_image_of_another_platform_counts_as_pulled(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        refusal = (
            'image operating system "linux" cannot be used on this platform: operating '
            'system is not supported'
        )
        program(
            tmp_path, 'docker', cases(version=says(ANSWERING), pull=f'echo {refusal!r} >&2; exit 1')
        )
        assert ends(engine(sandbox, '-y', path=tmp_path)) == (PASSED,) * 4
        program(tmp_path, 'docker', cases(version=says(ANSWERING), pull='exit 125'))
        run = engine(sandbox, '-y', path=tmp_path)
        assert ends(run)[3] == ('Failed', PULL, 'PullFailed')
        assert not run.row('engine-pull')['detail'].rstrip().endswith(':')

    def test_endless_output(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        peak = measuring(tmp_path, sys.executable, monkeypatch)
        program(tmp_path / 'bin', 'docker', GOOD)
        engine(sandbox, path=tmp_path / 'bin')
        usual = int(peak.read_text('ascii'))
        program(tmp_path / 'bin', 'docker', 'yes "a line without an end" & yes "complaints" >&2')
        run = engine(sandbox, '--timeout', '3', path=tmp_path / 'bin')
        assert run.row('engine-client')['status'] == 'Passed' and run.done.seconds < 6
        assert int(peak.read_text('ascii')) < usual + 40

    def test_hangs_with_a_child_that_holds_the_pipe(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        hanging = [program(tmp_path, 'docker', HANGS)]
        run = engine(sandbox, path=tmp_path)
        assert ends(run) == (
            PASSED,
            ('Failed', VERSION, 'VersionCommandHung'),
            ('Failed', DAEMON, 'DaemonHung'),
            SKIPPED,
        )
        assert run.done.seconds < 23
        assert left_behind(*hanging) == []

    def test_ends_but_its_child_holds_the_pipe(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        program(tmp_path, 'docker', 'sleep 8 &\n' + GOOD)
        run = engine(sandbox, path=tmp_path)
        assert ends(run) == (PASSED, PASSED, PASSED, SKIPPED)
        assert run.done.seconds < 5


class TestChoice:
    """Which engine is taken."""

    def test_none(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        run = engine(sandbox, path=tmp_path)
        assert (
            ends(run) == (('Failed', COMMAND, 'NotFound'), SKIPPED, SKIPPED, SKIPPED)
            and run.done.code == 1
        )
        run = engine(sandbox, '-n', 'contoso', path=tmp_path)
        assert (
            ends(run) == (('Warning', COMMAND, 'NotFound'), SKIPPED, SKIPPED, SKIPPED)
            and run.done.code == 0
        )
        assert ends(engine(sandbox, path='')) == (
            ('Failed', COMMAND, 'NotFound'),
            SKIPPED,
            SKIPPED,
            SKIPPED,
        )

    def test_the_first_that_works(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        dead = program(tmp_path, 'docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
        assert ends(engine(sandbox, path=tmp_path)) == (PASSED, VERSION_FAILED, NO_DAEMON, SKIPPED)
        program(tmp_path, 'nerdctl', GOOD)
        assert engine(sandbox, path=tmp_path).row('engine-client')['facts']['client'] == 'nerdctl'
        program(tmp_path, 'podman', GOOD)
        run = engine(sandbox, path=tmp_path)
        assert ends(run) == (PASSED,) * 3 + (SKIPPED,)
        assert run.row('engine-client')['facts']['client'] == 'podman'
        dead.chmod(0o644)
        assert engine(sandbox, path=tmp_path).row('engine-client')['facts']['client'] == 'podman'

    def test_the_one_that_is_named(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        bins, aside, here = tmp_path / 'bin', tmp_path / 'aside', tmp_path / 'here'
        here.mkdir()
        program(bins, 'docker', GOOD)
        other = program(bins, 'other', GOOD)
        hidden = program(aside, 'hidden', GOOD)
        dead = program(bins, 'dead', 'exit 1')
        missing: End = ('Failed', COMMAND, 'NotFound')
        table = {
            'other': (PASSED, str(other)),
            str(hidden): (PASSED, str(hidden)),
            'dead': (PASSED, str(dead)),
            'nothing': (missing, 'nothing'),
            str(aside / 'nothing'): (missing, str(aside / 'nothing')),
            'docker --debug': (missing, 'docker --debug'),
            '../aside/nothing': (missing, '../aside/nothing'),
        }
        for named, (end, shown) in table.items():
            run = engine(sandbox, path=bins, env={'DOCKER_COMMAND': named}, cwd=here)
            assert ends(run)[0] == end and shown in run.row('engine-client')['detail'], named
        assert ends(engine(sandbox, path=bins, env={'DOCKER_COMMAND': ''}))[0] == PASSED

    def test_never_the_one_in_the_current_folder(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        bins, here = tmp_path / 'bin', tmp_path / 'here'
        for name in ('docker', 'podman', 'nerdctl', 'docker.exe', 'docker.cmd', 'helm', 'notary'):
            program(here, name, 'touch "$0.ran"\n' + GOOD)
        kept = sorted(path.name for path in here.iterdir())
        good = program(bins, 'docker', GOOD)
        for path, end in (
            (f'.:{bins}', PASSED),
            (f':{bins}', PASSED),
            ('.', ('Failed', COMMAND, 'NotFound')),
            ('', ('Failed', COMMAND, 'NotFound')),
        ):
            run = engine(sandbox, path=path, cwd=here)
            assert ends(run)[0] == end, path
            assert run.row('engine-client')['facts'].get('path', str(good)) == str(good)
        assert sorted(path.name for path in here.iterdir()) == kept
