# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The scrubber of the tests."""

from __future__ import annotations

import pytest

from tests.live.scrubber import Scrubber


@pytest.fixture
def scrubber():
    return Scrubber(['fabrikamregistry'])
