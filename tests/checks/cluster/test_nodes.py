# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The nodes in a node resource group."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.nodes import (
    MACHINES,
    SCALE_SETS,
    kinds_of_nodes,
    node_group_id,
    nodes_read,
    pool_of,
    subnets_of,
)
from azext_acrhealth.probes.azure.resources import ArmRead
from tests.checks.cluster.fixtures import (
    NODES,
    SUBNET_ID,
    cluster_resource,
    failure,
    listed,
    pool,
    scale_set,
)


def test_the_node_resource_group() -> None:
    assert node_group_id(cluster_resource()) == NODES
    for name in (None, 7, '', '../x', 'a/b'):
        assert node_group_id(cluster_resource(nodeResourceGroup=name)) == ''


@pytest.mark.parametrize(
    'properties, kinds',
    [
        ({}, [SCALE_SETS]),
        (
            {'agentPoolProfiles': [pool(), pool('vms', type='VirtualMachines')]},
            [SCALE_SETS, MACHINES],
        ),
        ({'agentPoolProfiles': [pool(type=None)]}, [SCALE_SETS]),
        ({'nodeProvisioningProfile': {'mode': 'Auto'}}, [SCALE_SETS, MACHINES]),
    ],
)
def test_kinds_of_nodes(properties: Any, kinds: list[str]) -> None:
    assert kinds_of_nodes(cluster_resource(**properties)) == kinds


def test_how_nodes_are_listed() -> None:
    assert nodes_read(NODES, MACHINES) == ArmRead(NODES, '2022-03-01', f'providers/{MACHINES}')
    assert listed(scale_set(), 7).items == [scale_set(), {}]
    assert failure('Forbidden').items == []


def test_the_pool_and_the_subnets_of_a_scale_set() -> None:
    assert pool_of(scale_set('one')) == 'one' and pool_of(scale_set(None)) is None
    assert subnets_of(scale_set()) == [SUBNET_ID]
    for odd in ({}, {'properties': {'virtualMachineProfile': {'networkProfile': []}}}):
        assert subnets_of(odd) == []
