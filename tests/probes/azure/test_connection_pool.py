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


def test_whoever_comes_first_makes_one_and_the_next_gets_it() -> None:
    ours, connection = ConnectionPool(), Connection('localhost', 0.0)
    assert ours.acquire() is None
    ours.release(connection)
    assert ours.acquire() is connection


def test_what_is_lent_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 20)
    ours, connection = ConnectionPool(), Connection('localhost', 0.0)
    ours.acquire()
    threading.Timer(0.1, lambda: ours.release(connection)).start()
    with Watch() as watch:
        assert ours.acquire() is connection
    assert watch.took > 0.05


def test_but_not_for_long() -> None:
    ours = ConnectionPool()
    ours.acquire()
    with Watch() as watch:
        assert ours.acquire() is None
    assert connection_pool.MAX_WAIT * 0.9 < watch.took < PROMPT


def test_what_was_of_no_use_is_not_lent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_pool, 'MAX_WAIT', 20)
    ours = ConnectionPool()
    ours.acquire()
    ours.release(None)
    with Watch() as watch:
        assert ours.acquire() is None
    assert watch.took < PROMPT


def test_closing() -> None:
    ours, closed = ConnectionPool(), list[str]()
    lent, idle = Connection('lent.example', 0.0), Connection('idle.example', 0.0)
    for connection in (lent, idle):
        setattr(connection, 'close', lambda host=connection.host: closed.append(host))
    ours.acquire()
    ours.release(idle)
    ours.close()
    assert closed == ['idle.example'] and ours.acquire() is None
