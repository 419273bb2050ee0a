# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the checks of a cluster share."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource, cluster_placeholders
from azext_acrhealth.options import Cluster
from tests.checks.cluster.fixtures import AKS, CLUSTER_ID, cluster_resource, pool


def test_placeholders() -> None:
    assert cluster_placeholders(AKS) == {
        'cluster': 'aks1',
        'cluster_group': 'rg-aks',
        'cluster_subscription': AKS.subscription,
        'cluster_id': CLUSTER_ID,
    }
    known = cluster_placeholders(Cluster('aks1'))
    assert [name for name, value in known.items() if value] == ['cluster']


def test_node_pools() -> None:
    listed = [pool(), None, {}, {'name': 7}, {'name': 'odd', 'count': 'x', 'powerState': []}]
    one, odd = cluster_resource(agentPoolProfiles=listed).node_pools
    assert (one.name, one.os_type, one.count, one.state) == ('nodepool1', 'Linux', 3, 'Running')
    assert odd.facts() == {
        'name': 'odd',
        'osType': None,
        'vmSize': None,
        'count': None,
        'powerState': None,
    }


@pytest.mark.parametrize('properties', [None, 7, [], {'agentPoolProfiles': {}}])
def test_odd_properties(properties: Any) -> None:
    assert ClusterResource(AKS, {'properties': properties}).node_pools == []
