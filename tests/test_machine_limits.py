# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A limit of this machine is told from every other failure, at each place that opens something."""

from __future__ import annotations

import _thread
import errno
import os
import ssl
import subprocess
import sys
import urllib.error
from unittest.mock import patch

import pytest
import requests

from azext_acrhealth import machine_limits
from azext_acrhealth.machine_limits import (
    MEMORY_PER_WORKER,
    PER_WORKER,
    RESERVED,
    RESERVED_MEMORY,
    economy,
    most_workers,
    raise_limit,
    raise_limit_of_program,
    raise_start_limit,
    start,
)
from azext_acrhealth.probes import deadlines
from azext_acrhealth.protocols import LimitReached
from tests.probes.clock import eventually, soon

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


def test_no_thread_is_left(monkeypatch):
    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(machine_limits._thread, 'start_new_thread', refuse)
    with pytest.raises(LimitReached) as caught:
        start(int)
    assert caught.value.kind == 'TooManyProcesses'
    with pytest.raises(LimitReached):
        deadlines.background(int)


def test_a_thread_that_dies_before_it_begins(monkeypatch):
    begin = machine_limits._thread.start_new_thread

    def without_memory(_, arguments):
        assert len(arguments) == 3
        return begin(lambda *_: None, arguments)  # its arguments end with it

    monkeypatch.setattr(machine_limits._thread, 'start_new_thread', without_memory)
    with pytest.raises(LimitReached, match='no memory for a thread') as caught:
        start(int)
    assert caught.value.kind == 'OutOfMemory'


def test_a_thread_that_waits_for_a_processor_is_no_failure(monkeypatch):
    monkeypatch.setattr(machine_limits, '_BEGINS', 0.01)
    monkeypatch.setattr(machine_limits._thread, 'start_new_thread', lambda *_: held.append(_))
    held = []
    start(int)
    assert held


@pytest.mark.parametrize('error', [MemoryError(), RuntimeError("can't start new thread")])
def test_a_thread_without_memory_prints_nothing(capfd, error):
    def work():
        raise error

    with patch.object(sys, 'unraisablehook', sys.__unraisablehook__):
        machine_limits._hide_limits_of_threads.cache_clear()
        before = _thread._count()
        start(work)
        assert eventually(lambda: _thread._count() <= before, 20)
    assert capfd.readouterr().err == ''


def test_other_errors_of_threads_are_printed(capfd):
    def work():
        raise ValueError('odd')

    with patch.object(sys, 'unraisablehook', sys.__unraisablehook__):
        machine_limits._hide_limits_of_threads.cache_clear()
        before = _thread._count()
        start(work)
        assert eventually(lambda: _thread._count() <= before, 20)
    assert 'ValueError: odd' in capfd.readouterr().err


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
    ],
)
def test_what_a_program_reports_otherwise(stderr):
    raise_limit_of_program('docker', stderr)


# Each opens something when no more files can be opened; it runs in a process of its own.
OPENERS = {
    'name': "dns.resolve('registry.invalid', end)",
    'tcp': "tcp.connect_tcp(['127.0.0.1'], 9, end)",
    'tls': "tls.perform_handshake(socket.socket.__new__(socket.socket), 'localhost', end)",
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
if {warm}:
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
@pytest.mark.parametrize('name', [name for name in OPENERS if name != 'tls'])
def test_each_place_that_opens_something(name):
    program = PROGRAM.format(opener=OPENERS[name], warm=name not in ('tls',))
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


@pytest.mark.parametrize('size', [None, 1 << 20, 1 << 62])
def test_a_block_with_little_memory(monkeypatch, size):
    # Neither a limit nor a system that has no memory to keep changes what the block does.
    monkeypatch.setattr(machine_limits, '_limit_on', lambda _: size)
    monkeypatch.setattr(machine_limits, '_LAST_MEMORY', size or 1)
    monkeypatch.setattr('ctypes.CDLL', lambda _: object())
    with economy():
        pass


# A process whose memory is limited in earnest, after it has imported what it needs.
LIMITED = """
import resource, sys, threading
from azext_acrhealth.machine_limits import start
from azext_acrhealth.protocols import LimitReached
held, kinds = threading.Event(), set()
pages = int(open('/proc/self/statm').read().split()[0])
size = pages * resource.getpagesize() + {spare}
resource.setrlimit(resource.RLIMIT_AS, (size, size))
for _ in range(500):
    try:
        start(held.wait)
    except LimitReached as error:
        kinds.add(error.kind)
        break
held.set()
print(*kinds)
"""


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='only Linux has /proc')
@pytest.mark.parametrize('spare', [0, 2**20, 9 * 2**20, 20 * 2**20, 100 * 2**20])
def test_a_thread_under_a_real_limit_on_memory(spare):
    finished = subprocess.run(
        [sys.executable, '-c', LIMITED.format(spare=spare)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 'Traceback' not in finished.stderr
    assert finished.stdout.strip() == 'OutOfMemory', finished.stderr


def test_workers_where_there_is_no_such_limit(monkeypatch):
    monkeypatch.setitem(sys.modules, 'resource', None)
    assert most_workers(32) == 32


def test_a_deadline_is_no_limit_of_the_machine():
    assert deadlines.left(soon(), 1) == 1
