# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the client of a container engine prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.probes.local.process import CompletedCommand

# Engines put the kind of a failure at the start of a line and its cause at the end.
_KEPT = 1000


def text_at(section: Mapping[str, Any], key: str) -> str:
    """Return the string at a key of the version output; empty if it is missing or no string."""
    value = section.get(key)
    return value if isinstance(value, str) else ''


def shorten_lines(text: str) -> str:
    """Return a client's output with the middle of each line over 2,000 characters cut out.

    Without a bound, the patterns that search the output could take minutes on a long line.
    """
    return '\n'.join(
        line if len(line) <= 2 * _KEPT else f'{line[:_KEPT]} … {line[-_KEPT:]}'
        for line in text.splitlines()
    )


def error_text(completed: CompletedCommand) -> str:
    """Return the last line that a failed client wrote, or its exit status if it wrote nothing."""
    return completed.last_line or f'exit status {completed.status}, no error message'
