# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which fault is taken where, and how long it stays on."""

from __future__ import annotations

import re

import pytest

from tests.build import PROJECT
from tests.sandbox.faults.fault_matrix import STAGES, Faults, specs_for


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


def evidence() -> dict[str, str]:
    """Return the evidence of each fault in the table of the sandbox's README."""
    readme = (PROJECT / 'tests' / 'sandbox' / 'README.md').read_text(encoding='utf-8')
    table = readme.partition('\n| Fault | At |')[2].partition('\n\n')[0]
    found = {}
    for line in table.splitlines():
        if line.startswith('| `'):
            faults, _, _, basis = (cell.strip() for cell in line.strip('|').split(' | '))
            for fault in re.findall(r'`([^`]+)`', faults):
                assert fault not in found, fault
                found[fault] = basis
    return found


def test_the_readme_has_the_evidence_of_every_fault() -> None:
    words = {word for stage in STAGES for word in specs_for(stage)}
    assert set(evidence()) == words
    for fault, basis in evidence().items():
        assert re.match(r'(recorded|documented): \w|inferred\b', basis), (fault, basis)
