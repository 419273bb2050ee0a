# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Lending what is open already."""

from __future__ import annotations

import threading

import pytest

from azext_acrhealth.probes.azure import connection_pool
from azext_acrhealth.probes.azure.connection_pool import ConnectionPool
from azext_acrhealth.probes.http.connection import Connection
from tests.probes.clock import PROMPT, Watch


def idle(host: str = 'localhost') -> Connection:
    return Connection(host, 0.0)


def test_the_first_caller_gets_a_new_one_and_the_next_the_same() -> None:
    ours = ConnectionPool()
    connection = ours.acquire(idle)
    ours.release(connection, usable=True)
    assert ours.acquire(idle) is connection


def test_one_that_is_lent_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 20)
    ours = ConnectionPool()
    connection = ours.acquire(idle)
    threading.Timer(0.1, lambda: ours.release(connection, usable=True)).start()
    with Watch() as watch:
        assert ours.acquire(idle) is connection
    assert watch.took > 0.05


def test_but_not_for_long() -> None:
    ours = ConnectionPool()
    connection = ours.acquire(idle)
    with Watch() as watch:
        assert ours.acquire(idle) is not connection
    assert connection_pool.MAX_WAIT * 0.9 < watch.took < PROMPT


def closing(host: str, closed: list[str]) -> Connection:
    connection = idle(host)
    setattr(connection, 'close', lambda: closed.append(host))
    return connection


def test_one_that_is_not_usable_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 20)
    ours, closed = ConnectionPool(), list[str]()
    connection = ours.acquire(lambda: closing('a', closed))
    ours.release(connection, usable=False)
    with Watch() as watch:
        assert ours.acquire(idle) is not connection
    assert watch.took < PROMPT and closed == ['a']


def test_one_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 20)
    ours = ConnectionPool()

    def fail() -> Connection:
        raise OSError

    for _ in range(2):
        with Watch() as watch, pytest.raises(OSError):
            ours.acquire(fail)
        assert watch.took < PROMPT


def test_closing_also_what_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 0.01)
    ours, closed = ConnectionPool(), list[str]()
    lent = [ours.acquire(lambda host=host: closing(host, closed)) for host in 'abc']
    ours.release(lent[0], usable=True)
    ours.close()
    assert sorted(closed) == ['a', 'b', 'c']
    ours.release(lent[1], usable=True)
    assert ours.acquire(idle) not in lent
