# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Starts a sandbox and steers it: what the acceptance tests, the demo and the benchmarks hold in their hands."""
from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Sequence

from . import azurecli

PROJECT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS, COMMAND_SECONDS = 30.0, 120.0
# Another CLI than this interpreter's own: CI uses it for the oldest one that is supported.
CLI_PYTHON = 'ACRHEALTH_TEST_CLI_PYTHON'


class Unavailable(Exception):
    """No sandbox can run here; the text says what is missing."""


class Finished(NamedTuple):
    """A command that ended; `code` is None when it was killed at its time limit."""

    code: Optional[int]
    stdout: str
    stderr: str
    seconds: float

    @property
    def json(self) -> Any:
        """Return the standard output as JSON."""
        return json.loads(self.stdout)


class _Connection(http.client.HTTPConnection):
    """HTTP over the control socket, which a network namespace does not hide."""

    def __init__(self, path: str) -> None:
        super().__init__('control.sandbox.test', timeout=30)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket in the file system."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Sandbox:
    """A sandbox in a process of its own, and the commands run inside it."""

    def __init__(self, process: subprocess.Popen[str], info: dict[str, Any], directory: pathlib.Path) -> None:
        self._process, self.info, self.directory = process, info, directory
        self.environment: dict[str, str] = info['environment']
        self.extension_dir: Optional[pathlib.Path] = None
        self._templates: dict[str, pathlib.Path] = {}
        self._control: Optional[_Connection] = None

    @classmethod
    @contextlib.contextmanager
    def start(cls, directory: Optional[pathlib.Path] = None) -> Iterator['Sandbox']:
        """Run a sandbox for the length of a `with` block."""
        folder = pathlib.Path(directory or tempfile.mkdtemp(prefix='acrhealth-sandbox-'))
        process = subprocess.Popen([sys.executable, '-m', 'tests.sandbox', '--json', '--directory', str(folder)],
                                   cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=(folder / 'log').open('w'), text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise Unavailable((folder / 'log').read_text(encoding='utf-8').strip() or 'the sandbox did not start')
            yield cls(process, json.loads(line), folder)
        finally:
            process.kill()
            process.communicate()
            if directory is None:
                shutil.rmtree(folder, ignore_errors=True)

    # What is steered

    def fault(self, place: str, spec: str, times: Optional[int] = None) -> None:
        """Switch a fault on at `stage` or `stage@registry-or-host`, for so many times or until cleared."""
        self.control('PUT', '/faults', {'place': place, 'spec': spec, 'times': times})

    def clear(self, place: Optional[str] = None) -> None:
        """Switch one fault off, or all."""
        self.control('DELETE', '/faults' + (f'?place={urllib.parse.quote(place)}' if place else ''))

    def reset(self) -> None:
        """Go back to the default world and forget the requests."""
        self.control('POST', '/reset')

    def registry(self, name: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change a registry's ARM resource by a merge patch and return it."""
        return dict(self.control('PATCH', f'/registries/{name}', patch))

    def resource(self, identifier: str, value: Optional[Mapping[str, Any]] = None) -> None:
        """Put an ARM resource, or take it away when no value is given."""
        self.control('PUT' if value is not None else 'DELETE', f'/resources{urllib.parse.quote(identifier)}', value)

    def grants(self, registry: str, permissions: Optional[Sequence[str]] = None,
               repositories: Optional[Mapping[str, Sequence[str]]] = None, catalog: Optional[bool] = None,
               login: bool = True) -> None:
        """Set the rights of the signed-in identity: the registry's (`read`, `write`, …), a repository's actions."""
        self.control('PUT', f'/grants/{registry}', {'permissions': permissions, 'repositories': repositories,
                                                    'catalog': catalog, 'login': login})

    def dns(self, name: str, a: Sequence[str] = (), aaaa: Sequence[str] = (), cname: Sequence[str] = (),
            answer: Optional[str] = None, slow: float = 0) -> None:
        """Set what a name answers: records, or nxdomain, nodata, servfail, refused, silent."""
        self.control('PUT', f'/dns/{name}', {'a': list(a), 'aaaa': list(aaaa), 'cname': list(cname), 'answer': answer,
                                             'slow': slow})

    def address(self, address: str, answer: str = 'serve') -> None:
        """Make an address of the sandbox's own machine answer: serve, refuse or silent."""
        self.control('POST', '/addresses', {'address': address, 'answer': answer})

    def settings(self, **values: Any) -> None:
        """Change settings: pageSize."""
        self.control('PUT', '/settings', values)

    def users(self, registry: str, **passwords: str) -> None:
        """Give a registry users with passwords."""
        self.control('PUT', f'/users/{registry}', passwords)

    def image(self, registry: str, name: str, tag: str, **properties: Any) -> str:
        """Store a small image (`text`, `architecture`, `size` of its padding) and return its digest."""
        return str(self.control('PUT', f'/images/{registry}', {'name': name, 'tag': tag, **properties})['digest'])

    # What was seen

    def requests(self, stage: Optional[str] = None, host: Optional[str] = None) -> list[dict[str, Any]]:
        """Return the requests seen, oldest first."""
        return [one for one in self.control('GET', '/requests')
                if stage in (None, one['stage']) and host in (None, one['host'])]

    def forget(self) -> None:
        """Forget requests, connections and DNS questions."""
        self.control('DELETE', '/requests')

    def connections(self) -> dict[str, Any]:
        """Return `accepted`, `handshakes`, `failedHandshakes` by host and `addresses`."""
        return dict(self.control('GET', '/connections'))

    def queries(self) -> list[dict[str, Any]]:
        """Return the DNS questions, oldest first."""
        return list(self.control('GET', '/queries'))

    def secrets(self) -> list[str]:
        """Return every token, password and signature issued so far."""
        return list(self.control('GET', '/secrets'))

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control endpoint; ValueError with its text when it refuses."""
        self._control = self._control or _Connection(self.info['socket'])
        self._control.request(method, path, json.dumps(value) if value is not None else None)
        response = self._control.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise ValueError(answer.get('error'))
        return answer

    # What runs inside

    def run(self, argv: Sequence[str], env: Optional[Mapping[str, Optional[str]]] = None,
            cwd: Optional[os.PathLike[str]] = None, timeout: float = COMMAND_SECONDS,
            stdin: Optional[str] = None) -> Finished:
        """Run a command inside; `env` adds variables, or takes them away with None."""
        variables = {**azurecli.without_unwanted(os.environ), **self.environment, **(env or {})}
        with contextlib.ExitStack() as stack:
            folder = str(cwd or stack.enter_context(tempfile.TemporaryDirectory(prefix='empty-')))
            # Entering the mount namespace leaves the working directory behind: it is taken up again there.
            inside = ['sh', '-c', 'cd "$0" && exec "$@"', folder, *argv]
            begun = time.monotonic()
            process = subprocess.Popen([*self.info['enter'], *inside], stdin=subprocess.PIPE if stdin is not None
                                       else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env={name: value for name, value in variables.items() if value is not None},
                                       text=True, errors='replace', encoding='utf-8', start_new_session=True)
            code: Optional[int] = None
            try:
                output, errors = process.communicate(stdin, timeout)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, errors = process.communicate()
            return Finished(code, output, errors, time.monotonic() - begun)

    def az(self, *arguments: str, config: Optional[os.PathLike[str]] = None, login: bool = True, tokens: bool = True,
           env: Optional[Mapping[str, Optional[str]]] = None, **options: Any) -> Finished:
        """Run the Azure CLI in an empty folder with a configuration of its own, signed in unless told."""
        with contextlib.ExitStack() as stack:
            if config is None:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix='azure-'))
                config = self.config_dir(pathlib.Path(place) / 'config', login, tokens)
            return self.run([*self._cli(), *arguments], env={**self._cli_environment(pathlib.Path(config)),
                                                             **(env or {})}, **options)

    def config_dir(self, path: pathlib.Path, login: bool = True, tokens: bool = True) -> pathlib.Path:
        """Make an AZURE_CONFIG_DIR: signed in unless told, with its tokens cached unless told."""
        key = f'{login} {self.extension_dir}'
        if key not in self._templates:
            self._templates[key] = self._template(login)
        shutil.copytree(self._templates[key], path)
        if not tokens:
            for cache in (*path.glob('msal_token_cache*'), *path.glob('msal_http_cache*')):
                cache.unlink()
        return pathlib.Path(path)

    def _template(self, login: bool) -> pathlib.Path:
        """Sign in once, and let the CLI index its commands once; every test then starts from a copy."""
        template = azurecli.write_config(pathlib.Path(tempfile.mkdtemp(prefix='template-', dir=self.directory)))
        arguments = azurecli.login_arguments(self.info['app'], self.info['secret'], self.info['tenant'])
        work = [[*arguments, '-o', 'none']] if login else []
        for one in (*work, ['acr', 'check-health', '--help']):
            done = self.run([*self._cli(), *one], env=self._cli_environment(template))
            if done.code != 0:
                raise RuntimeError(f'az {one[0]} failed: {done.stderr}')
        self.forget()
        return template

    def _cli_environment(self, config: pathlib.Path) -> dict[str, Optional[str]]:
        extensions = self.extension_dir or self.directory / 'no-extensions'
        return {'AZURE_CONFIG_DIR': str(config), 'AZURE_EXTENSION_DIR': str(extensions)}

    @staticmethod
    def _cli() -> list[str]:
        return [os.environ.get(CLI_PYTHON) or sys.executable, '-m', 'azure.cli']
