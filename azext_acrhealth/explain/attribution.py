# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find out which host a match is about, and whether the match counts for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from azext_acrhealth.explain.hosts import OURS, Mention, Role, role_of, without_port
from azext_acrhealth.explain.message import Message
from azext_acrhealth.explain.rule import Finding, Rule
from azext_acrhealth.lazy_patterns import lazy_pattern

# Words after which a failure is that of storage, until the next host.
_STORAGE_LEAD = lazy_pattern(
    r'error pulling image configuration|httpreadseeker: failed open|failed to copy: httpreadseeker'
)
_SAME_LINE = 600
# Addresses with a port. Registries use 443; names are looked up at port 53.
_PORT = lazy_pattern(
    r'(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\]|\blocalhost|\.[a-z]{2,12}):|\bport[ =])(\d{2,5})\b'
)
_REGISTRY_PORTS = {'443', '80', '53'}
_NEAR = 120


def judge(rule: Rule, match: re.Match[str], message: Message) -> Finding | None:
    """Return the finding of a match; None if it is about a host that doesn't matter."""
    named = _host_group(match)
    mention = _named(match, named) if named else _nearest(message, match)
    role: Role = mention.role if mention else 'registry'
    if rule.kind == 'foreign' and not rule.registry:
        return Finding(rule, match, mention, None) if role == 'foreign' else None
    if rule.anywhere:
        return Finding(rule, match, mention, rule.problem)
    if role == 'data' and not message.about_layers:
        return None
    if not (rule.specific or named) and message.is_about_packages(*match.span()):
        return None
    if rule.kind == 'connection' and _has_other_port(message, match):
        return None
    if not named and 'data' in rule.elsewhere and _from_storage(message, match, mention):
        role = 'data'
    if role in rule.elsewhere:
        return Finding(rule, match, mention, rule.elsewhere[role])
    if not (rule.specific or message.about_images):
        return None  # only what is about Azure itself counts in such a text
    if role in (*OURS, 'foreign'):
        return Finding(rule, match, mention, rule.problem)
    # A host that was only near says little; one that the message names is what it is about.
    if named or (not rule.specific and mention and _is_in_line(message, mention, match)):
        return None
    others = {other.role for other in message.mentions} & {*OURS, 'foreign'}
    return None if others == {'foreign'} else Finding(rule, match, None, rule.problem)


def _host_group(match: re.Match[str]) -> str:
    """Return the name of the group that has the host; '' if the pattern has none that matched."""
    groups = match.groupdict()
    return next((name for name in groups if name.startswith('host') and groups[name]), '')


def _named(match: re.Match[str], group: str) -> Mention:
    role, known = role_of(without_port(match[group]))
    return Mention(match.start(group), match.end(group), known, role)


def _has_other_port(message: Message, match: re.Match[str]) -> bool:
    """Return whether the words near a match name ports, and not that of registries."""
    line_start = message.folded.rfind('\n', 0, match.start()) + 1
    start, end = max(line_start, match.start() - _NEAR), match.end() + _NEAR
    near = message.folded[start:end].partition('\n' if match.end() < end else '\0')[0]
    ports = set(_PORT.findall(near))
    return bool(ports) and not ports & _REGISTRY_PORTS


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
        return _last(message, listed[:before], match.start())
    return next((mention for mention in listed[before:] if mention.role != 'other'), None)


def _last(message: Message, before: Sequence[Mention], start: int) -> Mention:
    """Return the last host before a place; an unrelated one only if no other is in its line."""
    line = message.folded.rfind('\n', max(0, start - _SAME_LINE), start)
    known = [mention for mention in before if mention.role != 'other']
    if known and (known[-1].start > line or before[-1].start < line):
        return known[-1]
    return before[-1]


def _is_in_line(message: Message, mention: Mention, match: re.Match[str]) -> bool:
    between = message.folded[mention.start : match.start()]
    return mention.start <= match.start() and '\n' not in between


def _from_storage(message: Message, match: re.Match[str], mention: Mention | None) -> bool:
    """Return whether the words before a match, and after the last host, are about storage."""
    if mention and mention.role not in ('registry', 'foreign'):
        return False
    start = max(match.start() - _SAME_LINE, 0)
    leads = [lead.end() for lead in _STORAGE_LEAD.finditer(message.folded, start, match.end())]
    return bool(leads) and (mention is None or mention.start < leads[-1])
