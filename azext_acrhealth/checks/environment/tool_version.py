# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The version that a tool prints, and how it ended when it printed none."""

from __future__ import annotations

import re

from azext_acrhealth.probes.local.process import CompletedCommand

VERSION = re.compile(r'\bv?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]+)?')


def ended(completed: CompletedCommand) -> str:
    """Return how a tool ended that failed."""
    return f'ended with {completed.status}: {completed.said or "it said nothing"}'
