# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Registry names that resemble one that was not found."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from azext_acrhealth.grammar import REGISTRY_NAME

_COMPARED, _SIMILAR = 2000, 3


def similar_to(name: str, items: Sequence[Any]) -> tuple[str, ...]:
    """Return the names that resemble one most, among names or resources with one.

    Only what can be a registry's name is compared; of an endless page, only the first items.
    """
    names = (item.get('name') if isinstance(item, dict) else item for item in items[:_COMPARED])
    by_lower_case = {
        text.lower(): text
        for text in names
        if isinstance(text, str) and REGISTRY_NAME.fullmatch(text)
    }
    matches = get_close_matches(name.lower(), by_lower_case, _SIMILAR)
    return tuple(by_lower_case[match] for match in matches)
