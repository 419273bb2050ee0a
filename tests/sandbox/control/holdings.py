# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Steers what a registry holds and what hangs off it in ARM: images, users, replicas, usages, private endpoints."""

from __future__ import annotations

import abc
import contextlib
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services.cloud import resource_id


class Holdings(abc.ABC):
    """A part of the steering (steering.py)."""

    @abc.abstractmethod
    def control(self, method: str, path: str, value: Any = None) -> Any:
        """Ask the control endpoint."""

    def image(self, registry: str, name: str, tag: str, **properties: Any) -> str:
        """Store an image, an index or an artifact (properties: depot.described) and return its digest."""
        return str(
            self.control('PUT', f'/images/{registry}', {'name': name, 'tag': tag, **properties})[
                'digest'
            ]
        )

    @contextlib.contextmanager
    def real_registry(self, registry: str) -> Iterator[pathlib.Path]:
        """Let a real registry, empty at first, stand behind a login server for a `with` block, or until the reset.

                Give the folder of its storage. Challenge and tokens stay the sandbox's, so do the
        redirect of a blob and the host that it leads to, which serves what that folder holds; all
        faults apply as before.
        """
        folder = pathlib.Path(self.control('PUT', f'/backend/{registry}')['folder'])
        try:
            yield folder
        finally:
            self.control('DELETE', f'/backend/{registry}')

    def uploads(self, registry: str) -> list[dict[str, Any]]:
        """Return the upload sessions that are open: `session`, `repository`, `bytes`."""
        return list(self.control('GET', f'/uploads/{registry}'))

    def admin(self, registry: str, enabled: bool = True) -> tuple[str, str]:
        """Switch a registry's admin user on or off, and return its name and password."""
        name = str(self._patched(registry, adminUserEnabled=enabled)['name'])
        return name, str(self.control('GET', f'/users/{registry}')[name])

    def anonymous(self, registry: str, enabled: bool = True) -> None:
        """Let a registry be pulled from by everyone, or no more."""
        self._patched(registry, anonymousPullEnabled=enabled)

    def usage(
        self, registry: str, name: str, current: int, limit: int, unit: str = 'Count'
    ) -> None:
        """Set a usage that ARM reports: Size (Bytes), Webhooks, PrivateEndpoints, Geo-replications, ScopeMaps, …"""
        self.control(
            'PUT',
            f'/usages/{registry}',
            {name: {'currentValue': current, 'limit': limit, 'unit': unit}},
        )

    def replica(self, registry: str, region: str, **properties: Any) -> dict[str, Any]:
        """Put a replication, ready and routed to unless told (`provisioningState`, `regionEndpointEnabled`, `status`).

                The home region's replaces the one that there is by itself. Its data endpoint is
        added where there are any.
        """
        owner = self._patched(registry)
        usual = {
            'provisioningState': 'Succeeded',
            'regionEndpointEnabled': True,
            'zoneRedundancy': 'Disabled',
            'status': {'displayStatus': 'Ready', 'timestamp': '2026-02-03T09:12:44.1Z'},
        }
        value = {'location': region, 'tags': {}, 'properties': {**usual, **properties}}
        self.control('PUT', f'/resources{owner["id"]}/replications/{region}', value)
        hosts = list(owner['properties']['dataEndpointHostNames'])
        label, _, suffix = owner['properties']['loginServer'].partition('.')
        if hosts and f'{label}.{region}.data.{suffix}' not in hosts:
            self._patched(
                registry, dataEndpointHostNames=[*hosts, f'{label}.{region}.data.{suffix}']
            )
        return value

    def private_endpoint(
        self,
        registry: str,
        name: str,
        addresses: Mapping[str, str],
        state: str = 'Approved',
        interfaces: int = 1,
        vnet: str = 'vnet1',
        listed: Optional[Sequence[str]] = None,
    ) -> str:
        """Return a registry a private endpoint: `addresses` says which of its names has which address there.

                The addresses are dealt out over so many network interfaces. `state` is that of its
        connection: Approved, Pending, Rejected, Disconnected. `listed` are the names for which the
        interface lists an fqdn, default all. DNS is not changed: see Steering.dns() and
        Steering.address(). Return the connection's id.
        """
        owner = self._patched(registry)
        network, place = 'Microsoft.Network/', owner['id'].split('/')
        group, subscription = place[4], place[2]
        endpoint = resource_id(group, network + 'privateEndpoints', name, subscription)
        nics = [
            resource_id(
                group, network + 'networkInterfaces', f'{name}-nic{number or ""}', subscription
            )
            for number in range(interfaces)
        ]
        for number, nic in enumerate(nics):
            mine = list(addresses.items())[number::interfaces]
            self.control(
                'PUT',
                f'/resources{nic}',
                {
                    'properties': {
                        'provisioningState': 'Succeeded',
                        'ipConfigurations': [
                            _configuration(host, address, listed is None or host in listed)
                            for host, address in mine
                        ],
                    }
                },
            )
        subnet = (
            resource_id(group, network + 'virtualNetworks', vnet, subscription) + '/subnets/default'
        )
        self.control(
            'PUT',
            f'/resources{endpoint}',
            {
                'properties': {
                    'provisioningState': 'Succeeded',
                    'subnet': {'id': subnet},
                    'networkInterfaces': [{'id': one} for one in nics],
                    'manualPrivateLinkServiceConnections': [],
                    'customDnsConfigs': [],
                }
            },
        )
        connection = f'{owner["id"]}/privateEndpointConnections/{name}'
        others = [
            one
            for one in owner['properties']['privateEndpointConnections']
            if one['id'] != connection
        ]
        self._patched(
            registry,
            privateEndpointConnections=[
                *others,
                {
                    'id': connection,
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
                },
            ],
        )
        return connection

    def _patched(self, registry: str, **properties: Any) -> dict[str, Any]:
        return dict(self.control('PATCH', f'/registries/{registry}', {'properties': properties}))


def _configuration(host: str, address: str, listed: bool) -> dict[str, Any]:
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
