# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Why a check can't run, by what its prerequisites left."""

from __future__ import annotations

import pytest

from azext_acrhealth.model import Check, Outcome, check, failed, not_applicable, passed
from azext_acrhealth.prerequisites import PENDING, skip_reason
from tests.made import PROBLEM


def make(name: str, needs: tuple[Check, ...] = (), either: tuple[Check, ...] = ()) -> Check:
    @check(name, name, 'data', verifies='it', needs=needs, either=either)
    def run(_: object) -> Outcome:
        raise AssertionError('it is only judged')

    return run


ONE, TWO, THREE = make('one'), make('two'), make('three')
CHECK = make('check', (ONE,), (TWO, THREE))
SEEN, FAILED, SKIPPED = passed(''), failed(PROBLEM, ''), not_applicable('')


@pytest.mark.parametrize(
    'outcomes, reason',
    [
        ((SEEN, SEEN, SEEN), None),
        ((SEEN, PENDING, FAILED), None),
        ((PENDING, PENDING, PENDING), None),
        ((SEEN, None, SEEN), None),
        ((failed(PROBLEM, '', value=1), SEEN, SEEN), None),
        ((None, SEEN, SEEN), "requires the `one` check, which wasn't selected"),
        ((FAILED, SEEN, SEEN), 'requires the `one` check, which failed'),
        ((SKIPPED, PENDING, SEEN), 'requires the `one` check, which was skipped'),
        (
            (passed('', value=None), SEEN, SEEN),
            'requires the `one` check, which returned no usable result',
        ),
        (
            (SEEN, None, FAILED),
            'requires the check `two` or `three`, which returned no usable result',
        ),
    ],
)
def test_skip_reason(outcomes: tuple[object, ...], reason: str | None) -> None:
    assert skip_reason(CHECK, outcomes) == reason


def test_a_check_without_prerequisites_can_run() -> None:
    assert skip_reason(ONE, ()) is None
