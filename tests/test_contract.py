# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What scripts rely on changes only by decision."""

from __future__ import annotations

import difflib
import json

import pytest

from azext_acrhealth import report
from azext_acrhealth.checks.all_checks import CHECKS
from tests import contract
from tests.acceptance import runs

WHAT_TO_DO = (
    'What scripts rely on has changed. If that is intended, run `python -m tests.contract --write`,'
    ' commit tests/contract.json, and add a line to HISTORY.rst:\n'
)


def differences() -> str:
    """Return how the contract differs from the file."""
    committed = contract.FILE.read_text(encoding='utf-8').splitlines()
    return '\n'.join(
        difflib.unified_diff(committed, contract.text().splitlines(), 'committed', 'now', n=1)
    )


def test_the_contract_is_the_committed_one() -> None:
    found = differences()
    assert found == '', WHAT_TO_DO + found


def test_a_change_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, 'SCHEMA_VERSION', '9.9')
    assert '+  "schemaVersion": "9.9",' in differences().splitlines()


def test_it_has_what_other_tests_know() -> None:
    known = json.loads(contract.FILE.read_text(encoding='utf-8'))
    assert set(known['keys']['check']) == runs.REPORT
    assert set(known['keys']['check checks[]']) == runs.ROW
    assert set(known['keys']['check client']) == runs.CLIENT
    assert set(known['keys']['check registries[]']) == runs.REGISTRY
    assert set(known['checks']) == {check.id for check in CHECKS}
    assert set(known['exitStatus'].values()) == {0, 1, 2, 143}
    assert '--name' in known['options']['acrhealth check']
