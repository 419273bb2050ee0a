# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real container engines: dockerd and podman."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
from collections.abc import Iterator, Mapping

import pytest

from tests.acceptance.codes import LIMIT, SHORT, SLACK
from tests.acceptance.components import lacks, need
from tests.acceptance.engine_checks import (
    DAEMON,
    IMAGE,
    PASSED,
    PULL,
    SKIPPED,
    VERSION,
    check_engine,
    results_of,
)
from tests.acceptance.programs import (
    write_program,
)
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.host import engines
from tests.sandbox.host.engine_api import (
    CLIENT_TOO_NEW,
    CLIENT_TOO_OLD,
    DENIED_BY_PLUGIN,
    DESKTOP_FAILED,
    SIGN_IN_REQUIRED,
    Answer,
    engine_api,
)


@contextlib.contextmanager
def docker_check(sandbox: Sandbox, folder: pathlib.Path) -> Iterator[dict[str, str]]:
    """Run a daemon, with only the real client on PATH."""
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
        with docker_check(sandbox, tmp_path / 'bin') as variables:
            run = check_engine(sandbox, env=variables)
            assert results_of(run) == (PASSED, PASSED, PASSED, SKIPPED) and run.finished.code == 0
            assert '--yes' in run.row('engine-pull')['detail'] and not sandbox.requests('mcr')
            run = check_engine(sandbox, '--yes', env=variables)
            assert (
                results_of(run) == (PASSED,) * 4
                and run.row('engine-pull')['facts']['image'] == IMAGE
            )
            assert {request['host'] for request in sandbox.requests('mcr')} == {'mcr.microsoft.com'}
            for spec, word, reason in (
                ('status:500', '500', 'PullFailed'),
                ('denied', 'denied', 'PullUnauthorized'),
                ('throttled', 'too many', 'PullThrottled'),
            ):
                sandbox.run(['docker', 'rmi', IMAGE], env={'DOCKER_HOST': variables['DOCKER_HOST']})
                sandbox.set_fault('mcr', spec)
                run = check_engine(sandbox, '-y', env=variables)
                assert results_of(run) == (PASSED,) * 3 + (('Failed', PULL, reason),)
                row = run.row('engine-pull')
                assert IMAGE in row['detail'] and word in row['detail'].lower()
                assert f'docker pull {IMAGE}' in ' '.join(row['solutions'])
                assert run.finished.code == 1
        run = check_engine(sandbox, env=variables)
        assert (
            results_of(run) == (PASSED, PASSED, ('Failed', DAEMON, 'SocketMissing'), SKIPPED)
            and run.finished.code == 1
        )
        assert run.row('engine-daemon')['facts']['endpoint'] == variables['DOCKER_HOST']
        assert 'docker info' in run.row('engine-daemon')['solutions'][1]
        assert 'engine-daemon' in run.row('engine-pull')['detail']

    def test_socket_without_permission(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        setpriv = need('setpriv')
        with docker_check(sandbox, tmp_path / 'bin') as variables:
            write_program(
                tmp_path,
                'docker',
                f'exec {setpriv} --reuid 65534 --regid 65534 --clear-groups {need("docker")} "$@"',
            )
            run = check_engine(sandbox, env={**variables, 'PATH': str(tmp_path)})
        assert results_of(run) == (PASSED, PASSED, ('Failed', DAEMON, 'PermissionDenied'), SKIPPED)
        assert 'permission denied' in run.row('engine-daemon')['detail'].lower()
        assert 'usermod -aG docker' in run.row('engine-daemon')['solutions'][0]

    def test_frozen(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        with docker_check(sandbox, tmp_path / 'bin') as variables:
            os.kill(pid_of(variables), signal.SIGSTOP)
            try:
                run = check_engine(sandbox, '--yes', env=variables)
            finally:
                os.kill(pid_of(variables), signal.SIGCONT)
        client, version, daemon, pull = results_of(run)
        assert (client, daemon, pull) == (PASSED, ('Failed', DAEMON, 'DaemonTimeout'), SKIPPED)
        # Clients of 2020 ask the daemon even for `--version`.
        assert version in (PASSED, ('Failed', VERSION, 'VersionCommandTimeout'))
        assert 9.9 < run.finished.seconds < (10 if version == PASSED else 20) + SLACK

    def test_pull_that_stands_still(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        sandbox.set_fault('mcr', 'hang')
        with docker_check(sandbox, tmp_path / 'bin') as variables:
            run = check_engine(sandbox, '--yes', *SHORT, env=variables)
        assert results_of(run) == (PASSED,) * 3 + (('Failed', PULL, 'PullTimeout'),)
        assert run.finished.seconds < LIMIT + SLACK

    @pytest.mark.parametrize(
        'answer, reason, text',
        [
            (CLIENT_TOO_OLD, 'ApiVersionUnsupported', 'client version 1.43 is too old'),
            (CLIENT_TOO_NEW, 'ApiVersionUnsupported', 'client version 1.99 is too new'),
            (SIGN_IN_REQUIRED, 'DesktopSignInRequired', 'Sign-in enforcement is enabled'),
            (DESKTOP_FAILED, 'DaemonError', '500 Internal Server Error'),
            (DENIED_BY_PLUGIN, 'DaemonError', 'authorization denied by plugin opa'),
        ],
    )
    def test_engine_that_answers_with_an_error(
        self, sandbox: Sandbox, tmp_path: pathlib.Path, answer: Answer, reason: str, text: str
    ) -> None:
        (tmp_path / 'docker').symlink_to(need('docker'))
        with engine_api(tmp_path, answer) as variables:
            run = check_engine(sandbox, env={**variables, 'PATH': str(tmp_path)})
        row = run.has('engine-daemon', 'Failed', DAEMON, reason)
        assert text in row['detail'] and row['facts']['endpoint'] != 'nothing'
        assert not [advice for advice in row['solutions'] if ' start ' in advice]

    def test_version_that_a_variable_sets(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        with docker_check(sandbox, tmp_path / 'bin') as variables:
            run = check_engine(sandbox, env={**variables, 'DOCKER_API_VERSION': '1.99'})
        row = run.has('engine-daemon', 'Failed', DAEMON, 'ApiVersionUnsupported')
        assert 'client version 1.99 is too new' in row['detail']
        assert 'DOCKER_API_VERSION, which sets the version to 1.99' in row['solutions'][0]

    def test_stopped_while_podman_works(self, sandbox: Sandbox, tmp_path: pathlib.Path) -> None:
        for name in ('docker', 'podman'):
            (tmp_path / name).symlink_to(need(name))
        env = {'DOCKER_HOST': f'unix://{tmp_path}/none.sock', 'PATH': f'{tmp_path}:/usr/bin:/bin'}
        with engines.podman(sandbox) as variables:
            run = check_engine(sandbox, env={**variables, **env, 'DOCKER_COMMAND': ''})
        row = run.has('engine-daemon', 'Warning', DAEMON, 'SocketMissing')
        assert row['detail'].startswith("podman responds, but docker doesn't work: ")
        assert run.row('engine-client')['facts']['client'] == 'podman' and run.finished.code == 0


class TestRealPodman:
    """An engine without a daemon."""

    def test_pulls_the_sample(self, sandbox: Sandbox) -> None:
        need('podman')
        with engines.podman(sandbox) as variables:
            run = check_engine(sandbox, '--yes', env=variables)
            assert results_of(run) == (PASSED,) * 4 and run.finished.code == 0
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
                run = check_engine(sandbox, '--yes', env=variables)
                assert results_of(run)[3] == ('Failed', PULL, reason), (place, spec)
                assert run.row('engine-pull')['facts']['host'] == host

    def test_pulls_the_image_that_is_configured(
        self, sandbox: Sandbox, tmp_path: pathlib.Path
    ) -> None:
        need('podman')
        image, config = 'contoso.azurecr.test/hello:v1', sandbox.config_dir(tmp_path / 'config')
        sandbox.patch_registry('contoso', {'properties': {'anonymousPullEnabled': True}})
        finished = sandbox.az(
            'config', 'set', f'acrhealth.sample_image={image}', '--only-show-errors', config=config
        )
        assert finished.code == 0, finished.stderr
        with engines.podman(sandbox) as variables:
            run = check_engine(sandbox, '--yes', env=variables, config=config)
        assert (
            results_of(run) == (PASSED,) * 4 and run.row('engine-pull')['facts']['image'] == image
        )
        assert sandbox.requests('manifest', 'contoso.azurecr.test') and not sandbox.requests('mcr')
