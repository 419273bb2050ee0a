# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a check can run, by the outcomes of its prerequisites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azext_acrhealth.model import Check, Outcome, Status

# Stands for the outcome of a prerequisite that has not ended.
PENDING = object()


def skip_reason(check: Check, outcomes: Sequence[Any]) -> str | None:
    """Return why these outcomes of its prerequisites rule a check out; None if they don't.

    They are in the order of `needs`, `either` and `after`: None for one that wasn't selected.
    """
    for need, outcome in zip(check.needs, outcomes):
        if outcome is None:
            return f"requires the `{need.id}` check, which wasn't selected"
        if isinstance(outcome, Outcome) and outcome.value is None:
            ends = {Status.FAILED: 'failed', Status.SKIPPED: 'was skipped'}
            end = ends.get(outcome.status, 'returned no usable result')
            return f'requires the `{need.id}` check, which {end}'
    either = outcomes[len(check.needs) : len(check.needs) + len(check.either)]
    if either and all(
        outcome is None or isinstance(outcome, Outcome) and outcome.value is None
        for outcome in either
    ):
        names = ' or '.join(f'`{need.id}`' for need in check.either)
        return f'requires the check {names}, which returned no usable result'
    return None
