# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Names of registries for which one that was not found may have been mistaken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

# What a server calls a registry is compared, and repeated, only if it can be a registry's name.
_NAME = re.compile(r'[a-z0-9]{5,50}', re.IGNORECASE | re.ASCII)
_COMPARED, _SIMILAR = 2000, 3


def similar_to(name: str, items: Sequence[Any]) -> tuple[str, ...]:
    """Return the names that are most like one.

    Of a page that never ends only the first are compared.
    """
    names = (item.get('name') if isinstance(item, dict) else item for item in items[:_COMPARED])
    spelled = {
        text.lower(): text for text in names if isinstance(text, str) and _NAME.fullmatch(text)
    }
    return tuple(spelled[match] for match in get_close_matches(name.lower(), spelled, _SIMILAR))
