# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version in a tool's output, and the error text of a tool that failed."""

from __future__ import annotations

from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.local.process import CompletedCommand

VERSION = lazy_pattern(r'\bv?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]+)?')


def failure_text(completed: CompletedCommand) -> str:
    """Return the exit status of a tool that failed, and the last line that it wrote."""
    return f'exited with status {completed.status}: {completed.last_line or "no error message"}'
