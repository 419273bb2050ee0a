# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A pattern that is compiled at its first use serves as one that is compiled at once."""

from __future__ import annotations

import copy
import re
import subprocess
import sys

import pytest

from azext_acrhealth.lazy_patterns import lazy_pattern


def test_methods_are_those_of_a_pattern() -> None:
    lazy, pattern = lazy_pattern('(a)(B?)', re.IGNORECASE), re.compile('(a)(B?)', re.IGNORECASE)
    for _ in range(2):
        found, expected = lazy.search('xAb'), pattern.search('xAb')
        assert found and expected and found.groups() == expected.groups() == ('A', 'b')
        assert lazy.fullmatch('xAb') is lazy.match('xAb') is None
        assert lazy.findall('a AB') == pattern.findall('a AB')
        assert [each[0] for each in lazy.finditer('a AB')] == ['a', 'AB']
        assert (lazy.sub('-', 'xaby'), lazy.subn('-', 'ay')) == ('x-y', ('-y', 1))
        assert lazy.split('xay') == pattern.split('xay')
        assert (lazy.pattern, lazy.flags, lazy.groups) == (pattern.pattern, pattern.flags, 2)


def test_bytes() -> None:
    found = lazy_pattern(rb'(\d)').fullmatch(b'1')
    assert found and found[1] == b'1'


def test_a_copy() -> None:
    assert copy.deepcopy(lazy_pattern('a')).fullmatch('a')


def test_an_invalid_pattern_fails_at_its_first_use() -> None:
    lazy = lazy_pattern('(')
    with pytest.raises(re.error):
        lazy.search('')


def test_every_pattern_of_the_package_can_be_compiled() -> None:
    """None waits for a failure to show that it is invalid."""
    script = (
        'import pkgutil, importlib, azext_acrhealth as ours\n'
        'from azext_acrhealth import lazy_patterns as lazy\n'
        'made, init = [], lazy._LazyPattern.__init__\n'
        'def note(self, *given):\n'
        '    made.append(self)\n'
        '    init(self, *given)\n'
        'lazy._LazyPattern.__init__ = note\n'
        'for module in pkgutil.walk_packages(ours.__path__, "azext_acrhealth."):\n'
        '    importlib.import_module(module.name)\n'
        'for pattern in made:\n'
        '    pattern.search(pattern.pattern)\n'
        'print(len(made))\n'
    )
    ran = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True)
    assert int(ran.stdout) > 100
