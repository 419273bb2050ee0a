# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Raw JSON of Resource Manager, in which every property is optional and may be anything, and its ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def object_of(value: Any) -> Mapping[str, Any]:
    """Take raw JSON for an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Take raw JSON for a list; anything else is an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """Take raw JSON for a text; anything else, and an empty one, is none."""
    return value if isinstance(value, str) and value else None


def flag_of(value: Any) -> bool | None:
    """Take raw JSON for a yes or no; anything else is neither."""
    return value if isinstance(value, bool) else None


def name_of(resource_id: str) -> str:
    """Return the name that a resource's id ends with."""
    return resource_id.rstrip('/').rsplit('/', 1)[-1]
