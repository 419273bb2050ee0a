# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The network of a cluster's nodes as ARM represents it: network, subnet and outbound address.

Source: the REST reference of Microsoft.Network, api-version 2022-01-01, and the names that AKS
gives to the network that it makes in the node resource group.
"""

from __future__ import annotations

from typing import Any

from tests.sandbox.services import cloud

Resource = dict[str, Any]
NETWORKS = 'Microsoft.Network/virtualNetworks'
ADDRESSES = 'Microsoft.Network/publicIPAddresses'
NETWORK, SUBNET = 'aks-vnet-12345678', 'aks-subnet'
# Of the address block that documentation reserves (RFC 5737).
OUTBOUND_ADDRESS = '198.51.100.20'


def subnet_id(nodes: str, subscription: str = cloud.SUBSCRIPTION) -> str:
    """Return the ID of the subnet that AKS makes in a node resource group."""
    return f'{cloud.resource_id(nodes, NETWORKS, NETWORK, subscription)}/subnets/{SUBNET}'


def network(identifier: str, **subnet: Any) -> Resource:
    """Return a virtual network with one subnet, given the subnet's ID and further properties."""
    network_id, _, name = identifier.rpartition('/subnets/')
    properties = {
        'addressPrefix': '10.224.0.0/16',
        'provisioningState': 'Succeeded',
        'delegations': [],
        'serviceEndpoints': [],
        'privateEndpointNetworkPolicies': 'Disabled',
        **subnet,
    }
    return {
        'id': network_id,
        'name': network_id.rpartition('/')[2],
        'type': NETWORKS,
        'location': cloud.REGION,
        'properties': {
            'provisioningState': 'Succeeded',
            'addressSpace': {'addressPrefixes': ['10.224.0.0/12']},
            'subnets': [
                {
                    'id': identifier,
                    'name': name,
                    'type': f'{NETWORKS}/subnets',
                    'properties': properties,
                }
            ],
            'virtualNetworkPeerings': [],
            'enableDdosProtection': False,
        },
    }


def public_address(nodes: str, subscription: str = cloud.SUBSCRIPTION) -> Resource:
    """Return the public IP address that a cluster's load balancer leaves by."""
    name = cloud.guid(f'{nodes} outbound')
    return {
        'id': cloud.resource_id(nodes, ADDRESSES, name, subscription),
        'name': name,
        'type': ADDRESSES,
        'location': cloud.REGION,
        'sku': {'name': 'Standard', 'tier': 'Regional'},
        'properties': {
            'provisioningState': 'Succeeded',
            'ipAddress': OUTBOUND_ADDRESS,
            'publicIPAddressVersion': 'IPv4',
            'publicIPAllocationMethod': 'Static',
        },
    }
