# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The explanation of a text: the verdict, the problems with their evidence, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from azext_acrhealth.entra_errors import policy_of
from azext_acrhealth.explain.engine import candidates_of, find
from azext_acrhealth.explain.kinds import Kind
from azext_acrhealth.explain.message import Message, message_of, unwrapped
from azext_acrhealth.explain.rule import CONFIDENCES, Confidence, Finding
from azext_acrhealth.explain.rules import RULES, WORDS
from azext_acrhealth.explain.subject import Subject, subject_of
from azext_acrhealth.explain.tools import tool_of
from azext_acrhealth.grammar import TAG, is_digest, is_ip_address
from azext_acrhealth.model import Problem
from azext_acrhealth.redaction import redact_passwords

Verdict = Literal['Match', 'SymptomOnly', 'OtherRegistry', 'NoMatch']
_LONGEST_EVIDENCE = 200
# How much of a long text's start and end shows the tool, by the prefixes of its lines.
_SAMPLE = 16 * 1024
# More than these help nobody.
_MOST_MATCHES = 6
# A value from a text enters a command only after it parsed as what it claims to be.
_IS_VALID: Mapping[str, Callable[[str], bool]] = {
    'client_ip': is_ip_address,
    'tag': lambda text: TAG.fullmatch(text) is not None,
    'digest': is_digest,
    'number': str.isdecimal,
    'api_version': lambda text: text.replace('.', '').isdecimal(),
}


@dataclass(frozen=True)
class Match:
    """A problem that a text shows, what failed, the words that show it, and placeholders."""

    problem: Problem
    kind: Kind
    confidence: Confidence
    evidence: str
    placeholders: Mapping[str, str] = field(default_factory=dict)


class Explanation(NamedTuple):
    """What a text says: the matches have the best first."""

    verdict: Verdict
    subject: Subject
    tool: str | None
    matches: Sequence[Match]


def explain(text: str) -> Explanation:
    """Return the explanation of a text in any form."""
    text = redact_passwords(text)
    message = message_of(text, WORDS)
    # Prefixes of logs, which the message has no more, show the tool as well.
    sample = text if len(text) <= 2 * _SAMPLE else f'{text[:_SAMPLE]}\n{text[-_SAMPLE:]}'
    tool = tool_of(f'{sample.lower()}\n{message.folded}')
    explanation = _explain(message, tool)
    if explanation.verdict in ('NoMatch', 'SymptomOnly') and '\n' in message.text:
        # A terminal wraps words, too: the parts of one make sense only together.
        joined = _explain(unwrapped(message), tool)
        wanted = ('Match',) if explanation.verdict == 'SymptomOnly' else ('Match', 'OtherRegistry')
        if joined.verdict in wanted:
            return joined
    return explanation


def _explain(message: Message, tool: str | None) -> Explanation:
    findings = find(message, RULES)
    if not findings:
        return Explanation('NoMatch', Subject(), None, ())
    causes = [finding for finding in findings if finding.rule.kind != 'symptom']
    ours = [finding for finding in causes if not finding.is_foreign and finding.problem]
    best = _best(causes, ours)
    verdict = _verdict(findings, best)
    subject = subject_of(message, best or findings[0])
    matches = list(_matches(message, ours, subject)) if verdict == 'Match' else []
    return Explanation(verdict, subject, tool, matches[:_MOST_MATCHES])


def _best(causes: Sequence[Finding], ours: Sequence[Finding]) -> Finding | None:
    """Return the finding that decides: of equally good ones, one about our registries."""
    if not causes:
        return None
    if ours:
        rank = CONFIDENCES.index
        if rank(ours[0].rule.confidence) <= rank(causes[0].rule.confidence):
            return ours[0]
    return causes[0]


def _verdict(findings: Sequence[Finding], best: Finding | None) -> Verdict:
    if best:
        return 'OtherRegistry' if best.is_foreign else 'Match'
    return 'OtherRegistry' if all(finding.is_foreign for finding in findings) else 'SymptomOnly'


def _matches(message: Message, ours: Sequence[Finding], subject: Subject) -> Iterator[Match]:
    for problem, finding, is_candidate in candidates_of(ours):
        yield Match(
            problem,
            finding.rule.kind,
            'possible' if is_candidate else finding.rule.confidence,
            _evidence(message, finding),
            {**_of_subject(subject), **_of_groups(message, finding)},
        )


def _evidence(message: Message, finding: Finding) -> str:
    start, end = finding.match.span()
    text = ' '.join(message.text[start:end].split())
    if len(text) <= _LONGEST_EVIDENCE:
        return text
    half = _LONGEST_EVIDENCE // 2
    return f'{text[:half].rstrip()} … {text[-half:].lstrip()}'


def _of_subject(subject: Subject) -> Mapping[str, str]:
    host, image = subject.host, subject.image
    if not host:
        return {}
    name, _, suffix = host.partition('.')
    values = {
        'registry': name.partition('-')[0],
        'host': host,
        'login_server': host,
        'suffix': f'.{suffix}',
    }
    if image:
        values |= {'image': image.within, 'repository': image.repository, 'tag': image.tag}
    return {key: value for key, value in values.items() if value}


def _of_groups(message: Message, finding: Finding) -> Mapping[str, str]:
    values = {
        name: message.text[finding.match.start(name) : finding.match.end(name)]
        for name, found in finding.match.groupdict().items()
        if found and name in _IS_VALID and _IS_VALID[name](found)
    }
    if 'number' in values:
        values['policy'] = policy_of(int(values['number']))
    return values
