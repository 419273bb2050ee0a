# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The login server that a mistyped host was probably meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from azext_acrhealth.lazy_patterns import lazy_pattern

# The least similarity of a mistyped suffix: azureacr.io, azurecr.com, acurecr.io.
_MIN_SIMILARITY = 0.8
_NAME = lazy_pattern(r'[a-z0-9]{5,50}(-[a-z0-9]{1,30})?(\.[a-z0-9]{2,40}\.(geo|data))?')


def suggest_login_server(host: str, suffixes: Sequence[str]) -> str | None:
    """Return the login server that a host is a misspelling of, None for any other host.

    `suffixes`: the registry suffixes of the clouds, each with its leading dot.
    """
    host = host.lower()
    if any(host.endswith(suffix) for suffix in suffixes):
        return next(filter(None, (without_private_link(host, suffix) for suffix in suffixes)), None)
    candidates = [
        (similarity, -index, name + suffix)
        for index, suffix in enumerate(suffixes)
        for similarity, name in _splits(host, suffix.lower())
        if similarity >= _MIN_SIMILARITY and _NAME.fullmatch(name)
    ]
    return max(candidates)[2] if candidates else None


def without_private_link(host: str, suffix: str | None) -> str | None:
    """Return the login server of a host in the private DNS zone, None for any other host."""
    zone = f'.privatelink{suffix}'
    name = host.lower().removesuffix(zone)
    return f'{name}{suffix}' if suffix and host.lower().endswith(zone) and name else None


def _splits(host: str, suffix: str) -> list[tuple[float, str]]:
    """Return each split of a host at a dot: how similar the rest is to the suffix, and the name.

    The similarity is between 0 and 1. The dot before the suffix may be missing.
    """
    splits = [
        (SequenceMatcher(None, host[dot + 1 :], suffix[1:]).ratio(), host[:dot])
        for dot, character in enumerate(host)
        if character == '.'
    ]
    return [*splits, (1.0, host.removesuffix(suffix[1:]))] if host.endswith(suffix[1:]) else splits
