# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Tests of typed access to raw JSON."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.json_access import (
    bool_of,
    list_of,
    name_of,
    object_of,
    objects_of,
    properties_of,
    text_of,
)


@pytest.mark.parametrize('value', [None, 7, 'text', True, 1.5])
def test_neither_object_nor_list(value):
    assert object_of(value) == {} and list_of(value) == []


def test_objects_and_lists():
    assert object_of({'a': 1}) == {'a': 1} and list_of({'a': 1}) == []
    assert list_of([1]) == [1] and object_of([1]) == {}
    assert objects_of([{'a': 1}, 7]) == [{'a': 1}, {}] and objects_of({'a': 1}) == []


@pytest.mark.parametrize('value', [None, 7, [], {}, {'properties': None}, {'properties': ['a']}])
def test_properties(value):
    assert properties_of(value) == {} and properties_of({'properties': {'a': 1}}) == {'a': 1}


@pytest.mark.parametrize(
    'value, text', [('x', 'x'), ('', None), (None, None), (7, None), (['x'], None)]
)
def test_a_text(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize(
    'value, flag', [(True, True), (False, False), (None, None), (0, None), ('true', None)]
)
def test_a_flag(value, flag):
    assert bool_of(value) is flag


@pytest.mark.parametrize(
    'resource_id, name', [('/a/b/c', 'c'), ('/a/b/c/', 'c'), ('c', 'c'), ('', '')]
)
def test_the_name_of_a_resource(resource_id, name):
    assert name_of(resource_id) == name
