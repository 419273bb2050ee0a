# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run the real `az` from a process that has loaded the CLI's libraries already, and forks.

Each run is a process of its own: it has its own arguments, environment, working directory, session
and standard streams, it executes `azure.cli.__main__`, and it ends as Python ends. It shares only
third-party libraries that the server imported before. `azure.cli` and `knack` aren't among them,
because their import reads the environment, and neither is any extension.
"""

from __future__ import annotations

import array
import contextlib
import json
import math
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from tests.acceptance import azfork_server
from tests.sandbox.control.sandbox import COMMAND_SECONDS, Finished, Sandbox, az_command

# A line of `python -X importtime`: the module's name comes last.
IMPORTED = re.compile(r'^import time: +\d+ \| +\d+ \| +([\w.]+)$', re.MULTILINE)
# The interpreter, the C library or a library reads these only once, when it starts.
READ_AT_START = ('PYTHON', 'LD_', 'LC_', 'LANG', 'TZ', 'OPENSSL_', 'CRYPTOGRAPHY_', 'MALLOC_')

# What a pipe holds without a reader (pipe(7)): 64 KiB, less where pipes are many.
LONGEST_STDIN = 4096


class ForkServer:
    """A server in the namespaces of a sandbox, and its client."""

    def __init__(
        self, sandbox: Sandbox, address: pathlib.Path, python: str, variables: Sequence[str]
    ) -> None:
        self._sandbox, self._address, self._python = sandbox, address, python
        # Preloaded libraries have read these variables: a run that sets one of them isn't forked.
        self.fixed_variables = frozenset(variables)

    @classmethod
    @contextlib.contextmanager
    def start(cls, sandbox: Sandbox, modules: Sequence[str]) -> Iterator['ForkServer']:
        """Run a server that has loaded modules, for the length of a `with` block.

        Raises RuntimeError when it doesn't start.
        """
        python = az_command()[0]
        with tempfile.TemporaryDirectory(prefix='azfork-') as folder:
            address = pathlib.Path(folder) / 'socket'
            process = subprocess.Popen(
                [*sandbox.info['enter'], python, azfork_server.__file__, str(address)],
                env=sandbox.variables(),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            try:
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(json.dumps([*modules]) + '\n')
                process.stdin.flush()
                variables = process.stdout.readline()
                if not variables:
                    raise RuntimeError('the fork server did not start')
                yield cls(sandbox, address, python, json.loads(variables))
            finally:
                process.kill()
                process.communicate()

    def serves(self, env: Mapping[str, Optional[str]]) -> bool:
        """Return whether a run with these variables is the same as in a new interpreter."""
        current = az_command()[0]
        return current == self._python and not any(
            name in self.fixed_variables or name.startswith(READ_AT_START) for name in env
        )

    def run(
        self,
        arguments: Sequence[str],
        env: Mapping[str, Optional[str]],
        cwd: Optional[os.PathLike[str]] = None,
        timeout: float = COMMAND_SECONDS,
        stdin: Optional[str] = None,
    ) -> Finished:
        """Run `az` with these arguments, as `Sandbox.run` runs a command."""
        with contextlib.ExitStack() as stack:
            folder = str(cwd or stack.enter_context(tempfile.TemporaryDirectory(prefix='empty-')))
            connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            connection.connect(str(self._address))
            streams, ends = _streams(stack, stdin)
            request = {'argv': [*arguments], 'env': self._sandbox.variables(env), 'cwd': folder}
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', ends))]
            begun = time.monotonic()
            connection.sendmsg([json.dumps(request).encode()], rights)
            pid = int(connection.recv(64))
            for end in ends:
                os.close(end)
            complete = _read(streams, begun + timeout)
            if not complete:
                os.killpg(pid, signal.SIGKILL)
                _read(streams, math.inf)
            code, peak = json.loads(connection.recv(64))
            output, errors = (_text(stream.content) for stream in streams)
            seconds = time.monotonic() - begun
            return Finished(code if complete else None, output, errors, seconds, peak)


class _Stream:
    """The reading end of a pipe, and what was read from it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.content = descriptor, b''


def _streams(stack: contextlib.ExitStack, stdin: Optional[str]) -> tuple[list[_Stream], list[int]]:
    """Return our ends of the output and error pipes, and the run's ends of all three streams."""
    if stdin is None:
        ends = [os.open(os.devnull, os.O_RDONLY)]
    else:
        reading, writing = os.pipe()
        os.write(writing, stdin.encode())
        os.close(writing)
        ends = [reading]
    streams = []
    for _ in range(2):
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        streams.append(_Stream(reading))
        ends.append(writing)
    return streams, ends


def _read(streams: Sequence[_Stream], until: float) -> bool:
    """Read all streams to their ends, and return whether they ended in time."""
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream.descriptor, selectors.EVENT_READ, stream)
        while selector.get_map():
            left = None if until == math.inf else until - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in selector.select(left):
                content = os.read(key.fd, 1 << 16)
                key.data.content += content
                if not content:
                    selector.unregister(key.fd)
    return True


def _text(content: bytes) -> str:
    """Decode an output as a text stream of subprocess does."""
    return content.decode('utf-8', 'replace').replace('\r\n', '\n').replace('\r', '\n')


def run_with_imports(
    sandbox: Sandbox, config: pathlib.Path, *arguments: str, **variables: str
) -> tuple[Finished, list[str]]:
    """Run `az` in a new interpreter, and return what it imports, in order, as Python reports it."""
    python, *command = az_command(*arguments)
    env = {**sandbox.cli_environment(config), **variables}
    finished = sandbox.run([python, '-X', 'importtime', *command], env=env)
    return finished, IMPORTED.findall(finished.stderr)


def loaded_modules(sandbox: Sandbox) -> list[str]:
    """Return what two plain runs import, in order."""
    modules: dict[str, None] = {}
    for arguments in (('--image', 'hello:v1'), ('--only', 'usage', 'replicas')):
        with tempfile.TemporaryDirectory(prefix='azfork-') as folder:
            config = sandbox.config_dir(pathlib.Path(folder) / 'config', tokens=False)
            command = ('acrhealth', 'check', '-n', 'contoso', *arguments, '-o', 'json')
            _, imported = run_with_imports(sandbox, config, *command)
            modules.update(dict.fromkeys(imported))
    return [name for name in modules if azfork_server.may_preload(name)]


def is_supported() -> bool:
    """Return whether this system can wait for a process by a descriptor (Linux 5.3)."""
    return hasattr(os, 'pidfd_open')


def install(sandbox: Sandbox, server: ForkServer) -> None:
    """Let a sandbox's `az` go through a server wherever that is the same."""
    plain = sandbox.run

    def run(argv: Sequence[str], env: Any = None, **options: Any) -> Finished:
        command = az_command()
        short = len((options.get('stdin') or '').encode()) <= LONGEST_STDIN
        if short and list(argv[: len(command)]) == command and server.serves(env or {}):
            return server.run(argv[len(command) :], env or {}, **options)
        return plain(argv, env, **options)

    sandbox.run = run  # type: ignore[method-assign]


@contextlib.contextmanager
def suspended(sandbox: Sandbox) -> Iterator[None]:
    """Run each `az` of a sandbox in a new interpreter for the length of a `with` block."""
    forked = vars(sandbox).pop('run', None)
    try:
        yield
    finally:
        if forked is not None:
            sandbox.run = forked  # type: ignore[method-assign]
