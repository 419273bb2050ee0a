# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The registry from which a network-isolated cluster gets the images of AKS."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.bootstrap_registry import bootstrap_registry, missing_parts
from azext_acrhealth.model import Context
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    OPTIONS,
    TARGET,
    cluster_resource,
    failure,
    listed,
    login_server,
)
from tests.checks.fake_probes import REGISTRY_ID, FakeProbes

RULE = {
    'name': 'any',
    'properties': {
        'sourceRepository': 'mcr.microsoft.com/*',
        'targetRepository': 'aks-managed-repository/*',
    },
}


@pytest.mark.parametrize(
    'profile, is_checked, note',
    [
        ({'containerRegistryId': REGISTRY_ID.upper()}, True, ''),
        ({'containerRegistryId': f'{REGISTRY_ID}2'}, False, 'from myregistry2, not'),
        ({'containerRegistryId': None}, False, 'from a registry that AKS manages, not'),
    ],
)
def test_which_registry(profile: dict[str, Any], is_checked: bool, note: str) -> None:
    resource = cluster_resource(bootstrapProfile={'artifactSource': 'Cache', **profile})
    found = bootstrap_registry(resource, login_server())
    assert found and found.is_checked is is_checked and note in found.note
    assert found.facts()['isChecked'] is is_checked


def test_a_cluster_that_is_not_isolated() -> None:
    for profile in ({'artifactSource': 'Direct', 'containerRegistryId': REGISTRY_ID}, None):
        resource = cluster_resource(bootstrapProfile=profile)
        assert bootstrap_registry(resource, login_server()) is None


def missing(rules: ArmResult, endpoints: int = 1, sku: str | None = 'Premium') -> Any:
    ctx = Context(TARGET, OPTIONS, FakeProbes(lists={'cacheRules': rules}), 1e9)
    login = login_server()
    login = login._replace(resource={**dict(login.resource or {}), 'sku': {'name': sku}})
    return missing_parts(ctx, login, endpoints)


def test_what_it_lacks() -> None:
    assert missing(listed({}, RULE)) == ([], None)
    assert missing(listed(RULE), sku=None) == ([], None)
    other = {'properties': {**RULE['properties'], 'targetRepository': 'other/*'}}  # type: ignore[dict-item]
    assert missing(listed(other), 0, 'Standard')[0] == [
        'the Premium tier (it has Standard)',
        'an approved private endpoint',
        'the cache rule aks-managed-mcr',
    ]


def test_rules_that_are_not_read() -> None:
    parts, unread = missing(failure('Forbidden'))
    assert parts == [] and unread and unread.problem.reason == 'CacheRulesForbidden'
    assert missing(listed(more=True)) == ([], None), 'the rule may be among those not read'
