# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which login server was probably meant by a host that is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

# How alike two suffixes are whose difference is a slip: azureacr.io, azurecr.com, acurecr.io.
_ALIKE = 0.8
_NAME = re.compile(r'[a-z0-9]{5,50}(-[a-z0-9]{1,30})?(\.[a-z0-9]{2,40}\.(geo|data))?')


def probably_meant(host: str, suffixes: Sequence[str]) -> str | None:
    """Find the login server that a host is a misspelling of, by the clouds' suffixes (with their first dot)."""
    host = host.lower()
    if any(host.endswith(suffix) for suffix in suffixes):
        return next(filter(None, (without_private_link(host, suffix) for suffix in suffixes)), None)
    found = [
        (likeness, -place, name + suffix)
        for place, suffix in enumerate(suffixes)
        for likeness, name in _split(host, suffix.lower())
        if likeness >= _ALIKE and _NAME.fullmatch(name)
    ]
    return max(found)[2] if found else None


def without_private_link(host: str, suffix: str | None) -> str | None:
    """Return the login server that a record of the private zone belongs to.

    None for any other host.
    """
    zone = f'.privatelink{suffix}'
    name = host.lower().removesuffix(zone)
    return f'{name}{suffix}' if suffix and host.lower().endswith(zone) and name else None


def _split(host: str, suffix: str) -> list[tuple[float, str]]:
    """Return each way to read a host as a name and a suffix, and how alike that is to the right suffix."""
    ways = [
        (SequenceMatcher(None, host[dot + 1 :], suffix[1:]).ratio(), host[:dot])
        for dot, character in enumerate(host)
        if character == '.'
    ]
    return [*ways, (1.0, host.removesuffix(suffix[1:]))] if host.endswith(suffix[1:]) else ways
