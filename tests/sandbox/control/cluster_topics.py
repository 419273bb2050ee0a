# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Topics of the control endpoint on clusters and on who has which role."""

from __future__ import annotations

from typing import Any

from tests.sandbox.control.registry_topics import merged
from tests.sandbox.control.state import State
from tests.sandbox.services import cloud, cluster_networks, kubernetes_clusters
from tests.sandbox.services.principals import Principal

Resource = dict[str, Any]


class ClusterTopics:
    """Operations of the control endpoint (endpoint.py)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def put_clusters(self, name: str, value: dict[str, Any]) -> dict[str, str]:
        """Put a cluster with its identity and scale sets, see ClusterClient."""
        group, subscription = value['group'], value['subscription']
        nodes = kubernetes_clusters.node_group(name, group)
        tenant = self._state.subscriptions[subscription][0]
        identity = kubernetes_clusters.kubelet_identity(name, group, subscription, tenant)
        put = kubernetes_clusters.cluster(
            name,
            group,
            identity,
            value['pools'],
            value['service_principal'],
            **value['properties'],
        )
        with self._state.lock:
            self._state.put(put)
            self._state.put(identity)
            self._add_principal(identity)
            self._put_network(nodes, subscription)
            for number, pool in enumerate(value['pools']):
                self._state.put(
                    kubernetes_clusters.scale_set(name, group, pool, number, identity, subscription)
                )
        return {
            'id': put['id'],
            'identity': identity['id'],
            'objectId': identity['properties']['principalId'],
            'clientId': identity['properties']['clientId'],
            'controlPlane': kubernetes_clusters.control_plane_principal(name, group),
            'network': cluster_networks.subnet_id(nodes, subscription).rpartition('/subnets/')[0],
            'address': cluster_networks.outbound_address(nodes, subscription)['id'],
        }

    def patch_resources(self, name: str, value: Resource) -> Resource:
        """Change a resource by a merge patch (RFC 7396) and return it."""
        changed: Resource = merged(self._state.resources['/' + name.lower()], value)
        self._state.put(changed)
        return changed

    def put_role_assignments(self, _name: str, value: dict[str, Any]) -> Resource:
        """Add a role assignment, see ClusterClient."""
        return self._state.access.assign(**value)

    def put_groups(self, name: str, value: list[str]) -> None:
        """Set the members of a group, which may be groups."""
        self._state.access.groups[name] = value

    def put_role_definitions(self, name: str, value: Resource) -> str:
        """Add a custom role, and return its ID: {permissions}."""
        role_id = cloud.guid(f'role {name}')
        self._state.access.custom[role_id] = {
            'roleName': name,
            'type': 'CustomRole',
            'description': '',
            'assignableScopes': [f'/subscriptions/{cloud.SUBSCRIPTION}'],
            'permissions': value['permissions'],
        }
        return role_id

    def _put_network(self, nodes: str, subscription: str) -> None:
        subnet = cluster_networks.subnet_id(nodes, subscription)
        self._state.put(cluster_networks.network(subnet))
        self._state.put(cluster_networks.outbound_address(nodes, subscription))

    def _add_principal(self, identity: Resource) -> None:
        properties = identity['properties']
        self._state.principals.known[properties['clientId']] = Principal(
            properties['clientId'],
            properties['principalId'],
            properties['tenantId'],
            resource=identity['id'],
        )
