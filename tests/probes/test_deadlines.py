# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of time limits and of the means to enforce them."""

from __future__ import annotations

import functools
import socket
import threading
import time
from datetime import datetime, timezone

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.deadlines import Once, OncePerKey, SocketGuard, background, left
from tests.probes.clock import PROMPT, Watch, soon


@pytest.mark.parametrize(
    'until_deadline, limit, expected',
    [
        (100.0, 5.0, 5.0),
        (2.0, 5.0, 2.0),
        (0.0, 5.0, 0.001),
        (-9.0, 5.0, 0.001),
    ],
)
def test_left_is_the_smaller_and_at_least_a_millisecond(until_deadline, limit, expected):
    assert left(time.monotonic() + until_deadline, limit) == pytest.approx(expected, abs=0.05)


def test_the_limits_are_those_of_the_design():
    assert (deadlines.CONNECT_EACH, deadlines.CONNECT, deadlines.HANDSHAKE, deadlines.REQUEST) == (
        5,
        10,
        5,
        10,
    )
    assert (deadlines.ARM, deadlines.SIGN_IN, deadlines.TOOL, deadlines.PULL) == (10, 15, 10, 45)


def test_background_returns_the_result_of_a_daemon_thread():
    thread = background(threading.current_thread).result(5)
    assert thread.daemon and thread is not threading.current_thread()


@pytest.mark.parametrize(
    'error, error_type',
    [
        (ValueError('odd'), ValueError),
        (SystemExit(3), RuntimeError),
        (KeyboardInterrupt(), RuntimeError),
    ],
)
def test_background_passes_on_any_exception(error, error_type):
    def call():
        raise error

    with pytest.raises(error_type) as caught:
        background(call).result(5)
    assert type(error).__name__ in repr(caught.value)


def test_run_all_returns_all_results_and_runs_some_at_a_time() -> None:
    lock, running, most = threading.Lock(), set[int](), 0

    def call(number: int) -> int:
        nonlocal most
        with lock:
            running.add(number)
            most = max(most, len(running))
        time.sleep(0.01)
        with lock:
            running.remove(number)
        return number

    numbers = range(3 * deadlines.IN_PARALLEL + 1)
    calls = [functools.partial(call, number) for number in numbers]
    assert deadlines.run_all(calls) == list(numbers)
    assert most <= deadlines.IN_PARALLEL
    assert deadlines.run_all([]) == []


def test_once_calls_once_for_concurrent_callers():
    calls = []

    def slow():
        calls.append(1)
        time.sleep(0.1)
        return object()

    once = Once(slow)
    futures = [background(once) for _ in range(8)]
    assert len({id(future.result(5)) for future in futures}) == 1
    assert len(calls) == 1


def test_once_keeps_none():
    calls = []
    once = Once(lambda: calls.append(1))
    assert once() is None and once() is None
    assert len(calls) == 1


def test_once_does_not_keep_an_exception():
    turns = iter([ValueError('first'), None])

    def call():
        error = next(turns)
        if error:
            raise error
        return 'second'

    once = Once(call)
    with pytest.raises(ValueError):
        once()
    assert once() == 'second'


def test_once_for_each_key():
    calls, held = [], threading.Event()
    once = OncePerKey()
    first = [
        background(lambda: once('a', lambda: calls.append('a') or held.wait(20) and object()))
        for _ in range(4)
    ]
    # Another key does not wait.
    other = once('b', lambda: calls.append('b') or object())
    assert not any(future.done() for future in first) and once('b', object) is other
    held.set()
    assert len({id(future.result(5)) for future in first}) == 1 and sorted(calls) == ['a', 'b']


def test_a_guard_ends_a_read_that_blocks():
    client, server = socket.socketpair()
    with client, server, Watch() as watch:
        guard = SocketGuard(client)
        with guard.limit(0.2):
            assert client.recv(1) == b''
        guard.close()
    assert guard.aborted and 0.15 < watch.took < PROMPT


def test_a_guard_ends_a_drip():
    client, server = socket.socketpair()
    with client, server:
        guard, read = SocketGuard(client), b''
        client.settimeout(0.3)  # the limit of each read, which a drip never reaches

        def drip():
            while not guard.aborted:
                server.send(b'.')
                time.sleep(0.02)

        background(drip)
        with Watch() as watch, guard.limit(0.3):
            while chunk := client.recv(1):
                read += chunk
        guard.close()
    assert guard.aborted and len(read) > 3 and watch.took < PROMPT


def test_a_guard_does_not_affect_a_block_that_ends_in_time():
    client, server = socket.socketpair()
    with client, server:
        guard = SocketGuard(client)
        with guard.limit(0.1):
            pass
        time.sleep(0.2)
        server.send(b'x')
        assert not guard.aborted and client.recv(1) == b'x'
        guard.close()


def test_a_guard_has_its_own_descriptor_and_closes_it():
    client, server = socket.socketpair()
    with server:
        guard = SocketGuard(client)
        client.close()
        guard.close()
        server.settimeout(2)
        assert server.recv(1) == b''  # both handles are gone


def test_a_closed_guard_aborts_nothing():
    client, server = socket.socketpair()
    with client, server:
        guard = SocketGuard(client)
        with guard.limit(0.1):
            guard.close()
            time.sleep(0.2)
        server.send(b'x')
        assert client.recv(1) == b'x'


def test_left_with_a_distant_deadline():
    assert left(soon(10**9), 7.0) == 7.0


def test_half_of_the_time_left() -> None:
    now = time.monotonic()
    assert now + 4.9 < deadlines.half(now + 10) < now + 5.1
    assert deadlines.half(now - 10) < now


def test_instants_as_utc():
    now = datetime.now(timezone.utc)
    then = datetime.fromisoformat(deadlines.utc(time.monotonic() - 60).replace('Z', '+00:00'))
    assert 59 <= (now - then).total_seconds() <= 62
    assert (
        abs((datetime.fromisoformat(deadlines.utc().replace('Z', '+00:00')) - now).total_seconds())
        <= 2
    )
