# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Decode JSON as Go's encoding/json does, in which registry clients are written.

It ignores the case of keys, and rejects values of another type than a field has. Python's json also
accepts a byte order mark, UTF-16, and NaN.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

# The shape of a value: a type, the shape of an array's items in a list, that of all values of an
# object under '*', or that of its fields. Any value fits None.
Shape = type | list[Any] | Mapping[str, Any] | None

_NAMES = {str: 'a string', int: 'an integer', bytes: 'base64'}
_CONFLICT = object()
_LONG_S = '\u017f'  # of the letters that Go takes for ASCII, the only one that lower() keeps
_MAX_INTEGER, _MOST_DIGITS = 2**63, 25  # Go's int64


def decode(body: bytes) -> Any:
    """Return the value of a JSON text in UTF-8, with the keys of objects in lower case.

    Raises ValueError for invalid JSON, and for JSON that is nested too deeply.
    """
    try:
        return json.loads(
            body.decode('utf-8', 'replace'),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_reject_constant,
        )
    except RecursionError:
        raise ValueError('nested too deeply') from None


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} isn't valid JSON")


def _integer(text: str) -> int:
    # Python limits the digits of an integer; a field that is ignored may have any number of them.
    return int(text) if len(text) < _MOST_DIGITS else _MAX_INTEGER


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, of which a repeated key has the last value that isn't null.

    Objects under a repeated key are merged, and values of several types fit no field.
    """
    fields: dict[str, Any] = {}
    for key, value in pairs:
        folded = key.replace(_LONG_S, 's').lower()
        earlier = fields.get(folded)
        if earlier is None or value is None:
            fields[folded] = earlier if value is None else value
        elif type(earlier) is not type(value):
            fields[folded] = _CONFLICT
        elif isinstance(value, dict):
            known = {name: inner for name, inner in value.items() if inner is not None}
            fields[folded] = {**value, **earlier, **known}
        else:
            fields[folded] = value
    return fields


def type_error(value: Any, shape: Shape, name: str = '') -> str | None:
    """Return which field of a decoded value has another type than its shape; None if it fits.

    Null fits everywhere, and fields that a shape doesn't name are ignored.
    """
    if value is None or shape is None:
        return None
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{name} isn't an array"
        return _first_error((item, shape[0], name) for item in value)
    if isinstance(shape, type):
        return None if _is_a(value, shape) else f"{name} isn't {_NAMES[shape]}"
    if not isinstance(value, dict):
        return f"{name} isn't an object" if name else 'not a JSON object'
    if '*' in shape:
        return _first_error((item, shape['*'], name) for item in value.values())
    return _first_error(
        (value.get(key.lower()), inner, f'{name}.{key}' if name else key)
        for key, inner in shape.items()
    )


def _first_error(items: Any) -> str | None:
    errors = (type_error(value, shape, name) for value, shape, name in items)
    return next((error for error in errors if error), None)


def _is_a(value: Any, kind: type) -> bool:
    if kind is int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and -_MAX_INTEGER <= value < _MAX_INTEGER
    if kind is bytes:
        return isinstance(value, str) and _is_base64(value)
    return isinstance(value, kind)


def _is_base64(text: str) -> bool:
    import base64

    try:
        base64.b64decode(text.replace('\r', '').replace('\n', ''), validate=True)
    except ValueError:
        return False
    return True
