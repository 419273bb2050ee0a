# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find the decisive facts that differ between two results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_acrhealth.compare.decisive_facts import FACTS, NONE, DecisiveFact
from azext_acrhealth.compare.difference import Difference, Pair, joined
from azext_acrhealth.compare.saved_result import SavedResult, Scope


def fact_differences(pair: Pair) -> Iterator[Difference]:
    """Yield the facts that both sides know.

    A difference that several facts show, such as that of the proxy, is yielded once, and for this
    machine rather than for each registry.
    """
    of_machine: set[tuple[str, str, str]] = set()
    for scope in pair.scopes:
        seen = of_machine if scope == Scope() else set(of_machine)
        for order, fact in enumerate(FACTS):
            difference = _difference(pair, scope, fact, order)
            if difference is None:
                continue
            content = (difference.subject, difference.first, difference.second)
            if content not in seen:
                seen.add(content)
                yield difference


def _difference(pair: Pair, scope: Scope, fact: DecisiveFact, order: int) -> Difference | None:
    first, second = (fact.values(_source(result, scope, fact)) for result in pair.results)
    # What one side doesn't know isn't a difference: its row says why.
    if first is None or second is None or not fact.differ(first, second):
        return None
    shown, other = (joined(values) or NONE for values in (first, second))
    sentence = pair.sentence(fact.describe(shown), fact.describe(other))
    return Difference(
        'Fact',
        fact.stage,
        scope,
        fact.subject,
        shown,
        other,
        _with_subject(sentence, pair.about(scope)),
        fact.source,
        fact.name,
        order=order,
    )


def _source(result: SavedResult, scope: Scope, fact: DecisiveFact) -> Mapping[str, Any]:
    """Return what may hold a fact; empty if the result doesn't have it."""
    if fact.source in ('client', 'identity'):
        if scope != Scope():
            return {}
        if fact.source == 'client':
            return result.client
        # Without --identity, there is no identity: a value that is known.
        return {} if result.identity is None else {'kind': None, **result.identity}
    row = result.rows.get(scope, {}).get(fact.source)
    return row.facts if row else {}


def _with_subject(sentence: str, about: str) -> str:
    return f'{sentence[:-1]} ({about.removeprefix(" of ")}).' if about else sentence
