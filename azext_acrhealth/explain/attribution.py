# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Find out which host a match is about, and whether the match counts for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from azext_acrhealth.explain.hosts import OURS, Mention, Role, role_of
from azext_acrhealth.explain.message import Message
from azext_acrhealth.explain.rule import Finding, Rule

# Words after which a failure is that of storage, until the next host.
_STORAGE_LEAD = re.compile(
    r'error pulling image configuration|httpreadseeker: failed open|failed to copy: httpreadseeker'
)
_SAME_LINE = 600


def judge(rule: Rule, match: re.Match[str], message: Message) -> Finding | None:
    """Return the finding of a match; None if it is about a host that doesn't matter."""
    named = match.groupdict().get('host')
    mention = _named(match) if named else _nearest(message, match)
    role: Role = mention.role if mention else 'registry'
    if rule.kind == 'foreign' and not rule.registry:
        return Finding(rule, match, mention, None) if role == 'foreign' else None
    if rule.anywhere:
        return Finding(rule, match, mention, rule.problem)
    if role == 'data' and not message.about_layers:
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


def _named(match: re.Match[str]) -> Mention:
    host, colon, port = match['host'].rpartition(':')
    role, known = role_of(host if colon and port.isdecimal() else match['host'])
    return Mention(match.start('host'), match.end('host'), known, role)


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
