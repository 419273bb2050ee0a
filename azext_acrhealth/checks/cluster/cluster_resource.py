# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""A cluster's resource in Azure Resource Manager, and what its checks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azext_acrhealth.checks.authentication.account import reader_placeholders
from azext_acrhealth.checks.registry.login_server import support_facts
from azext_acrhealth.model import Context, Outcome, Problem, warned
from azext_acrhealth.options import Cluster
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.json_access import object_of, objects_of, properties_of, text_of

# A version that every cloud has; later properties are absent in it.
API = '2025-05-01'
NO_RESOURCE = 'requires --cluster: a context of kubectl names no AKS cluster'


@dataclass(frozen=True)
class NodePool:
    """A node pool; each property is None where Azure Resource Manager reports none."""

    name: str
    os_type: str | None
    size: str | None
    count: int | None
    state: str | None
    kind: str | None
    image_version: str | None = None
    os_sku: str | None = None
    subnet: str | None = None
    has_public_addresses: bool = False
    address_prefix: str | None = None

    @property
    def is_windows(self) -> bool:
        """Return whether the nodes run Windows."""
        return (self.os_type or '').lower() == 'windows'

    @property
    def has_nodes(self) -> bool:
        """Return whether the node pool has nodes that run, or may have."""
        return self.count != 0 and self.state in (None, 'Running')

    def facts(self) -> dict[str, Any]:
        """Return the node pool as rows show it."""
        return {
            'name': self.name,
            'osType': self.os_type,
            'vmSize': self.size,
            'count': self.count,
            'powerState': self.state,
        }


@dataclass(frozen=True)
class ClusterResource:
    """A cluster by its resource ID, and its resource as ARM's JSON.

    The resource is empty for a cluster that is known by a context only. `tenant` is that of the
    token by which it was read, None if unknown.
    """

    cluster: Cluster
    resource: Mapping[str, Any] = field(repr=False)
    tenant: str | None = None

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the resource's properties; empty if there are none."""
        return properties_of(self.resource)

    @property
    def adds_nodes_itself(self) -> bool:
        """Return whether the cluster adds nodes of any size, which no node pool lists."""
        return object_of(self.properties.get('nodeProvisioningProfile')).get('mode') == 'Auto'

    @property
    def node_pools(self) -> list[NodePool]:
        """Return the node pools that have a name."""
        listed = objects_of(self.properties.get('agentPoolProfiles'))
        return [_node_pool(name, pool) for pool in listed if (name := text_of(pool.get('name')))]

    @property
    def active_pools(self) -> list[NodePool]:
        """Return the node pools that have nodes; all of them if none has."""
        pools = self.node_pools
        return [pool for pool in pools if pool.has_nodes] or pools


def _node_pool(name: str, pool: Mapping[str, Any]) -> NodePool:
    count = pool.get('count')
    return NodePool(
        name,
        text_of(pool.get('osType')),
        text_of(pool.get('vmSize')),
        count if isinstance(count, int) else None,
        text_of(object_of(pool.get('powerState')).get('code')),
        text_of(pool.get('type')),
        text_of(pool.get('nodeImageVersion')),
        text_of(pool.get('osSKU')),
        text_of(pool.get('vnetSubnetID')),
        pool.get('enableNodePublicIP') is True,
        text_of(pool.get('nodePublicIPPrefixID')),
    )


def cluster_placeholders(cluster: Cluster) -> dict[str, str]:
    """Return the placeholders of commands that name an AKS cluster, empty where not known."""
    if cluster.is_context:
        return {'any_cluster': 'yes'}
    return {
        'cluster': cluster.name,
        'cluster_group': cluster.resource_group or '',
        'cluster_subscription': cluster.subscription or '',
        'cluster_id': cluster.full_name if cluster.subscription else '',
    }


def unread(
    ctx: Context,
    result: ArmResult,
    cluster: Cluster,
    problem: Problem,
    action: str,
    **scopes: str,
) -> Outcome:
    """Return the warning for what could not be read of a cluster: its problem, and why.

    `action` is the permission that reading requires, and `scopes` are resource IDs by placeholder.
    """
    assert result.failure is not None
    given = {**cluster_placeholders(cluster), **scopes}
    forbidden = result.failure.kind == 'Forbidden'
    return warned(
        problem,
        f'{action} is required: {result.failure.text}' if forbidden else result.failure.text,
        placeholders={
            **given,
            **reader_placeholders(result.claims, ctx.options.identity),
        },
        **support_facts(result),
        **({'requiredPermission': action} if forbidden else {}),
    )
