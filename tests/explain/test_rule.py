# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The rules as data: their form, and what they raise."""

from __future__ import annotations

import re

import pytest

from azext_acrhealth.explain.rule import CONFIDENCES, Rule, compiled
from azext_acrhealth.explain.rules import MODULES, PROBLEMS, RULES, WORDS
from tests.explain.rules.near_misses import near_misses

# Escapes with a capital letter in patterns.
ESCAPES = re.compile(r'\\[SWDBZ]|\(\?P<')


def test_the_rules_are_many_and_their_ids_unique() -> None:
    assert len(RULES) > 150 and len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.id for rule in RULES} == set(near_misses()), 'each has a near miss'
    assert sum(len(module.RULES) for module in MODULES) == len(RULES)
    assert {word for rule in RULES for word in rule.words} == set(WORDS)
    assert {problem for rule in RULES for problem in rule.problems} == set(PROBLEMS)


@pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.id)
def test_a_rule(rule: Rule) -> None:
    assert re.fullmatch(r'[a-z0-9]+(-[a-z0-9]+)*', rule.id)
    assert rule.words and all(word == word.lower() and len(word) > 1 for word in rule.words)
    assert not any(re.search(r'[\\[({|*?]', word) for word in rule.words), 'words are no patterns'
    for pattern in (rule.pattern, rule.needs, rule.unless):
        assert compiled(pattern)
        plain = ESCAPES.sub('', pattern)
        assert plain == plain.lower(), 'texts are searched in lowercase'
        # Nested or unbounded repetitions could take very long.
        assert not re.search(r'[^\\][*+]\)[*+{]|\.\*|\.\+', pattern), pattern
    assert rule.confidence in CONFIDENCES
    assert rule.problem or rule.kind in ('symptom', 'foreign') or rule.elsewhere
    assert rule.problem not in rule.candidates


def test_what_rules_outrank_exists() -> None:
    names = {rule.id for rule in RULES} | {rule.kind for rule in RULES}
    unknown = {rule.id: set(rule.outranks) - names for rule in RULES}
    assert {rule: found for rule, found in unknown.items() if found} == {}


@pytest.mark.parametrize(
    'pattern, text',
    [('a b', 'a\nb'), ('a…b', 'a' + 'x' * 300 + 'b'), ('a…b', 'a\n\nb'), ('^b$', 'a\nb\nc')],
)
def test_a_pattern_matches(pattern: str, text: str) -> None:
    assert compiled(pattern).search(text)


def test_a_gap_is_bounded() -> None:
    assert not compiled('a…b').search('a' + 'x' * 301 + 'b')
