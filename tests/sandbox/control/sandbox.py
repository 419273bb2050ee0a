# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Start a sandbox and run commands in it: for acceptance tests, demo and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from tests.sandbox.control.client import ControlClient
from tests.sandbox.host import azure_cli
from tests.sandbox.services import cloud

PROJECT = pathlib.Path(__file__).resolve().parents[3]
AUTHORITY = f'https://{cloud.LOGIN_HOST}/'
START_SECONDS, COMMAND_SECONDS = 30.0, 120.0
# The Python of another CLI than this interpreter's: CI sets it for the oldest supported CLI.
CLI_PYTHON = 'ACRHEALTH_TEST_CLI_PYTHON'


def az_command(*arguments: str) -> list[str]:
    """Return the command that runs `az` with these arguments, by the CLI that is tested."""
    return [os.environ.get(CLI_PYTHON) or sys.executable, '-m', 'azure.cli', *arguments]


class Unavailable(Exception):
    """No sandbox can run here; the text says what is missing."""


class Finished(NamedTuple):
    """A command that ended.

    `code` is None when it was killed at its time limit, `peak` is its memory in MiB.
    """

    code: Optional[int]
    stdout: str
    stderr: str
    seconds: float
    peak: int = 0

    @property
    def json(self) -> Any:
        """Return the standard output as JSON."""
        return json.loads(self.stdout)


class _Measured(subprocess.Popen[str]):
    """A process that reports its memory; subprocess reaps with waitpid(2), which loses it."""

    peak = 0

    def _try_wait(self, flags: int) -> tuple[int, int]:
        try:
            pid, status, usage = os.wait4(self.pid, flags)
        except ChildProcessError:
            return self.pid, 0
        self.peak = max(self.peak, usage.ru_maxrss // 1024)
        return pid, status


class Sandbox(ControlClient):
    """A sandbox in a process of its own, with its control API, in which commands run."""

    def __init__(
        self, process: subprocess.Popen[str], info: dict[str, Any], directory: pathlib.Path
    ) -> None:
        super().__init__(info['socket'])
        self._process, self.info, self.directory = process, info, directory
        self.environment: dict[str, str] = info['environment']
        self.extension_dir: Optional[pathlib.Path] = None
        self._templates: dict[str, pathlib.Path] = {}

    @classmethod
    @contextlib.contextmanager
    def start(cls, directory: Optional[pathlib.Path] = None) -> Iterator['Sandbox']:
        """Run a sandbox for the length of a `with` block."""
        folder = pathlib.Path(directory or tempfile.mkdtemp(prefix='acrhealth-sandbox-'))
        with (folder / 'log').open('w', encoding='utf-8') as log:
            process = subprocess.Popen(
                [sys.executable, '-m', 'tests.sandbox', '--json', '--directory', str(folder)],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise Unavailable(
                    (folder / 'log').read_text(encoding='utf-8').strip()
                    or 'the sandbox did not start'
                )
            yield cls(process, json.loads(line), folder)
        finally:
            process.kill()
            process.communicate()
            if directory is None:
                shutil.rmtree(folder, ignore_errors=True)

    def run(
        self,
        argv: Sequence[str],
        env: Optional[Mapping[str, Optional[str]]] = None,
        cwd: Optional[os.PathLike[str]] = None,
        timeout: float = COMMAND_SECONDS,
        stdin: Optional[str] = None,
    ) -> Finished:
        """Run a command inside; `env` adds variables, or removes them with None."""
        variables = self.variables(env)
        with contextlib.ExitStack() as stack:
            folder = str(cwd or stack.enter_context(tempfile.TemporaryDirectory(prefix='empty-')))
            # Entering the mount namespace resets the working directory, so the shell changes to it
            # inside. PATH is set inside, too: nsenter must be found by the machine's own PATH.
            path, variables['PATH'] = (
                variables.get('PATH', ''),
                os.environ.get('PATH', os.defpath),
            )
            inside = ['sh', '-c', 'cd "$0" && PATH=$1 && shift && exec "$@"', folder, path, *argv]
            begun = time.monotonic()
            process = _Measured(
                [*self.info['enter'], *inside],
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=variables,
                text=True,
                errors='replace',
                encoding='utf-8',
                start_new_session=True,
            )
            code: Optional[int] = None
            try:
                output, errors = process.communicate(stdin, timeout)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, errors = process.communicate()
            return Finished(code, output, errors, time.monotonic() - begun, process.peak)

    def variables(self, env: Optional[Mapping[str, Optional[str]]] = None) -> dict[str, str]:
        """Return the variables of a command inside; `env` is as for `run`."""
        together = {**azure_cli.without_unwanted(os.environ), **self.environment, **(env or {})}
        return {name: value for name, value in together.items() if value is not None}

    def az(
        self,
        *arguments: str,
        config: Optional[os.PathLike[str]] = None,
        login: bool = True,
        tokens: bool = True,
        env: Optional[Mapping[str, Optional[str]]] = None,
        **options: Any,
    ) -> Finished:
        """Run the Azure CLI in an empty folder with its own configuration, signed in by default."""
        with contextlib.ExitStack() as stack:
            if config is None:
                parent = stack.enter_context(tempfile.TemporaryDirectory(prefix='azure-'))
                config = self.config_dir(pathlib.Path(parent) / 'config', login, tokens)
            return self.run(
                az_command(*arguments),
                env={**self.cli_environment(pathlib.Path(config)), **(env or {})},
                **options,
            )

    def config_dir(
        self, path: pathlib.Path, login: bool = True, tokens: bool = True
    ) -> pathlib.Path:
        """Make an AZURE_CONFIG_DIR: by default signed in, with its tokens cached."""
        shutil.copytree(self.prepare(login), path)
        if not tokens:
            for cache in (*path.glob('msal_token_cache*'), *path.glob('msal_http_cache*')):
                cache.unlink()
        return pathlib.Path(path)

    def prepare(self, login: bool = True) -> pathlib.Path:
        """Sign in once, so that a fault that is switched on later doesn't affect it."""
        key = f'{login} {self.extension_dir}'
        if key not in self._templates:
            self._templates[key] = self._template(login)
        return self._templates[key]

    def app_service_environment(self) -> dict[str, str]:
        """Return the variables of a machine of App Service, with the assigned identities."""
        return dict(self.call('GET', 'info')['appService'])

    def pod_environment(
        self, client_id: str, token_file: pathlib.Path, **token: Any
    ) -> dict[str, str]:
        """Write a service account's token and return the variables of a pod that uses it."""
        token_file.write_text(self.issue_service_account_token(**token), encoding='ascii')
        return {
            'AZURE_CLIENT_ID': client_id,
            'AZURE_TENANT_ID': cloud.TENANT,
            'AZURE_FEDERATED_TOKEN_FILE': str(token_file),
            'AZURE_AUTHORITY_HOST': AUTHORITY,
        }

    def service_principal_environment(self, application: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables of a pipeline that has an application's secret."""
        return {
            'AZURE_CLIENT_ID': application['clientId'],
            'AZURE_TENANT_ID': application['tenantId'],
            'AZURE_CLIENT_SECRET': application['secret'],
            'AZURE_AUTHORITY_HOST': AUTHORITY,
        }

    def _template(self, login: bool) -> pathlib.Path:
        """Sign in, and let the CLI index its commands.

        Every test starts from a copy.
        """
        # The first test of a worker may have switched faults on already; they must not affect this.
        faults = self.faults()
        self.clear_faults()
        template = azure_cli.write_config(
            pathlib.Path(tempfile.mkdtemp(prefix='template-', dir=self.directory))
        )
        sign_in = azure_cli.login_arguments(
            self.info['app'], self.info['secret'], self.info['tenant']
        )
        commands = [[*sign_in, '-o', 'none']] if login else []
        for arguments in (*commands, ['acr', 'check-health', '--help']):
            done = self.run(az_command(*arguments), env=self.cli_environment(template))
            if done.code != 0:
                raise RuntimeError(f'az {arguments[0]} failed: {done.stderr}')
        for place, fault in faults.items():
            self.set_fault(place, fault['spec'], fault['times'])
        self.clear_requests()
        return template

    def cli_environment(self, config: pathlib.Path) -> dict[str, str]:
        """Return the variables with which `az` uses a configuration and the extension."""
        extensions = self.extension_dir or self.directory / 'no-extensions'
        return {'AZURE_CONFIG_DIR': str(config), 'AZURE_EXTENSION_DIR': str(extensions)}
