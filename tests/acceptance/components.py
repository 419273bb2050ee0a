# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What an acceptance test needs besides Python: skipped where it is missing, but never in CI."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def need(component: str) -> str:
    """Return the path of a program.

    Without it the test is skipped, or fails where CI says that all is there.
    """
    return shutil.which(component) or lacks(f'{component} is not installed')


def lacks(reason: str) -> NoReturn:
    """Skip the test for a reason, or fail it in CI: a proof that was skipped there is no proof."""
    if os.environ.get('CI'):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
