# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Applying and ranking rules."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.connectivity import connection, dns, tls
from azext_acrhealth.explain.engine import candidates_of, find
from azext_acrhealth.explain.message import message_of
from azext_acrhealth.explain.rule import Rule


def rule(name: str, word: str, **more: Any) -> Rule:
    return Rule(name, (word,), word, **{'kind': 'name', 'problem': dns.NAME_NOT_FOUND, **more})


def found(text: str, *rules: Rule) -> list[str]:
    return [finding.rule.id for finding in find(message_of(text, ()), rules)]


def test_the_order_is_that_of_confidence_and_then_of_the_rules() -> None:
    rules = (
        rule('possible', 'aa', confidence='possible'),
        rule('first', 'bb'),
        rule('second', 'cc'),
        rule('likely', 'dd', confidence='likely'),
    )
    assert found('aa bb cc dd', *rules) == ['first', 'second', 'likely', 'possible']


def test_a_rule_removes_what_it_outranks() -> None:
    strong = rule('strong', 'aa', outranks=('tls', 'other'))
    assert found('aa bb cc', strong, rule('other', 'bb'), rule('tls', 'cc', kind='tls')) == [
        'strong'
    ]


def test_of_two_that_outrank_each_other_the_better_one_stays() -> None:
    first = rule('first', 'aa', outranks=('second',))
    second = rule('second', 'bb', outranks=('first',))
    assert found('aa bb', first, second) == ['first']
    assert found('aa bb', second, first) == ['second']


def test_what_a_better_match_contains_is_dropped() -> None:
    assert found('aa bb', rule('outer', 'aa bb'), rule('inner', 'bb')) == ['outer']


def test_needs_and_unless() -> None:
    assert found('aa', rule('r', 'aa', needs='bb')) == []
    assert found('aa bb', rule('r', 'aa', needs='bb')) == ['r']
    assert found('aa bb', rule('r', 'aa', unless='bb')) == []


def test_a_rule_that_is_not_specific_needs_a_text_about_images() -> None:
    general = rule('r', 'aa', specific=False)
    assert (found('aa', general), found('docker: aa', general)) == ([], ['r'])


def test_candidates_follow_all_findings() -> None:
    best = rule('best', 'aa', candidates=(connection.REFUSED, tls.EXPIRED))
    other = rule('other', 'bb', problem=tls.EXPIRED)
    listed = [
        (problem, is_candidate)
        for problem, _, is_candidate in candidates_of(find(message_of('aa bb', ()), (best, other)))
    ]
    assert listed == [
        (dns.NAME_NOT_FOUND, False),
        (tls.EXPIRED, False),
        (connection.REFUSED, True),
    ]
