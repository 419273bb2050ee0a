# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private endpoints as ARM represents them, with their interfaces and connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services.cloud import resource_id

NETWORK = 'Microsoft.Network/'
Resource = dict[str, Any]


def endpoint_resources(
    owner: Resource,
    name: str,
    addresses: Mapping[str, str],
    interfaces: int,
    vnet: str,
    listed: Optional[Sequence[str]],
) -> tuple[str, dict[str, Resource]]:
    """Return the id of a private endpoint of a registry, and by their ids the resources to put.

    `addresses` maps hosts to addresses, which are spread over so many interfaces. The fqdns of the
    `listed` hosts are shown, of all by default.
    """
    _, _, subscription, _, group = owner['id'].split('/')[:5]
    endpoint = resource_id(group, NETWORK + 'privateEndpoints', name, subscription)
    subnet = (
        resource_id(group, NETWORK + 'virtualNetworks', vnet, subscription) + '/subnets/default'
    )
    resources: dict[str, Resource] = {}
    for number in range(interfaces):
        nic_name = f'{name}-nic{number or ""}'
        nic = resource_id(group, NETWORK + 'networkInterfaces', nic_name, subscription)
        configurations = [
            _ip_configuration(host, address, listed is None or host in listed)
            for host, address in list(addresses.items())[number::interfaces]
        ]
        resources[nic] = {
            'properties': {'provisioningState': 'Succeeded', 'ipConfigurations': configurations}
        }
    properties = {
        'provisioningState': 'Succeeded',
        'subnet': {'id': subnet},
        'networkInterfaces': [{'id': nic} for nic in resources],
        'manualPrivateLinkServiceConnections': [],
        'customDnsConfigs': [],
    }
    return endpoint, {**resources, endpoint: {'properties': properties}}


def connection(owner: Resource, name: str, endpoint: str, state: str) -> Resource:
    """Return the connection of a private endpoint (its id) to a registry."""
    return {
        'id': f'{owner["id"]}/privateEndpointConnections/{name}',
        'name': name,
        'type': owner['type'] + '/privateEndpointConnections',
        'properties': {
            'privateEndpoint': {'id': endpoint},
            'provisioningState': 'Succeeded',
            'privateLinkServiceConnectionState': {
                'status': state,
                'description': '',
                'actionsRequired': 'None',
            },
        },
    }


def _ip_configuration(host: str, address: str, listed: bool) -> Resource:
    parts = host.split('.')
    member = f'registry_data_{parts[1]}' if parts[2:3] == ['data'] else 'registry'
    link = {'groupId': 'registry', 'requiredMemberName': member, 'fqdns': [host] if listed else []}
    return {
        'name': f'privateEndpointIpConfig.{host}',
        'properties': {
            'provisioningState': 'Succeeded',
            'privateIPAddress': address,
            'privateIPAllocationMethod': 'Dynamic',
            'primary': member == 'registry',
            'privateLinkConnectionProperties': link,
        },
    }
