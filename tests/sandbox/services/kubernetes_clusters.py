# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Clusters of Azure Kubernetes Service as ARM represents them, with identity and scale sets.

Source: the SDK's recordings and the REST reference of api-version 2025-05-01. IDs within a cluster
have `resourcegroups` in lower case, those within a scale set have not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services import cloud, cluster_networks

Resource = dict[str, Any]
IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities'
CLUSTERS = 'Microsoft.ContainerService/managedClusters'
SCALE_SETS = 'Microsoft.Compute/virtualMachineScaleSets'
POOL = {
    'count': 3,
    'vmSize': 'Standard_D4ds_v5',
    'osType': 'Linux',
    'osSKU': 'Ubuntu',
    'mode': 'System',
    'type': 'VirtualMachineScaleSets',
    'powerState': {'code': 'Running'},
    'provisioningState': 'Succeeded',
    'currentOrchestratorVersion': '1.33.5',
    'nodeImageVersion': 'AKSUbuntu-2404gen2containerd-202611.12.0',
    'enableNodePublicIP': False,
    'vnetSubnetID': None,
    'nodeTaints': None,
}


def node_group(name: str, group: str) -> str:
    """Return the name of a cluster's node resource group."""
    return f'MC_{group}_{name}_{cloud.REGION}'


def kubelet_identity(
    name: str, group: str, subscription: str = cloud.SUBSCRIPTION, tenant: str = cloud.TENANT
) -> Resource:
    """Return the identity by which a cluster's nodes pull."""
    identity_name = f'{name}-agentpool'
    return {
        'id': cloud.resource_id(node_group(name, group), IDENTITIES, identity_name, subscription),
        'name': identity_name,
        'type': IDENTITIES,
        'location': cloud.REGION,
        'properties': {
            'tenantId': tenant,
            'principalId': cloud.guid(f'{name} {group} kubelet/principal'),
            'clientId': cloud.guid(f'{name} {group} kubelet/client'),
        },
    }


def cluster(
    name: str,
    group: str,
    identity: Resource,
    pools: Sequence[Mapping[str, Any]],
    service_principal: Optional[str] = None,
    **properties: Any,
) -> Resource:
    """Return a cluster whose nodes pull as an identity, or as a service principal (its client ID).

    `pools` are the properties of node pools that differ from the default ones.
    """
    subscription, nodes = identity['id'].split('/')[2], node_group(name, group)
    profile = {
        'resourceId': lower_group(identity['id']),
        'clientId': identity['properties']['clientId'],
        'objectId': identity['properties']['principalId'],
    }
    shown: Resource = {
        'provisioningState': 'Succeeded',
        'powerState': {'code': 'Running'},
        'kubernetesVersion': '1.33',
        'currentKubernetesVersion': '1.33.5',
        'fqdn': f'{name}-{group}-0b1f64-abcd1234.hcp.{cloud.REGION}.azmk8s.test',
        'nodeResourceGroup': nodes,
        'servicePrincipalProfile': {'clientId': service_principal or 'msi'},
        'identityProfile': {'kubeletidentity': profile},
        'agentPoolProfiles': [{**POOL, **pool} for pool in pools],
        'networkProfile': {
            'networkPlugin': 'azure',
            'outboundType': 'loadBalancer',
            'loadBalancerSku': 'standard',
            'dnsServiceIP': '10.0.0.10',
            'ipFamilies': ['IPv4'],
            'loadBalancerProfile': {
                'managedOutboundIPs': {'count': 1},
                'effectiveOutboundIPs': [
                    {'id': cluster_networks.outbound_address(nodes, subscription)['id']}
                ],
                'backendPoolType': 'nodeIPConfiguration',
            },
        },
        'apiServerAccessProfile': {'enablePrivateCluster': False, 'disableRunCommand': False},
        'aadProfile': {'managed': True, 'enableAzureRBAC': True},
        'disableLocalAccounts': False,
        'bootstrapProfile': {'artifactSource': 'Direct'},
        'httpProxyConfig': None,
        **properties,
    }
    control_plane: Resource = {
        'type': 'SystemAssigned',
        'principalId': control_plane_principal(name, group),
        'tenantId': identity['properties']['tenantId'],
    }
    if service_principal:
        del shown['identityProfile']
        control_plane = {'type': 'None'}
    return {
        'id': lower_group(cloud.resource_id(group, CLUSTERS, name, subscription)),
        'name': name,
        'type': 'Microsoft.ContainerService/ManagedClusters',
        'location': cloud.REGION,
        'sku': {'name': 'Base', 'tier': 'Free'},
        'identity': control_plane,
        'properties': shown,
    }


def control_plane_principal(name: str, group: str) -> str:
    """Return the object ID of a cluster's own identity, which doesn't pull."""
    return cloud.guid(f'{name} {group} control plane')


def scale_set(
    name: str,
    group: str,
    pool: Mapping[str, Any],
    number: int,
    identity: Optional[Resource],
    subscription: str,
) -> Resource:
    """Return the scale set of a node pool, with an identity or none."""
    nodes = node_group(name, group)
    assigned: Resource = {'type': 'None'}
    if identity:
        principal = {key: identity['properties'][key] for key in ('principalId', 'clientId')}
        identities = {identity['id'].replace(IDENTITIES, IDENTITIES.lower()): principal}
        assigned = {'type': 'UserAssigned', 'userAssignedIdentities': identities}
    subnet_id = pool.get('vnetSubnetID') or cluster_networks.subnet_id(nodes, subscription)
    subnet = {'properties': {'subnet': {'id': subnet_id}}}
    interfaces = [{'properties': {'ipConfigurations': [subnet]}}]
    scale_set_name = f'aks-{pool["name"]}-1234567{number}-vmss'
    return {
        'id': cloud.resource_id(nodes, SCALE_SETS, scale_set_name, subscription),
        'name': scale_set_name,
        'type': SCALE_SETS,
        'location': cloud.REGION,
        'tags': {'aks-managed-poolName': pool['name']},
        'identity': assigned,
        'properties': {
            'provisioningState': 'Succeeded',
            'virtualMachineProfile': {
                'networkProfile': {'networkInterfaceConfigurations': interfaces}
            },
        },
    }


def lower_group(identifier: str) -> str:
    """Return an ID as AKS spells it."""
    return identifier.replace('/resourceGroups/', '/resourcegroups/')
