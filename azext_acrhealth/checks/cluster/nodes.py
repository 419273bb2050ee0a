# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The nodes of a cluster in its node resource group: scale sets, or single virtual machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.grammar import RESOURCE_GROUP
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.failure import Failure
from azext_acrhealth.probes.json_access import list_of, object_of, properties_of, text_of

_API = '2022-03-01'
SCALE_SETS, MACHINES = (
    f'Microsoft.Compute/{kind}' for kind in ('virtualMachineScaleSets', 'virtualMachines')
)
_POOL_TAG = 'aks-managed-poolName'
_POOL_KIND = 'VirtualMachineScaleSets'
NO_NODE_GROUP = ArmResult(failure=Failure('Unavailable', 'the cluster has no node resource group'))


def node_group_id(resource: ClusterResource) -> str:
    """Return the ID of the node resource group, empty where its name is missing or invalid."""
    name = text_of(resource.properties.get('nodeResourceGroup')) or ''
    if not RESOURCE_GROUP.fullmatch(name):
        return ''
    return f'/subscriptions/{resource.cluster.subscription}/resourceGroups/{name}'


def kinds_of_nodes(resource: ClusterResource) -> list[str]:
    """Return what the nodes are: scale sets, and, where no scale set has them, machines."""
    single = [pool for pool in resource.node_pools if pool.kind not in (None, _POOL_KIND)]
    return [SCALE_SETS, *([MACHINES] if single or resource.adds_nodes_itself else [])]


def nodes_read(group_id: str, kind: str) -> ArmRead:
    """Return how the nodes of a kind in a resource group are listed."""
    return ArmRead(group_id, _API, f'providers/{kind}')


def pool_of(node: Mapping[str, Any]) -> str | None:
    """Return the name of the node pool that a scale set or a machine belongs to, if known."""
    return text_of(object_of(node.get('tags')).get(_POOL_TAG))


def subnets_of(scale_set: Mapping[str, Any]) -> list[str]:
    """Return the IDs of the subnets in which a scale set's network interfaces are."""
    profile = object_of(properties_of(scale_set).get('virtualMachineProfile'))
    network = object_of(profile.get('networkProfile'))
    found = list[str]()
    for interface in list_of(network.get('networkInterfaceConfigurations')):
        properties = properties_of(interface)
        for configuration in list_of(properties.get('ipConfigurations')):
            subnet = object_of(properties_of(configuration).get('subnet'))
            found += [identifier] if (identifier := text_of(subnet.get('id'))) else []
    return list(dict.fromkeys(found))
