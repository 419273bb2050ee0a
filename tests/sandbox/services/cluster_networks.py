# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The network of a cluster's nodes as ARM represents it: network, subnet and ways out.

Source: the REST reference of Microsoft.Network, api-version 2022-01-01, and the names that AKS
gives to the network that it makes in the node resource group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.sandbox.services import cloud

Resource = dict[str, Any]
NETWORKS = 'Microsoft.Network/virtualNetworks'
ADDRESSES = 'Microsoft.Network/publicIPAddresses'
PREFIXES, NAT_GATEWAYS, ROUTE_TABLES, SECURITY_GROUPS, FIREWALLS = (
    f'Microsoft.Network/{kind}'
    for kind in (
        *('publicIPPrefixes', 'natGateways', 'routeTables', 'networkSecurityGroups'),
        'azureFirewalls',
    )
)
NETWORK, SUBNET = 'aks-vnet-12345678', 'aks-subnet'


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
    listed = {
        'id': identifier,
        'name': name,
        'type': f'{NETWORKS}/subnets',
        'properties': properties,
    }
    return _resource(
        network_id,
        NETWORKS,
        addressSpace={'addressPrefixes': ['10.224.0.0/12']},
        subnets=[listed],
        virtualNetworkPeerings=[],
        enableDdosProtection=False,
    )


def outbound_address(nodes: str, subscription: str = cloud.SUBSCRIPTION) -> Resource:
    """Return the public IP address that a cluster's load balancer leaves by."""
    name = cloud.guid(f'{nodes} outbound')
    identifier = cloud.resource_id(nodes, ADDRESSES, name, subscription)
    return public_address(identifier, cloud.OUTBOUND_ADDRESS)


def public_address(identifier: str, address: str) -> Resource:
    """Return a public IP address."""
    resource = _resource(
        identifier,
        ADDRESSES,
        ipAddress=address,
        publicIPAddressVersion='IPv6' if ':' in address else 'IPv4',
        publicIPAllocationMethod='Static',
    )
    return {**resource, 'sku': {'name': 'Standard', 'tier': 'Regional'}}


def public_prefix(identifier: str, prefix: str) -> Resource:
    """Return a prefix of public IP addresses, in CIDR notation."""
    properties = {'ipPrefix': prefix, 'prefixLength': int(prefix.rpartition('/')[2])}
    return _resource(identifier, PREFIXES, publicIPAddresses=[], **properties)


def nat_gateway(identifier: str, addresses: Sequence[str], prefixes: Sequence[str]) -> Resource:
    """Return a NAT gateway, given the IDs of its public addresses and prefixes."""
    return _resource(
        identifier,
        NAT_GATEWAYS,
        idleTimeoutInMinutes=4,
        publicIpAddresses=[{'id': entry} for entry in addresses],
        publicIpPrefixes=[{'id': entry} for entry in prefixes],
    )


def route_table(identifier: str, routes: Mapping[str, Mapping[str, str]]) -> Resource:
    """Return a route table: the next hops (`nextHopType`, `nextHopIpAddress`) by prefix."""
    listed = [
        {
            'name': f'route{number}',
            'properties': {
                'addressPrefix': prefix,
                'hasBgpOverride': False,
                'provisioningState': 'Succeeded',
                **hop,
            },
        }
        for number, (prefix, hop) in enumerate(routes.items())
    ]
    return _resource(identifier, ROUTE_TABLES, disableBgpRoutePropagation=True, routes=listed)


def security_group(identifier: str, rules: Sequence[Mapping[str, Any]]) -> Resource:
    """Return a network security group: outbound rules for all protocols, from all sources."""
    listed = [
        {
            'name': f'rule{number}',
            'properties': {
                'direction': 'Outbound',
                'protocol': '*',
                'priority': 100 + number,
                'sourceAddressPrefix': '*',
                'sourcePortRange': '*',
                'destinationAddressPrefix': '*',
                'destinationPortRange': '443',
                **rule,
            },
        }
        for number, rule in enumerate(rules)
    ]
    return _resource(identifier, SECURITY_GROUPS, securityRules=listed, defaultSecurityRules=[])


def firewall(identifier: str, network_id: str, private: str, public: str) -> Resource:
    """Return an Azure Firewall in a network: its private address, its public address's ID."""
    configuration = {
        'name': 'configuration',
        'properties': {
            'privateIPAddress': private,
            'privateIPAllocationMethod': 'Dynamic',
            'subnet': {'id': f'{network_id}/subnets/AzureFirewallSubnet'},
            'publicIPAddress': {'id': public},
        },
    }
    return _resource(identifier, FIREWALLS, ipConfigurations=[configuration])


def _resource(identifier: str, kind: str, **properties: Any) -> Resource:
    return {
        'id': identifier,
        'name': identifier.rpartition('/')[2],
        'type': kind,
        'location': cloud.REGION,
        'properties': {'provisioningState': 'Succeeded', **properties},
    }
