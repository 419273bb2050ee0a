# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The table of decisive facts: its checks, stages, words, and order."""

from __future__ import annotations

import pytest

from azext_acrhealth.checks.all_checks import CHECKS
from azext_acrhealth.compare.decisive_facts import FACTS, NONE, DecisiveFact
from azext_acrhealth.compare.stages import STAGES, position
from tests.package_modules import PACKAGE

SKEW = next(fact for fact in FACTS if fact.name == 'clock.skewSeconds')
PROXY = next(fact for fact in FACTS if fact.name == 'client.proxy')
# What differs in every run, by the last step of a path.
VOLATILE = {'at', 'elapsedMs', 'correlationId', 'notAfter', 'notBefore', 'expires', 'timestamp'}


@pytest.mark.parametrize('fact', FACTS, ids=lambda fact: fact.name)
def test_a_fact(fact: DecisiveFact) -> None:
    assert fact.stage in STAGES
    assert fact.source in {check.id for check in CHECKS} | {'client', 'identity'}
    assert '{}' in fact.phrase or set(fact.phrases) >= {'yes', 'no'}
    assert not VOLATILE & {step.removesuffix('[]') for step in fact.path.split('.')}
    # The check writes it: its name is in the sources.
    name = fact.path.split('.')[-1].removesuffix('[]')
    texts = [path.read_text(encoding='utf-8') for path in PACKAGE.rglob('*.py')]
    written = (f"'{name}'", f'{name}=')
    others = [text for text in texts if 'DecisiveFact' not in text]
    assert any(form in text for text in others for form in written)


def test_names_are_unique_and_in_the_order_of_the_path() -> None:
    assert len({fact.name for fact in FACTS}) == len(FACTS)
    stages = [position(fact.stage) for fact in FACTS]
    assert stages == sorted(stages)


@pytest.mark.parametrize(
    'first, second, differ',
    [('0', '60', False), ('-30', '31', True), ('0', '61', True), ('x', '0', True)],
)
def test_a_clock_may_deviate(first: str, second: str, differ: bool) -> None:
    assert SKEW.differ((first,), (second,)) is differ
    assert SKEW.differ((second,), (first,)) is differ


def test_no_value() -> None:
    assert PROXY.values({'proxy': None}) == () and PROXY.describe(NONE) == 'no proxy is used'
    cloud = next(fact for fact in FACTS if fact.name == 'client.cloud')
    assert cloud.values({'cloud': None}) is None


def test_what_the_nodes_of_a_cluster_resolve() -> None:
    names = [{'found': ['10.0.0.5']}, {'found': []}]
    facts = {'networks': [{'dnsServers': ['10.0.0.4', '10.0.0.3'], 'names': names}]}
    found = {fact.path: fact.values(facts) for fact in FACTS if fact.source == 'cluster-dns'}
    assert found == {
        'networks[].dnsServers[]': ('10.0.0.3', '10.0.0.4'),
        'networks[].names[].found[]': ('10.0.0.5',),
    }
