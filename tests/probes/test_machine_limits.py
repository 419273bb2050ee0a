# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A limit of this machine is told from every other failure, at each place that opens something."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import urllib.error

import pytest
import requests

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.machine_limits import (
    PER_WORKER,
    RESERVED,
    most_workers,
    raise_limit,
    raise_start_limit,
    start,
)
from azext_acrhealth.protocols import LimitReached
from tests.probes.clock import soon

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
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, 'start', refuse)
    with pytest.raises(LimitReached) as caught:
        start(threading.Thread())
    assert caught.value.kind == 'TooManyProcesses'
    with pytest.raises(LimitReached):
        deadlines.background(int, 'x')


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
from azext_acrhealth.probes.machine_limits import LimitReached
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


@posix
@pytest.mark.parametrize(
    'limit, workers',
    [
        (RESERVED + 32 * PER_WORKER, 32),
        (1 << 20, 32),
        (RESERVED + 3 * PER_WORKER, 3),
        (10, 1),
        (-1, 32),
    ],
)
def test_workers(monkeypatch, limit, workers):
    import resource

    monkeypatch.setattr(resource, 'getrlimit', lambda _: (limit, limit))
    monkeypatch.setattr(resource, 'RLIM_INFINITY', -1)
    assert most_workers(32) == workers


def test_workers_where_there_is_no_such_limit(monkeypatch):
    monkeypatch.setitem(sys.modules, 'resource', None)
    assert most_workers(32) == 32


def test_a_deadline_is_no_limit_of_the_machine():
    assert deadlines.left(soon(), 1) == 1
