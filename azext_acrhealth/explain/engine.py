# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Apply the rules to a text, find out which host each finding is about, and rank the findings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from azext_acrhealth.explain.hosts import OURS, Mention, mentions, role_of
from azext_acrhealth.explain.readers import fold, read
from azext_acrhealth.explain.rule import CONFIDENCES, Finding, Rule, compiled
from azext_acrhealth.explain.rules import RULES, WORDS
from azext_acrhealth.model import Problem

# No text needs more; a text that repeats a message is searched no further.
_MATCHES = 12
# What makes a text one about container registries or images.
_ABOUT_IMAGES = re.compile(
    r'azurecr|\bacr\b|aka\.ms/acr|container ?registr|\bregistry\b|/v2/|\boci://|\bdocker|\bpodman'
    r'|\bskopeo|\bbuildah|\bkaniko|\bbuildx|buildkit|\bcrane\b|\boras\b|\bhelm\b|containerd|\bcri-o'
    r'|(?:pull|push)(?:ing|ed)? (?:and unpack )?(?:the )?(?:container )?image|imagepull|image pull'
    r'|\bmanifest(?:s)?[ /]|errimage|jib|containerize|\baz acr|containerapp|acrhealth'
)
_SAME_LINE = 600


@dataclass(frozen=True)
class Message:
    """A text as the rules search it; `folded` is in lowercase, of the same length."""

    text: str
    folded: str

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """Return the hosts that the text names."""
        return mentions(self.folded)

    @cached_property
    def about_images(self) -> bool:
        """Return whether the text is about container registries or images."""
        return _ABOUT_IMAGES.search(self.folded) is not None


def message_of(text: str) -> Message:
    """Return a text in any form as the rules search it."""
    plain = read(text, WORDS)
    return Message(plain, fold(plain))


def find(message: Message, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Return what the rules find in a text, the best first.

    Findings about other registries are among them, and symptoms.
    """
    findings = [finding for rule in rules for finding in _apply(rule, message)]
    outranked = {
        name for finding in findings if not finding.is_foreign for name in finding.rule.outranks
    }
    left = [
        finding
        for finding in findings
        if finding.rule.id not in outranked and finding.rule.kind not in outranked
    ]
    # The sort is stable: among equals, the order of the rules decides, which begins with the most
    # specific ones.
    ranked = sorted(left, key=lambda finding: CONFIDENCES.index(finding.rule.confidence))
    return [
        finding
        for place, finding in enumerate(ranked)
        if not any(_contains(better, finding) for better in ranked[:place])
    ]


def _contains(better: Finding, finding: Finding) -> bool:
    """Return whether a better finding explains all words of another one."""
    start, end = finding.match.span()
    return better.match.start() <= start and end <= better.match.end()


def _apply(rule: Rule, message: Message) -> Iterator[Finding]:
    """Yield the first finding about our registries, and the first about another one."""
    folded = message.folded
    if not any(word in folded for word in rule.words):
        return
    if not (rule.specific or message.about_images):
        return
    if rule.needs and not compiled(rule.needs).search(folded):
        return
    if rule.unless and compiled(rule.unless).search(folded):
        return
    seen = set()
    for match in islice(compiled(rule.pattern).finditer(folded), _MATCHES):
        finding = _judge(rule, match, message)
        if finding and finding.is_foreign not in seen:
            seen.add(finding.is_foreign)
            yield finding


def _judge(rule: Rule, match: re.Match[str], message: Message) -> Finding | None:
    """Return the finding of a match; None if it is about a host that doesn't matter."""
    named = match.groupdict().get('host')
    if named:
        role, known = role_of(named.rpartition(':')[0] if ':' in named else named)
        mention: Mention | None = Mention(match.start('host'), match.end('host'), known, role)
    else:
        mention = _nearest(message, match)
    role = mention.role if mention else 'registry'
    if rule.anywhere or role in ('registry', 'foreign'):
        return Finding(rule, match, mention, rule.problem)
    if role in rule.elsewhere:
        return Finding(rule, match, mention, rule.elsewhere[role])
    if role in OURS:
        return Finding(rule, match, mention, rule.problem)
    # A host that was only near says little; one that the message names is what it is about.
    return None if named else _without_mention(rule, match, message)


def _without_mention(rule: Rule, match: re.Match[str], message: Message) -> Finding | None:
    roles = {mention.role for mention in message.mentions} & {'registry', 'data', 'foreign'}
    if roles == {'foreign'}:
        return None
    return Finding(rule, match, None, rule.problem)


def _nearest(message: Message, match: re.Match[str]) -> Mention | None:
    """Return the host that a match is about: one in it, else the last before, else the next."""
    listed = message.mentions
    inside = [
        mention for mention in listed if mention.end > match.start() and mention.start < match.end()
    ]
    if inside:
        return inside[0]
    before = bisect_right([mention.start for mention in listed], match.start())
    if before:
        return _of_line(message, listed[:before], match.start())
    following = [mention for mention in listed[before:] if mention.role != 'other']
    return following[0] if following else None


def _of_line(message: Message, before: Sequence[Mention], start: int) -> Mention:
    """Return the last host before a place; of its line, one that isn't an unrelated host."""
    line = message.folded.rfind('\n', max(0, start - _SAME_LINE), start)
    known = [mention for mention in before if mention.role != 'other']
    if known and (known[-1].start > line or before[-1].start < line):
        return known[-1]
    return before[-1]


def candidates_of(findings: Iterable[Finding]) -> Iterator[tuple[Problem, Finding, bool]]:
    """Yield the problems of findings, the best first, and whether each is only a candidate."""
    listed = list(findings)
    seen = set()
    for finding in listed:
        if finding.problem and finding.problem not in seen:
            seen.add(finding.problem)
            yield finding.problem, finding, False
    for finding in listed[:1]:
        for problem in finding.rule.candidates:
            if problem not in seen:
                seen.add(problem)
                yield problem, finding, True
