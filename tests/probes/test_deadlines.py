# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Everything ends: the tools that make it so."""

from __future__ import annotations

import socket
import threading
import time
from datetime import datetime, timezone

import pytest

from azext_acrhealth.probes import deadlines
from azext_acrhealth.probes.deadlines import Once, OnceEach, SocketGuard, background, left
from tests.probes.clock import Watch, soon


@pytest.mark.parametrize(
    'until_deadline, limit, expected',
    [
        (100.0, 5.0, 5.0),
        (2.0, 5.0, 2.0),
        (0.0, 5.0, 0.001),
        (-9.0, 5.0, 0.001),
    ],
)
def test_left_is_the_smaller_and_never_nothing(until_deadline, limit, expected):
    assert left(time.monotonic() + until_deadline, limit) == pytest.approx(expected, abs=0.05)


def test_the_limits_are_those_of_the_design():
    assert (deadlines.CONNECT_EACH, deadlines.CONNECT, deadlines.HANDSHAKE, deadlines.REQUEST) == (
        5,
        10,
        5,
        10,
    )
    assert (deadlines.ARM, deadlines.SIGN_IN, deadlines.TOOL, deadlines.PULL) == (10, 15, 10, 45)


def test_background_gives_the_result_of_a_daemon_thread():
    seen = background(
        lambda: (threading.current_thread().daemon, threading.current_thread().name), 'naming'
    ).result(5)
    assert seen == (True, 'acrhealth naming')


@pytest.mark.parametrize(
    'raised, kind',
    [
        (ValueError('odd'), ValueError),
        (SystemExit(3), RuntimeError),
        (KeyboardInterrupt(), RuntimeError),
    ],
)
def test_background_hands_over_whatever_was_raised(raised, kind):
    def call():
        raise raised

    with pytest.raises(kind) as seen:
        background(call, 'raising').result(5)
    assert type(raised).__name__ in repr(seen.value)


def test_once_calls_once_although_many_ask_at_the_same_time():
    calls = []

    def slow():
        calls.append(1)
        time.sleep(0.1)
        return object()

    once = Once(slow)
    futures = [background(once, 'once') for _ in range(8)]
    assert len({id(future.result(5)) for future in futures}) == 1
    assert len(calls) == 1


def test_once_keeps_none_and_falsehoods_too():
    calls = []
    once = Once(lambda: calls.append(1))
    assert once() is None and once() is None
    assert len(calls) == 1


def test_once_does_not_keep_a_crash():
    turns = iter([ValueError('first'), None])

    def call():
        raised = next(turns)
        if raised:
            raise raised
        return 'second'

    once = Once(call)
    with pytest.raises(ValueError):
        once()
    assert once() == 'second'


def test_once_for_each_key():
    calls = []
    once = OnceEach()
    first = [
        background(
            lambda: once('a', lambda: calls.append('a') or time.sleep(0.1) or object()), 'once'
        )
        for _ in range(4)
    ]
    # Another key waits for nobody.
    with Watch() as watch:
        other = once('b', lambda: calls.append('b') or object())
    assert watch.took < 0.09 and once('b', object) is other
    assert len({id(future.result(5)) for future in first}) == 1 and sorted(calls) == ['a', 'b']


def test_a_cord_cuts_a_read_that_would_not_end():
    near, far = socket.socketpair()
    with near, far, Watch() as watch:
        guard = SocketGuard(near)
        with guard.limit(0.2):
            assert near.recv(1) == b''
        guard.close()
    assert guard.cut and 0.15 < watch.took < 2


def test_a_cord_cuts_a_drip():
    near, far = socket.socketpair()
    with near, far:
        guard, read = SocketGuard(near), b''
        near.settimeout(0.3)  # a read's own limit, which a drip never meets

        def drip():
            while not guard.cut:
                far.send(b'.')
                time.sleep(0.02)

        background(drip, 'drip')
        with Watch() as watch, guard.limit(0.3):
            while chunk := near.recv(1):
                read += chunk
        guard.close()
    assert guard.cut and len(read) > 3 and watch.took < 2


def test_a_cord_leaves_alone_what_ends_in_time():
    near, far = socket.socketpair()
    with near, far:
        guard = SocketGuard(near)
        with guard.limit(0.1):
            pass
        time.sleep(0.2)
        far.send(b'x')
        assert not guard.cut and near.recv(1) == b'x'
        guard.close()


def test_a_cord_is_a_handle_of_its_own_and_leaks_none():
    near, far = socket.socketpair()
    with far:
        guard = SocketGuard(near)
        near.close()
        guard.close()
        far.settimeout(2)
        assert far.recv(1) == b''  # both handles are gone


def test_a_cord_that_was_let_go_cuts_nothing_else():
    near, far = socket.socketpair()
    with near, far:
        guard = SocketGuard(near)
        with guard.limit(0.1):
            guard.close()
            time.sleep(0.2)
        far.send(b'x')
        assert near.recv(1) == b'x'


def test_left_holds_for_a_deadline_far_away():
    assert left(soon(10**9), 7.0) == 7.0


def test_half_of_what_is_left() -> None:
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
