# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Apply the rules to a text, and rank what they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from azext_acrhealth.explain.attribution import judge
from azext_acrhealth.explain.message import Message
from azext_acrhealth.explain.rule import CONFIDENCES, Finding, Rule, compiled
from azext_acrhealth.model import Problem

# A text that repeats a message is searched no further.
_MATCHES = 12


def find(message: Message, rules: Iterable[Rule]) -> list[Finding]:
    """Return what rules find in a text, the best first.

    Findings about other registries are among them, and symptoms.
    """
    findings = [finding for rule in rules for finding in _apply(rule, message)]
    # The sort is stable: among equals, the order of the rules decides, which begins with the most
    # specific ones.
    ranked = sorted(findings, key=lambda finding: CONFIDENCES.index(finding.rule.confidence))
    left = [finding for finding in ranked if not _is_outranked(finding, ranked)]
    return [
        finding
        for place, finding in enumerate(left)
        if not any(_contains(better, finding) for better in left[:place])
    ]


def _apply(rule: Rule, message: Message) -> Iterator[Finding]:
    """Yield the first finding about our registries, and the first about another one."""
    folded = message.folded
    if not any(word in folded for word in rule.words):
        return
    if not (rule.specific or message.about_images or message.about_azure):
        return
    if rule.needs and not compiled(rule.needs).search(folded):
        return
    if rule.unless and compiled(rule.unless).search(folded):
        return
    seen = set()
    for match in islice(compiled(rule.pattern).finditer(folded), _MATCHES):
        finding = judge(rule, match, message)
        if finding and finding.is_foreign not in seen:
            seen.add(finding.is_foreign)
            yield finding


def _is_outranked(finding: Finding, ranked: Sequence[Finding]) -> bool:
    """Return whether another finding removes one.

    Of two that remove each other, the better one stays.
    """
    place = ranked.index(finding)
    return any(
        _outranks(other, finding) and not (place < at and _outranks(finding, other))
        for at, other in enumerate(ranked)
    )


def _outranks(stronger: Finding, weaker: Finding) -> bool:
    # What is about another registry says nothing about ours, unless it is known by its words.
    if stronger.is_foreign and not stronger.rule.registry:
        return False
    names, rule = stronger.rule.outranks, weaker.rule
    return stronger.rule is not rule and (rule.id in names or rule.kind in names)


def _contains(better: Finding, finding: Finding) -> bool:
    """Return whether a better finding explains all words of another one."""
    start, end = finding.match.span()
    return better.match.start() <= start and end <= better.match.end()


def candidates_of(findings: Sequence[Finding]) -> Iterator[tuple[Problem, Finding, bool]]:
    """Yield the problems of findings, the best first, and whether each is only a candidate."""
    seen = set()
    for finding in findings:
        if finding.problem and finding.problem not in seen:
            seen.add(finding.problem)
            yield finding.problem, finding, False
    for finding in findings[:1]:
        for problem in finding.rule.candidates:
            if problem not in seen:
                seen.add(problem)
                yield problem, finding, True
