# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Real messages: the right answer to each, and how often it is right, by tool."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from azext_acrhealth.catalogue import PROBLEMS
from azext_acrhealth.explain.engine import find
from azext_acrhealth.explain.explanation import Explanation, explain
from azext_acrhealth.explain.message import message_of
from azext_acrhealth.explain.rules import RULES, WORDS
from tests.explain.message_files import Entry, entries

ENTRIES = entries()
# Messages that are answered wrongly, and why that is accepted.
OPEN = {
    'aca-ghcr-get-https-azurecr-mixed': 'the author mixed two registries in one message',
    'azcli-repository-list-challenge-and-denied-2019': 'the second error is that of a fallback',
    'buildkit-unpigz-corrupted-local': 'an image without a registry is named after Docker Hub',
    'kubectl-proxyconnect-first-record': 'whose proxy it is, the message does not say',
}
SHARE_OF_DECISIVE, SHARE_OF_ALL = 0.98, 0.95


def is_right(entry: Entry, explanation: Explanation) -> bool:
    """Return whether verdict, code and reason are right."""
    if explanation.verdict != entry.verdict:
        return False
    if entry.verdict != 'Match':
        return not explanation.matches
    best = explanation.matches[0].problem
    return (best.code, best.reason) == (entry.code, entry.reason) or best.reason in entry.also


@pytest.mark.parametrize('entry', ENTRIES, ids=str)
def test_the_answer_is_right(entry: Entry) -> None:
    explanation = explain(entry.text)
    assert is_right(entry, explanation) is (entry.id not in OPEN), [
        explanation.verdict,
        [(match.problem.code, match.problem.reason) for match in explanation.matches],
    ]


def test_the_accuracy_by_tool(capsys: pytest.CaptureFixture[str]) -> None:
    right, total = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for entry in ENTRIES:
        key = (entry.tool, entry.decisive)
        total[key] += 1
        right[key] += is_right(entry, explain(entry.text))
    with capsys.disabled():
        print()
        for tool, decisive in sorted(total):
            key = (tool, decisive)
            kind = 'decisive' if decisive else 'open'
            print(f'{tool:20} {kind:9} {right[key]:4} of {total[key]:4}')
    decisive_total = sum(count for (_, decisive), count in total.items() if decisive)
    decisive_right = sum(count for (_, decisive), count in right.items() if decisive)
    assert decisive_right >= SHARE_OF_DECISIVE * decisive_total
    assert sum(right.values()) >= SHARE_OF_ALL * sum(total.values())


def test_there_are_many_messages_of_many_tools() -> None:
    assert len(ENTRIES) >= 150 and len({entry.tool for entry in ENTRIES}) >= 20
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)
    assert all(entry.source and entry.text.strip() for entry in ENTRIES)


def test_expectations_name_problems_of_the_catalogue() -> None:
    known = {(problem.code, problem.reason) for problem in PROBLEMS}
    reasons = {problem.reason for problem in PROBLEMS}
    wrong = [
        entry.id for entry in ENTRIES if entry.code and (entry.code, entry.reason) not in known
    ]
    assert wrong == []
    # Further reasons are proposals of whoever collected the message: one of them must exist.
    assert all(not entry.also or {*entry.also, entry.reason} & reasons for entry in ENTRIES)


def test_a_foreign_registry_gets_no_advice() -> None:
    for entry in ENTRIES:
        if entry.verdict == 'OtherRegistry' and entry.id not in OPEN:
            explanation = explain(entry.text)
            assert explanation.matches == [] and explanation.subject.host, entry.id


def test_every_rule_is_hit_by_a_message() -> None:
    hit = {
        finding.rule.id
        for entry in ENTRIES
        for finding in find(message_of(entry.text, WORDS), RULES)
    }
    assert {rule.id for rule in RULES} - hit == set()


# The registry is named in a form from which only a reader knows it.
UNNAMED = {
    'dotnet-docker-credential-desktop-native-keychain',
    'aca-copy-tls-handshake-timeout',
    'flux-source-managed-identity-none-assigned',
    # The target of the import stands in a resource ID, the source as a host.
    'az-import-tag-exists-twice-registry',
}
NAMED = [
    entry
    for entry in ENTRIES
    if entry.registry and entry.verdict in ('Match', 'SymptomOnly') and entry.id not in UNNAMED
]


@pytest.mark.parametrize('entry', NAMED, ids=str)
def test_the_registry_is_found(entry: Entry) -> None:
    assert explain(entry.text).subject.host == str(entry.registry).lower()


def test_most_messages_name_their_registry() -> None:
    assert len(NAMED) > 100 and {entry.id for entry in ENTRIES} >= UNNAMED


def test_messages_hold_no_personal_details() -> None:
    allowed = re.compile(
        r'(?:10|127|169\.254|192\.168|172\.\d+|203\.0\.113|198\.51\.100|192\.0\.2|100\.\d+|168\.63'
        r'|0\.\d+|255|[1-9]\.\d+|11\.\d+|12\.\d+)\.'
    )
    found = defaultdict(list)
    for entry in ENTRIES:
        for address in re.findall(r'(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w.-])', entry.text):
            if not allowed.match(address):
                found[entry.id].append(address)
        if re.search(r'[\w.+-]+@(?!sha|v\d)[\w-]+\.(?:com|net|org|io)\b', entry.text):
            found[entry.id].append('an address of a mailbox')
    assert dict(found) == {}
