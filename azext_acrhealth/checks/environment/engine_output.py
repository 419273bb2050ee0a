# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the client of a container engine prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.probes.local.process import CompletedCommand

_HALF = 1000  # of a line; engines put the kind of a trouble first and its cause last


def word(half_of_it: Mapping[str, Any], key: str) -> str:
    """Return a text of a description; whatever else stands there is no text."""
    value = half_of_it.get(key)
    return value if isinstance(value, str) else ''


def readable(text: str) -> str:
    """Shorten the lines of what a client said, so that no pattern searches an endless one for minutes."""
    return '\n'.join(
        line if len(line) <= 2 * _HALF else f'{line[:_HALF]} … {line[-_HALF:]}'
        for line in text.splitlines()
    )


def words(completed: CompletedCommand) -> str:
    """Say how a client ended that did not end well."""
    return completed.said or f'exit status {completed.status}, without a word'
