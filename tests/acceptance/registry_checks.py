# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Run single checks of a registry."""

from __future__ import annotations

from typing import Any

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox


def check_only(sandbox: Sandbox, name: str, *checks: str) -> Run:
    """Run a few checks of a registry."""
    return check(sandbox, '-n', name, '--only', *checks)


def check_with_properties(sandbox: Sandbox, check_id: str, **properties: Any) -> Run:
    """Change properties of contoso and run a single check."""
    sandbox.patch_registry('contoso', {'properties': properties})
    return check_only(sandbox, 'contoso', check_id)
