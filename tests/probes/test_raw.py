# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License. See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Raw JSON that is what it should be, or anything else."""

from __future__ import annotations

import pytest

from azext_acrhealth.probes.raw import list_of, object_of


@pytest.mark.parametrize('value', [None, 7, 'text', True, 1.5])
def test_neither(value):
    assert object_of(value) == {} and list_of(value) == []


def test_either():
    assert object_of({'a': 1}) == {'a': 1} and list_of({'a': 1}) == []
    assert list_of([1]) == [1] and object_of([1]) == {}
