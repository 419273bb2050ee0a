# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of JSON that is decoded as strictly, and as liberally, as Go does."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.probes.strict_json import decode, type_error


@pytest.mark.parametrize(
    'body, value',
    [
        (b'{"A": 1, "bC": {"D": null}}', {'a': 1, 'bc': {'d': None}}),
        ('{"layer\u017f": 1, "\u212aey": 2}'.encode(), {'layers': 1, 'key': 2}),
        (b'{"a": 1, "A": 2, "a": null}', {'a': 2}),
        (b'{"a": {"b": 1, "c": 2}, "A": {"B": 3}}', {'a': {'b': 3, 'c': 2}}),
        (b'[' + b'9' * 5000 + b']', [2**63]),
        (b' [1, 2.5, -0, 1e3, "\\ud800"]\n', [1, 2.5, 0, 1000.0, '\ud800']),
        (b'"\xff"', '\ufffd'),
        (b'"\x7f"', '\x7f'),
    ],
)
def test_what_is_json(body: bytes, value: Any) -> None:
    assert decode(body) == value


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'\xef\xbb\xbf{}',
        '{}'.encode('utf-16'),
        '{}'.encode('utf-16-le'),
        b'NaN',
        b'[Infinity]',
        b'[-Infinity]',
        b"{'a': 1}",
        b'{"a": 1,}',
        b'[1] [2]',
        b'"a\nb"',
        b'01',
        b'+1',
        b'.5',
        b'[' * 100_000,
        b'[' * 100_000 + b']' * 100_000,
    ],
    ids=lambda body: body[:12],
)
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)


SHAPE = {'number': int, 'text': str, 'bytes': bytes, 'list': [str], 'map': {'*': str}, 'any': None}


@pytest.mark.parametrize(
    'value, error',
    [
        ({}, None),
        (None, None),
        (dict.fromkeys(SHAPE), None),
        ({'number': 2**63 - 1, 'text': '', 'bytes': 'YQ==', 'list': ['', None]}, None),
        ({'number': -(2**63), 'map': {'a': 'b', 'c': None}, 'any': 7, 'other': 7}, None),
        ({'bytes': 'YQ\r\n=='}, None),
        ([], 'not a JSON object'),
        ('x', 'not a JSON object'),
        *(
            ({'number': value}, "number isn't an integer")
            for value in (2.0, True, '2', 2**63, [], {})
        ),
        *(({'text': value}, "text isn't a string") for value in (2, True, [], {})),
        *(({'bytes': value}, "bytes isn't base64") for value in (2, '%', 'Y', 'YQ=', 'YQ==YQ==')),
        *(({'list': value}, "list isn't an array") for value in (2, 'x', {})),
        ({'list': ['a', 7]}, "list isn't a string"),
        *(({'map': value}, "map isn't an object") for value in (2, 'x', [])),
        ({'map': {'a': 7}}, "map isn't a string"),
    ],
)
def test_types(value: Any, error: str | None) -> None:
    assert type_error(value, SHAPE) == error


def test_the_path_of_a_field() -> None:
    shape = {'outerList': [{'innerText': str}]}
    assert type_error({'outerlist': [{}, {'innertext': 7}]}, shape) == (
        "outerList.innerText isn't a string"
    )


def test_values_of_several_types_fit_no_field_and_are_ignored_elsewhere() -> None:
    value = decode(b'{"text": 7, "text": "a", "other": 1, "other": []}')
    assert type_error(value, SHAPE) == "text isn't a string"
    assert type_error(value, {'other': None}) is None


def test_a_null_keeps_what_an_earlier_object_had() -> None:
    assert decode(b'{"a": {"b": 1}, "a": {"b": null, "c": null}}') == {'a': {'b': 1, 'c': None}}
