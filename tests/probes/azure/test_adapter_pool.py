# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Lending what is open already."""

from __future__ import annotations

import threading

import pytest

from azext_acrhealth.probes.azure import adapter_pool
from azext_acrhealth.probes.azure.adapter_pool import AdapterPool
from tests.probes.clock import PROMPT, Watch


def test_whoever_comes_first_makes_one_and_the_next_gets_it() -> None:
    ours, adapter = AdapterPool(), object()
    assert ours.acquire() is None
    ours.release(adapter)
    assert ours.acquire() is adapter


def test_what_is_lent_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_pool, 'MAX_WAIT', 20)
    ours, adapter = AdapterPool(), object()
    ours.acquire()
    threading.Timer(0.1, lambda: ours.release(adapter)).start()
    with Watch() as watch:
        assert ours.acquire() is adapter
    assert watch.took > 0.05


def test_but_not_for_long() -> None:
    ours = AdapterPool()
    ours.acquire()
    with Watch() as watch:
        assert ours.acquire() is None
    assert adapter_pool.MAX_WAIT * 0.9 < watch.took < PROMPT


def test_what_was_of_no_use_is_not_lent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter_pool, 'MAX_WAIT', 20)
    ours = AdapterPool()
    ours.acquire()
    ours.release(None)
    with Watch() as watch:
        assert ours.acquire() is None
    assert watch.took < PROMPT
