# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The server of `azfork`: it imports libraries, and forks a process for each run of `az`.

It runs by itself under the Python of the CLI, so it imports nothing of the tests.
Usage: python azfork_server.py SOCKET, with a JSON list of modules as a line on standard input.
"""

from __future__ import annotations

import _thread
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

# Their import reads the environment, or they are what is tested.
NEVER_PRELOADED = ('azure.cli', 'knack', 'azext_acrhealth', 'azext_metadata', 'tests')
LONGEST_REQUEST = 1 << 20


def may_preload(name: str) -> bool:
    """Return whether a module's import depends on nothing that differs between runs."""
    packages = NEVER_PRELOADED
    return not any(name == package or name.startswith(f'{package}.') for package in packages)


def preload(modules: Sequence[str]) -> list[str]:
    """Import modules, and return the environment variables that their import read."""
    environment, variables = type(os.environ), set()
    read = environment.__getitem__

    def record(self: Any, name: str) -> str:
        variables.add(name)
        return read(self, name)

    environment.__getitem__ = record  # type: ignore[method-assign]
    try:
        for name in modules:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    finally:
        environment.__getitem__ = read  # type: ignore[method-assign]
    forbidden = [name for name in sys.modules if not may_preload(name)]
    assert not forbidden, forbidden
    # Also threads that were started without threading.
    assert _thread._count() == 0, 'a fork would lose the other threads'
    return sorted(variables)


def serve(address: str, modules: Sequence[str]) -> dict[str, Any]:
    """Serve requests until standard input ends.

    Return, in each forked child alone, the request that it carries out.
    """
    variables = preload(modules)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen(8)
    print(json.dumps(variables), flush=True)
    gc.collect()
    gc.freeze()
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    # Standard input ends when the client ends, however it ends.
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                text, descriptors, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 3)
                pid = os.fork()
                if not pid:
                    for stream in (listener, connection, selector):
                        stream.close()
                    for watched, (_, other) in running.items():
                        os.close(watched)
                        other.close()
                    return {**json.loads(text), 'streams': descriptors}
                for descriptor in descriptors:
                    os.close(descriptor)
                connection.send(str(pid).encode())
                watched = os.pidfd_open(pid)
                running[watched] = (pid, connection)
                selector.register(watched, selectors.EVENT_READ)
            elif key.fileobj == sys.stdin.fileno():
                os._exit(0)  # pylint: disable=protected-access
            else:
                assert isinstance(key.fileobj, int)
                selector.unregister(key.fileobj)
                os.close(key.fileobj)
                pid, connection = running.pop(key.fileobj)
                _, status, usage = os.wait4(pid, 0)
                ended = [os.waitstatus_to_exitcode(status), usage.ru_maxrss // 1024]
                # The client may be gone.
                with connection, contextlib.suppress(BrokenPipeError):
                    connection.send(json.dumps(ended).encode())


def become_az(request: Mapping[str, Any]) -> NoReturn:
    """Take over a request's streams, session, folder and variables, and execute `azure.cli`."""
    os.setsid()
    for number, descriptor in enumerate(request['streams']):
        os.dup2(descriptor, number)
        os.close(descriptor)
    for name, mode in (('stdin', 'r'), ('stdout', 'w'), ('stderr', 'w')):
        stream = open(  # pylint: disable=consider-using-with
            ('stdin', 'stdout', 'stderr').index(name),
            mode,
            encoding='utf-8',
            errors='backslashreplace' if name == 'stderr' else 'strict',
            closefd=False,
        )
        if name == 'stderr':
            stream.reconfigure(line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f'__{name}__', stream)
    os.chdir(request['cwd'])
    os.environ.clear()
    os.environ.update(request['env'])
    sys.argv = ['azure.cli', *request['argv']]
    # As `python -m` does: the current folder comes first.
    sys.path[0] = os.getcwd()
    importlib.invalidate_caches()
    runpy.run_module('azure.cli', run_name='__main__', alter_sys=True)
    sys.exit()


if __name__ == '__main__':
    become_az(serve(sys.argv[1], json.loads(sys.stdin.readline())))
