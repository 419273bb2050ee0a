# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The part of the control client on clusters and on who has which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tests.sandbox.services import cloud
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
