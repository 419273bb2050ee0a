# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Private DNS zones as ARM represents them, with their links and records, and zone groups.

Source: the REST reference of Microsoft.Network/privateDnsZones, api-versions 2018-09-01 and
2024-06-01, and of private endpoints, 2022-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.control.state import State
from tests.sandbox.services import cloud

Resource = dict[str, Any]
ZONES = 'Microsoft.Network/privateDnsZones'
ZONE = f'privatelink{cloud.SUFFIX}'
# The first version whose links have `resolutionPolicy`.
_POLICY_VERSION = '2024-06-01'
# The lists of a zone and of a private endpoint, by the type that has them.
_LISTS = {
    'microsoft.network/privatednszones': ('virtualnetworklinks', 'a'),
    'microsoft.network/privateendpoints': ('privatednszonegroups',),
}


def zone_resources(
    group: str,
    name: str,
    subscription: str,
    links: Mapping[str, Mapping[str, Any]],
    records: Mapping[str, Sequence[str]],
) -> list[Resource]:
    """Return a zone, its links by the IDs of networks, and its A records."""
    zone_id = cloud.resource_id(group, ZONES, name, subscription)
    zone = _resource(zone_id, ZONES, {'numberOfRecordSets': len(records) + 1})
    return [
        zone,
        *(
            _link(zone_id, f'link{number or ""}', network, properties)
            for number, (network, properties) in enumerate(links.items())
        ),
        *(_record(zone_id, record, addresses) for record, addresses in records.items()),
    ]


def zone_group(endpoint_id: str, zone_id: str) -> Resource:
    """Return the zone group by which Azure keeps a private endpoint's records in a zone."""
    configuration = {'name': 'registry', 'properties': {'privateDnsZoneId': zone_id}}
    properties = {'provisioningState': 'Succeeded', 'privateDnsZoneConfigs': [configuration]}
    kind = 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups'
    return _resource(f'{endpoint_id}/privateDnsZoneGroups/default', kind, properties)


def peering(name: str, remote_id: str, state: str = 'Connected', access: bool = True) -> Resource:
    """Return the peering of a network with another one."""
    return {
        'name': name,
        'properties': {
            'provisioningState': 'Succeeded',
            'peeringState': state,
            'peeringSyncLevel': 'FullyInSync',
            'remoteVirtualNetwork': {'id': remote_id},
            'allowVirtualNetworkAccess': access,
            'allowForwardedTraffic': True,
            'useRemoteGateways': False,
        },
    }


def children(
    state: State, parent: Resource, path: list[str], version: str
) -> Optional[list[Resource]]:
    """Return a list of a zone or of a private endpoint; None for what is no list of it."""
    if len(path) != 1 or path[0] not in _LISTS.get(parent['type'].lower(), ()):
        return None
    listed = state.children(parent, path[0])
    if path[0] != 'virtualnetworklinks' or version >= _POLICY_VERSION:
        return listed
    return [{**link, 'properties': _without_policy(link['properties'])} for link in listed]


def _without_policy(properties: Resource) -> Resource:
    return {key: value for key, value in properties.items() if key != 'resolutionPolicy'}


def _link(zone_id: str, name: str, network: str, properties: Mapping[str, Any]) -> Resource:
    return _resource(
        f'{zone_id}/virtualNetworkLinks/{name}',
        f'{ZONES}/virtualNetworkLinks',
        {
            'provisioningState': 'Succeeded',
            'registrationEnabled': False,
            'resolutionPolicy': 'Default',
            'virtualNetwork': {'id': network},
            'virtualNetworkLinkState': 'Completed',
            **properties,
        },
    )


def _record(zone_id: str, name: str, addresses: Sequence[str]) -> Resource:
    zone = zone_id.rpartition('/')[2]
    return _resource(
        f'{zone_id}/A/{name}',
        f'{ZONES}/A',
        {
            'fqdn': f'{name}.{zone}.',
            'ttl': 10,
            'isAutoRegistered': False,
            'aRecords': [{'ipv4Address': address} for address in addresses],
        },
    )


def _resource(identifier: str, kind: str, properties: Resource) -> Resource:
    return {
        'id': identifier,
        'name': identifier.rpartition('/')[2],
        'type': kind,
        'location': 'global',
        'properties': properties,
    }
