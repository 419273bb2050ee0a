# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The report as `-o json` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def render(report: Mapping[str, Any], strict: bool) -> str:  # pylint: disable=unused-argument
    """Return the text that the CLI itself prints for a report."""
    from knack.output import format_json
    from knack.util import CommandResultItem

    return str(format_json(CommandResultItem(report)))
