# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Pairs of results: the same registry under several names, and lists of texts."""

from __future__ import annotations

from azext_acrhealth.compare.difference import joined
from azext_acrhealth.compare.saved_result import Scope
from tests.compare.results import pair, result, row


def test_a_registry_has_one_name() -> None:
    other = result(row('dns', registry='contoso-x'))
    other['registries'][0]['loginServer'] = 'CONTOSO.azurecr.io'
    for made in (pair(result(row('dns')), other), pair(other, result(row('dns')))):
        assert made.scopes == [Scope(), Scope('contoso')]
        assert made.about(Scope('contoso')) == ''


def test_registries_that_are_not_shared() -> None:
    made = pair(result(row('dns')), result(row('dns', registry='fabrikam')))
    assert made.scopes == [Scope()]
    assert made.about(Scope('contoso', 'aks1')) == ' of contoso and aks1'


def test_a_sentence() -> None:
    made = pair(result(row('dns')), result(row('dns')))
    assert made.sentence('it is a', 'it is b') == 'On laptop.json, it is a; on agent.json, it is b.'


def test_a_list() -> None:
    assert joined(['a', 'b']) == 'a, b' and joined([]) == ''
    assert joined([str(number) for number in range(30)]).endswith('19, and 10 more')
