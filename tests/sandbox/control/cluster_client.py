# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The part of the control client on clusters and on who has which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services import cloud, private_dns_zones
from tests.sandbox.services.role_based_access import permission


class ClusterClient:
    """Changes the clusters and the role assignments of a sandbox."""

    def call(self, method: str, topic: str, name: str = '', value: Any = None) -> Any:
        """Send a request to the control endpoint."""
        raise NotImplementedError

    def put_cluster(
        self,
        name: str = 'aks1',
        group: str = 'rg-aks',
        pools: Sequence[Mapping[str, Any]] = ({'name': 'nodepool1'},),
        service_principal: Optional[str] = None,
        subscription: str = cloud.SUBSCRIPTION,
        **properties: Any,
    ) -> dict[str, str]:
        """Put a cluster with its kubelet identity, network, and a scale set for each node pool.

        `service_principal` is the client ID of a classic cluster's. Return `id`, and of the kubelet
        identity `identity` (its ID), `objectId`, `clientId`; `controlPlane` is the object ID of the
        other identity, `network` the ID of the nodes' virtual network, and `address` that of their
        outbound public IP address.
        """
        value = {
            'group': group,
            'pools': [dict(pool) for pool in pools],
            'service_principal': service_principal,
            'subscription': subscription,
            'properties': properties,
        }
        return dict(self.call('PUT', 'clusters', name, value))

    def patch_resource(self, identifier: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change a resource by a merge patch (RFC 7396) and return it."""
        return dict(self.call('PATCH', 'resources', identifier.lstrip('/'), patch))

    def assign_role(
        self, principal: str, role: str, scope: str = '', **more: Any
    ) -> dict[str, Any]:
        """Assign a role, by its name or a custom role's ID, at a scope: contoso by default.

        `more` are `kind` (User, Group, ServicePrincipal), `condition` and `created`.
        """
        registry = cloud.resource_id('rg-apps', cloud.REGISTRY_TYPE, 'contoso')
        value = {'principal': principal, 'role': role, 'scope': scope or registry, **more}
        return dict(self.call('PUT', 'role-assignments', '', value))

    def put_dns_zone(
        self,
        links: Mapping[str, Mapping[str, Any]],
        records: Optional[Mapping[str, Sequence[str]]] = None,
        group: str = 'rg-dns',
        name: str = private_dns_zones.ZONE,
        subscription: str = cloud.SUBSCRIPTION,
    ) -> str:
        """Put a private DNS zone and return its ID.

        `links` are other properties of its links by the IDs of networks; `records` are addresses by
        the names of A records.
        """
        zone, *parts = private_dns_zones.zone_resources(
            group, name, subscription, links, records or {}
        )
        for resource in (zone, *parts):
            self.call('PUT', 'resources', resource['id'].lstrip('/'), resource)
        return str(zone['id'])

    def put_zone_group(self, endpoint: str, zone: str) -> None:
        """Let Azure keep the records of a private endpoint in a zone, given their IDs."""
        group = private_dns_zones.zone_group(endpoint, zone)
        self.call('PUT', 'resources', group['id'].lstrip('/'), group)

    def peer_networks(
        self, network: str, other: str, state: str = 'Connected', back: Optional[str] = 'Connected'
    ) -> None:
        """Peer two networks, given their IDs; `back` is the state on the other side, if any."""
        for local, remote, shown in ((network, other, state), (other, network, back)):
            entry = private_dns_zones.peering(
                f'to-{remote.rpartition("/")[2]}', remote, shown or ''
            )
            peerings = [entry] if shown else []
            self.patch_resource(local, {'properties': {'virtualNetworkPeerings': peerings}})

    def put_group(self, name: str, *members: str) -> str:
        """Add a group of principals or groups (their object IDs) and return its object ID."""
        identifier = cloud.guid(f'group {name}')
        self.call('PUT', 'groups', identifier, list(members))
        return identifier

    def put_role_definition(self, name: str, **permissions: Sequence[str]) -> str:
        """Add a custom role and return its ID.

        `permissions` are `actions`, `not_actions`, `data_actions` and `not_data_actions`.
        """
        value = {'permissions': [permission(**permissions)]}
        return str(self.call('PUT', 'role-definitions', name, value))
