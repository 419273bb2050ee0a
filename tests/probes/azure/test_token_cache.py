# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Attempts to get tokens are shared, left behind and forgotten."""

from __future__ import annotations

import threading

import pytest

from azext_acrhealth.probes.azure.sign_in import Token
from azext_acrhealth.probes.azure.token_cache import TokenCache


def test_who_asks_for_the_same_shares_the_attempt():
    cache, made, gate = TokenCache(), [], threading.Event()

    def sign_in():
        made.append(1)
        gate.wait(5)
        return Token('e.y.J')

    first, second, other = (cache.share(key, sign_in) for key in ('a', 'a', 'b'))
    gate.set()
    assert (
        first is second is not other
        and first.result(5).value == 'e.y.J'
        and other.result(5).value == 'e.y.J'
    )
    assert (
        len(made) == 2
        and cache.last_response('a') is None
        and cache.last_response('never begun') is None
    )


def test_only_failures_are_forgotten():
    cache, made, gate = TokenCache(), [], threading.Event()

    def refusal():
        made.append('refused')
        raise ValueError('no')

    def slow():
        made.append('slow')
        gate.wait(5)
        return Token('slow')

    def given():
        made.append('given')
        return Token('given')

    for _ in range(2):
        with pytest.raises(ValueError):
            cache.share('refused', refusal).result(5)
        cache.share('given', given).result(5)
    busy = cache.share('slow', slow)
    cache.forget_failures()
    assert cache.share('slow', slow) is busy, 'what is under way has not failed'
    gate.set()
    busy.result(5)
    cache.share('given', given)
    with pytest.raises(ValueError):
        cache.share('refused', refusal).result(5)
    assert sorted(made) == ['given', 'refused', 'refused', 'slow']
