# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A limit of this machine is told from every other failure, at each place that opens something."""

from __future__ import annotations

import errno
import mmap
import os
import ssl
import subprocess
import sys
import urllib.error
from types import SimpleNamespace

import pytest
import requests

from azext_acrhealth import machine_limits
from azext_acrhealth.machine_limits import (
    MEMORY_PER_WORKER,
    PER_WORKER,
    RESERVED,
    RESERVED_MEMORY,
    most_workers,
    raise_limit,
    raise_limit_of_program,
    raise_start_limit,
    reserve_files,
    reserve_memory,
)
from azext_acrhealth.protocols import LimitReached

posix = pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such limit')


@pytest.mark.parametrize(
    'error, kind',
    [
        (OSError(errno.EMFILE, 'Too many open files'), 'TooManyOpenFiles'),
        (OSError(errno.ENFILE, 'Too many open files in system'), 'TooManyOpenFiles'),
        (OSError(10024, 'WSAEMFILE'), 'TooManyOpenFiles'),
        (OSError(errno.ENOMEM, 'Cannot allocate memory'), 'OutOfMemory'),
        (OSError(errno.ENOBUFS, 'No buffer space available'), 'OutOfMemory'),
        (MemoryError(), 'OutOfMemory'),
        (requests.ConnectionError(OSError(errno.EMFILE, 'x')), 'TooManyOpenFiles'),
        (urllib.error.URLError(OSError(errno.EMFILE, 'x')), 'TooManyOpenFiles'),
        (LimitReached('OutOfMemory', 'x'), 'OutOfMemory'),
        (RuntimeError("can't start new thread"), 'TooManyProcesses'),
        (ImportError('_ssl.so: failed to map segment from shared object'), 'OutOfMemory'),
        (
            ImportError('_ssl.so: cannot open shared object file: Too many open files'),
            'TooManyOpenFiles',
        ),
        (ssl.SSLError(1, '[SSL] malloc failure (_ssl.c:3000)'), 'OutOfMemory'),
    ],
)
def test_a_limit(error, kind):
    with pytest.raises(LimitReached) as caught:
        raise_limit(error)
    assert caught.value.kind == kind and str(caught.value)


def test_a_limit_behind_another_error():
    try:
        try:
            raise OSError(errno.EMFILE, 'Too many open files')
        except OSError as error:
            raise ValueError('unreadable') from error
    except ValueError as error:
        with pytest.raises(LimitReached):
            raise_limit(error)


@pytest.mark.parametrize(
    'error',
    [
        ConnectionRefusedError(errno.ECONNREFUSED, 'refused'),
        OSError(errno.ENETUNREACH, 'unreachable'),
        OSError('no number'),
        BlockingIOError(errno.EAGAIN, 'would block'),
        ValueError('odd'),
        RuntimeError('odd'),
        ImportError('no module'),
        ImportError('libgomp.so.1: cannot allocate memory in static TLS block'),
        SystemError('odd'),
        ssl.SSLError(1, '[SSL] odd'),
        requests.ConnectionError('odd'),
    ],
)
def test_other_errors(error):
    error.__context__ = error  # a chain that has no end
    raise_limit(error)


def test_a_start_that_the_system_refuses_for_now():
    with pytest.raises(LimitReached, match='unavailable') as caught:
        raise_start_limit(BlockingIOError(errno.EAGAIN, 'Resource temporarily unavailable'))
    assert caught.value.kind == 'TooManyProcesses'
    raise_start_limit(PermissionError(errno.EACCES, 'denied'))


# What programs print without memory or threads; recorded from docker 27 (Go 1.22), notary, dash,
# bash and Python under `ulimit -v` and `ulimit -u`.
@pytest.mark.parametrize(
    'stderr, kind',
    [
        ('fatal error: failed to reserve page summary memory\n\nruntime stack:', 'OutOfMemory'),
        ('runtime: out of memory: cannot allocate 4194304-byte block', 'OutOfMemory'),
        ('fatal error: runtime: cannot allocate memory\n\nruntime stack:', 'OutOfMemory'),
        (
            'docker: error while loading shared libraries: libc.so.6: failed to map segment from '
            'shared object',
            'OutOfMemory',
        ),
        ('/bin/cat: memory exhausted', 'OutOfMemory'),
        ('x' * 99999 + '\nMemoryError', 'OutOfMemory'),
        ('sh: 1: Cannot fork', 'TooManyProcesses'),
        ('bash: fork: retry: Resource temporarily unavailable', 'TooManyProcesses'),
        ('x: bash: fork: Cannot allocate memory', 'OutOfMemory'),
        (
            'runtime: failed to create new OS thread (have 2 already; errno=11)\n'
            'runtime: may need to increase max user processes (ulimit -u)\n'
            'fatal error: newosproc',
            'TooManyProcesses',
        ),
        (
            'runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort',
            'TooManyProcesses',
        ),
        ('runtime/cgo: pthread_create failed: Cannot allocate memory\nSIGABRT', 'OutOfMemory'),
        ('runtime/cgo: out of memory in thread_start', 'OutOfMemory'),
        (
            'error getting credentials: fork/exec /usr/bin/docker-credential-x: resource '
            'temporarily unavailable',
            'TooManyProcesses',
        ),
        ('fork/exec /usr/bin/ssh: cannot allocate memory', 'OutOfMemory'),
        ('Traceback (most recent call last):\nMemoryError', 'OutOfMemory'),
    ],
)
def test_what_a_program_reports(stderr, kind):
    with pytest.raises(LimitReached, match='^docker: ') as caught:
        raise_limit_of_program('docker', f'WARNING: odd\n{stderr}\n')
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    'stderr',
    [
        '',
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.',
        'Error response from daemon: layer: cannot allocate memory',
        'Error response from daemon: out of memory',
        'fatal error: all goroutines are asleep - deadlock!',
        'x: error while loading shared libraries: y.so: cannot allocate memory in static TLS block',
    ],
)
def test_what_a_program_reports_otherwise(stderr):
    raise_limit_of_program('docker', stderr)


# Each opens something when no more files can be opened; it runs in a process of its own.
OPENERS = {
    'name': "dns.resolve('registry.invalid', end)",
    'tcp': "tcp.connect_tcp(['127.0.0.1'], 9, end)",
    'proxy': (
        "proxy_tunnel.connect(Proxy('http', '127.0.0.1', 9, None, None), 'a.test', [], 443, end)"
    ),
    'tool': "process.CommandRunner().run(['/bin/true'], end)",
    'file': "docker_config._read_bytes('/etc/hostname')",
}
PROGRAM = """
import os, resource, socket, sys, time
from azext_acrhealth.probes.http import dns, proxy_tunnel, tcp, tls
from azext_acrhealth.probes.http.proxy_and_trust import Proxy
from azext_acrhealth.probes.local import docker_config, process
from azext_acrhealth.machine_limits import LimitReached
import encodings.idna, ssl, certifi, requests, http.client
from azext_acrhealth.probes.http.proxy_and_trust import trust
from azext_acrhealth.probes.http.tls import context_for
context_for(trust())
end = time.monotonic() + 20
def open_():
    return {opener}
open_()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
try:
    print(open_())
except LimitReached as error:
    print(error.kind)
"""


@posix
@pytest.mark.parametrize('name', OPENERS)
def test_each_place_that_opens_something(name):
    program = PROGRAM.format(opener=OPENERS[name])
    finished = subprocess.run(
        [sys.executable, '-c', program],
        capture_output=True,
        text=True,
        cwd=os.getcwd(),
        check=False,
    )
    assert finished.stdout.strip() == 'TooManyOpenFiles', finished.stderr


@pytest.mark.parametrize(
    'files, memory, workers',
    [
        (RESERVED + 32 * PER_WORKER, None, 32),
        (1 << 20, None, 32),
        (RESERVED + 3 * PER_WORKER, None, 3),
        (10, None, 1),
        (None, None, 32),
        (None, RESERVED_MEMORY + 5 * MEMORY_PER_WORKER, 5),
        (RESERVED + 3 * PER_WORKER, RESERVED_MEMORY + 5 * MEMORY_PER_WORKER, 3),
        (None, 1, 1),
    ],
)
def test_workers(monkeypatch, files, memory, workers):
    limits = {'RLIMIT_NOFILE': files, 'RLIMIT_AS': memory}
    monkeypatch.setattr(machine_limits, '_limit_on', limits.get)
    assert most_workers(32) == workers


@posix
def test_limits_of_the_system(monkeypatch):
    import resource

    monkeypatch.setattr(resource, 'getrlimit', lambda _: (7, 9))
    assert machine_limits._limit_on('RLIMIT_AS') == 7
    monkeypatch.setattr(resource, 'getrlimit', lambda _: (resource.RLIM_INFINITY, 9))
    assert machine_limits._limit_on('RLIMIT_AS') is None


def test_windows_has_no_limits_of_a_process(monkeypatch):
    monkeypatch.setitem(sys.modules, 'resource', None)
    assert machine_limits._limit_on('RLIMIT_NOFILE') is None and most_workers(32) == 32


class FakeMemory:
    """Memory as `mmap` reserves it, with the sizes that are reserved now."""

    held: list[int] = []

    def __init__(self, _, size):
        self.size = size
        self.held.append(size)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.remove(self.size)


@pytest.mark.parametrize('limit, size', [(None, 0), (1 << 30, 64 << 20)])
def test_memory_is_kept_for_the_result(monkeypatch, limit, size):
    options = []
    library = SimpleNamespace(mallopt=lambda *values: options.append(values))
    monkeypatch.setattr(machine_limits, '_limit_on', lambda _: limit)
    monkeypatch.setattr('mmap.mmap', FakeMemory)
    monkeypatch.setattr('ctypes.CDLL', lambda _: library)
    with reserve_memory():
        assert sum(FakeMemory.held) == size
    assert FakeMemory.held == [] and options == ([(-8, 1)] if size else [])


def test_a_system_without_memory_to_keep(monkeypatch):
    monkeypatch.setattr(machine_limits, '_limit_on', lambda _: 1 << 30)
    monkeypatch.setattr(machine_limits, '_MEMORY_FOR_RESULT', 1 << 62)
    monkeypatch.setattr('ctypes.CDLL', lambda _: object())
    reserved, reserve = [], mmap.mmap
    monkeypatch.setattr('mmap.mmap', lambda *size: reserved.append(size) or reserve(*size))
    with pytest.raises((OSError, MemoryError)):
        reserve(-1, 1 << 62)
    with reserve_memory():
        assert reserved == [(-1, 1 << 62)]


def test_workers_where_there_is_no_such_limit(monkeypatch):
    monkeypatch.setitem(sys.modules, 'resource', None)
    assert most_workers(32) == 32


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='only Linux has /proc')
def test_open_files_are_reserved() -> None:
    def count() -> int:
        return len(os.listdir('/proc/self/fd'))

    before = count()
    with pytest.raises(ValueError), reserve_files():
        assert count() == before + 2
        raise ValueError
    assert count() == before


def test_no_file_is_left_to_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EMFILE, 'Too many open files')

    monkeypatch.setattr(os, 'open', refuse)
    with reserve_files():
        pass
