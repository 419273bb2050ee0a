# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which fault is taken where, and how long it stays on."""

from __future__ import annotations

import pytest

from tests.sandbox.faults.fault_matrix import Faults


def test_the_most_specific_fault_is_taken() -> None:
    faults = Faults()
    faults.put('auth', 'hang')
    faults.put('exchange', 'reset')
    faults.put('exchange@contoso', 'close')
    assert faults.take('exchange', ('contoso.azurecr.test', 'contoso')) == 'close'
    assert faults.take('exchange', ('fabrikam',)) == 'reset'
    assert faults.take('token', ('contoso',)) == 'hang'
    assert faults.take('challenge', ('contoso',)) is None


def test_a_counted_fault_switches_itself_off() -> None:
    faults = Faults()
    faults.put('token', 'status:500', times=2)
    assert [faults.take('token') for _ in range(3)] == ['status:500', 'status:500', None]


def test_other_words_are_not_counted() -> None:
    faults = Faults()
    faults.put('tcp', 'refuse', times=1)
    assert faults.take('tcp', (), ('reset', 'hang')) is None
    assert faults.take('tcp', (), ('refuse',)) == 'refuse'


def test_clear_switches_a_fault_or_all_off() -> None:
    faults = Faults()
    faults.put('dns@contoso', 'nxdomain')
    faults.put('tls', 'cert:expired')
    faults.clear('dns@Contoso')
    assert list(faults.all()) == ['tls']
    faults.clear()
    assert not faults.all()


@pytest.mark.parametrize(
    'place, spec', [('nowhere', 'hang'), ('challenge', 'explode'), ('tls', 'status:500')]
)
def test_unknown_stages_and_words_are_refused(place: str, spec: str) -> None:
    with pytest.raises(ValueError, match='there are'):
        Faults().put(place, spec)
