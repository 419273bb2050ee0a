# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Typed access to raw JSON, in which any property may be absent or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def object_of(value: Any) -> Mapping[str, Any]:
    """Return the value if it is a JSON object, else an empty mapping."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return the value if it is a JSON array, else an empty list."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """Return the value if it is a string that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def bool_of(value: Any) -> bool | None:
    """Return the value if it is a JSON boolean, else None."""
    return value if isinstance(value, bool) else None


def name_of(resource_id: str) -> str:
    """Return the resource name, the last segment of a resource ID."""
    return resource_id.rstrip('/').rsplit('/', 1)[-1]
