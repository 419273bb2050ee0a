# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the nodes of a cluster pull as: a managed identity, or a service principal."""

from __future__ import annotations

from typing import Literal, NamedTuple

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.grammar import IDENTITY_ID, is_guid
from azext_acrhealth.probes.azure.resources import ArmRead, ArmResult
from azext_acrhealth.probes.json_access import object_of, properties_of, text_of

_API = '2023-01-31'
Existence = Literal['exists', 'deleted', 'replaced', 'unknown']


class NodeIdentity(NamedTuple):
    """A managed identity with its IDs, or a service principal by its client ID alone.

    `tenant` is None where it isn't known.
    """

    client_id: str | None
    object_id: str = ''
    resource_id: str = ''
    tenant: str | None = None

    @property
    def read(self) -> ArmRead:
        """Return how the managed identity's resource is read."""
        return ArmRead(self.resource_id, _API)

    def existence(self, result: ArmResult) -> Existence:
        """Return whether the identity exists, given its resource."""
        if result.failure:
            return 'deleted' if result.is_gone else 'unknown'
        principal = properties_of(result.resource).get('principalId')
        if not isinstance(principal, str):
            return 'unknown'
        return 'exists' if principal.lower() == self.object_id.lower() else 'replaced'


def node_identity(resource: ClusterResource) -> NodeIdentity | None:
    """Return what a cluster's nodes pull as; None where Azure Resource Manager doesn't tell.

    The identity of the cluster itself, which manages its network, is another one.
    """
    properties = resource.properties
    client_id = object_of(properties.get('servicePrincipalProfile')).get('clientId')
    if is_guid(client_id):
        return NodeIdentity(client_id)
    profile = object_of(object_of(properties.get('identityProfile')).get('kubeletidentity'))
    object_id, resource_id = profile.get('objectId'), text_of(profile.get('resourceId')) or ''
    if not is_guid(object_id) or not IDENTITY_ID.fullmatch(resource_id):
        return None
    client_id = profile.get('clientId')
    tenant = object_of(resource.resource.get('identity')).get('tenantId')
    return NodeIdentity(
        client_id if is_guid(client_id) else None,
        object_id,
        resource_id,
        tenant if is_guid(tenant) else None,
    )
