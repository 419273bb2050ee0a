# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Typed access to raw JSON, in which any property may be absent or of another type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from azext_acrhealth.lazy_patterns import lazy_pattern

# As Azure writes times, with up to seven decimal places.
_UTC_TIME = lazy_pattern(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)?', re.ASCII)


def object_of(value: Any) -> Mapping[str, Any]:
    """Return the value if it is a JSON object, else an empty mapping."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return the value if it is a JSON array, else an empty list."""
    return value if isinstance(value, list) else []


def objects_of(value: Any) -> list[Mapping[str, Any]]:
    """Return the items of a JSON array as objects, empty where one is none."""
    return [object_of(item) for item in list_of(value)]


def properties_of(value: Any) -> Mapping[str, Any]:
    """Return the `properties` of a resource of Azure Resource Manager, or of a part of one."""
    return object_of(object_of(value).get('properties'))


def text_of(value: Any) -> str | None:
    """Return the value if it is a string that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def bool_of(value: Any) -> bool | None:
    """Return the value if it is a JSON boolean, else None."""
    return value if isinstance(value, bool) else None


def time_of(value: Any) -> datetime | None:
    """Return the value as a time if it is one in UTC, to the second, else None."""
    match = _UTC_TIME.fullmatch(text_of(value) or '')
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=timezone.utc) if match else None
    except ValueError:
        return None


def name_of(resource_id: str) -> str:
    """Return the resource name, the last segment of a resource ID."""
    return resource_id.rstrip('/').rsplit('/', 1)[-1]
