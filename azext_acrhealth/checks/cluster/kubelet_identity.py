# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the identity by which nodes pull exists, and whether the nodes have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.cluster import kubelet_identity as problems
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import (
    ClusterResource,
    cluster_placeholders,
    unread,
)
from azext_acrhealth.checks.cluster.node_identity import NodeIdentity, node_identity
from azext_acrhealth.checks.cluster.nodes import (
    MACHINES,
    NO_NODE_GROUP,
    SCALE_SETS,
    kinds_of_nodes,
    node_group_id,
    nodes_read,
    pool_of,
)
from azext_acrhealth.checks.registry.login_server import support_facts
from azext_acrhealth.checks.registry.resource import read_problem
from azext_acrhealth.model import Context, Outcome, check, failed, passed, warned
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.json_access import name_of, object_of, text_of

_IDENTITY_ACTION = 'Microsoft.ManagedIdentity/userAssignedIdentities/read'
_SHOWN = 20


@check(
    'kubelet-identity',
    'Kubelet identity',
    'cluster',
    per='cluster',
    needs=(cluster,),
    verifies='The managed identity by which the nodes of the cluster pull exists, and every scale '
    'set of the nodes has it.',
    problems=problems.PROBLEMS,
)
def kubelet_identity(ctx: Context, resource: ClusterResource) -> Outcome:
    identity = node_identity(resource)
    placeholders = cluster_placeholders(resource.cluster)
    if identity is None:
        text = f'no kubelet identity of {resource.cluster.name} is reported'
        return warned(problems.NOT_REPORTED, text, None, placeholders)
    if not identity.object_id:
        return warned(
            problems.SERVICE_PRINCIPAL,
            f'the nodes pull as service principal {identity.client_id}, which is not verified',
            placeholders={**placeholders, 'application': identity.client_id or ''},
            clientId=identity.client_id,
        )
    return _check_identity(ctx, resource, identity)


def _check_identity(ctx: Context, resource: ClusterResource, identity: NodeIdentity) -> Outcome:
    group, kinds = node_group_id(resource), kinds_of_nodes(resource)
    reads = [identity.read, *(nodes_read(group, kind) for kind in kinds if group)]
    found, *listed = ctx.probes.read_all(reads, ctx.deadline)
    nodes = dict(zip(kinds, listed)) or {SCALE_SETS: NO_NODE_GROUP}
    name, existence = name_of(identity.resource_id), identity.existence(found)
    facts: dict[str, Any] = {
        'identityId': identity.resource_id,
        'objectId': identity.object_id,
        'clientId': identity.client_id,
        **_node_facts(nodes, identity),
        **support_facts(found),
    }
    placeholders = {
        **cluster_placeholders(resource.cluster),
        'own_identity': '' if _is_managed(identity, resource) else 'yes',
    }
    if existence == 'deleted':
        return failed(problems.DELETED, f"{name} doesn't exist", None, placeholders, **facts)
    if existence == 'replaced':
        text = f'{name} has another object ID than the cluster reports, {identity.object_id}'
        return failed(problems.REPLACED, text, None, placeholders, **facts)
    without = [node for kind in nodes for node in _without(nodes[kind], identity)]
    if without:
        pool = pool_of(without[0])
        more = f' and {len(without) - 1} more' if len(without) > 1 else ''
        text = f'{name} is not assigned to {_name(without[0])}{more}'
        placeholders['node_pool'] = pool or ''
        return failed(problems.NOT_ATTACHED, text, None, placeholders, **facts)
    return _unread(ctx, resource, identity, found, nodes) or _conclude(
        name, nodes, placeholders, facts
    )


def _conclude(
    name: str,
    nodes: Mapping[str, ArmResult],
    placeholders: Mapping[str, str],
    facts: Mapping[str, Any],
) -> Outcome:
    counts = {kind: len(result.items) for kind, result in nodes.items()}
    if not any(counts.values()):
        text = f'{name} exists, but no node is found that has it'
        return warned(problems.NODES_NOT_FOUND, text, None, placeholders, **facts)
    more = any(object_of(result.resource).get('more') for result in nodes.values())
    words = {SCALE_SETS: 'scale set', MACHINES: 'virtual machine'}
    counted = ' and '.join(
        f'{"the first " if more else ""}{count} {words[kind]}{"" if count == 1 else "s"}'
        for kind, count in counts.items()
        if count
    )
    return passed(f'{name} exists and is assigned to {counted}', **facts)


def _unread(
    ctx: Context,
    resource: ClusterResource,
    identity: NodeIdentity,
    found: ArmResult,
    nodes: Mapping[str, ArmResult],
) -> Outcome | None:
    """Return the warning for what could not be read; None if all was."""
    if found.failure:
        problem = read_problem(found.failure, problems.FORBIDDEN, problems.UNAVAILABLE)
        scope = {'identity_id': identity.resource_id}
        return unread(ctx, found, resource.cluster, problem, _IDENTITY_ACTION, **scope)
    if identity.existence(found) == 'unknown':
        text = f'{name_of(identity.resource_id)} has no principal ID'
        placeholders = {'identity_id': identity.resource_id}
        return warned(problems.UNAVAILABLE, text, None, placeholders, **support_facts(found))
    for kind, result in nodes.items():
        if result.failure:
            problem = read_problem(
                result.failure, problems.NODES_FORBIDDEN, problems.NODES_UNAVAILABLE
            )
            scope = {'node_group_id': node_group_id(resource)}
            return unread(ctx, result, resource.cluster, problem, f'{kind}/read', **scope)
    return None


def _is_managed(identity: NodeIdentity, resource: ClusterResource) -> bool:
    """Return whether AKS made the identity: then it is in the node resource group."""
    group = node_group_id(resource).lower()
    return bool(group) and identity.resource_id.lower().startswith(f'{group}/')


def _without(result: ArmResult, identity: NodeIdentity) -> list[Mapping[str, Any]]:
    """Return the listed nodes that don't have the identity."""
    return [item for item in result.items if not _has(item, identity)]


def _has(item: Mapping[str, Any], identity: NodeIdentity) -> bool:
    # Keys that name the same identity differ in case.
    assigned = object_of(object_of(item.get('identity')).get('userAssignedIdentities'))
    return identity.resource_id.lower() in {key.lower() for key in assigned}


def _name(item: Mapping[str, Any]) -> str:
    pool, name = pool_of(item), text_of(item.get('name')) or 'unnamed'
    return f'{name} (node pool {pool})' if pool else name


def _node_facts(nodes: Mapping[str, ArmResult], identity: NodeIdentity) -> dict[str, Any]:
    listed: Sequence[Mapping[str, Any]] = [item for kind in nodes for item in nodes[kind].items]
    shown = [
        {'name': item.get('name'), 'nodePool': pool_of(item), 'hasIdentity': _has(item, identity)}
        for item in listed[:_SHOWN]
    ]
    return {'nodes': shown, 'nodeCount': len(listed)}
