# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether a cluster exists and runs, as Azure Resource Manager reports it."""

from __future__ import annotations

from typing import Any

from azext_acrhealth.catalogue.cluster import cluster as problems
from azext_acrhealth.checks.cluster.cluster_resource import (
    API,
    NO_RESOURCE,
    ClusterResource,
    cluster_placeholders,
    unread,
)
from azext_acrhealth.checks.registry.login_server import refused_sign_in, support_facts
from azext_acrhealth.checks.registry.resource import FAILED_STATES
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.options import Cluster
from azext_acrhealth.probes.azure.resources import ArmResult
from azext_acrhealth.probes.json_access import object_of, text_of

_ACTION = 'Microsoft.ContainerService/managedClusters/read'
# Provisioning states, in lowercase, in which nodes don't run yet, or not much longer.
_UNFINISHED = ('creating', 'starting', 'stopping')
_SHOWN = 20


@check(
    'cluster',
    'Cluster',
    'cluster',
    per='cluster',
    verifies='The cluster of `--cluster` exists and runs.',
    problems=problems.PROBLEMS,
)
def cluster(ctx: Context) -> Outcome:
    assert ctx.target is not None and ctx.target.cluster is not None
    if ctx.target.cluster.is_context:
        return not_applicable(NO_RESOURCE, ClusterResource(ctx.target.cluster, {}))
    found = _find(ctx, ctx.target.cluster)
    if isinstance(found, Outcome):
        return found
    read = ctx.probes.read_resource(found.full_name, API, ctx.deadline)
    if read.failure:
        return _without_resource(ctx, found, read)
    claims = object_of(read.claims)
    resource = ClusterResource(found, object_of(read.resource), text_of(claims.get('tid')))
    return _judge(resource, {'clusterId': found.full_name, **support_facts(read)})


def _find(ctx: Context, named: Cluster) -> Cluster | Outcome:
    """Return the cluster with its subscription, or the outcome if its name doesn't tell it."""
    if named.subscription:
        return named
    search = ctx.probes.find_clusters(named, ctx.deadline)
    if len(search.found) == 1:
        return search.found[0]
    facts, placeholders = support_facts(search.last), cluster_placeholders(named)
    if search.found:
        identifiers = [entry.full_name for entry in search.found[:_SHOWN]]
        return warned(
            problems.AMBIGUOUS,
            f'{len(search.found)} clusters have the name {named.name}',
            placeholders={**placeholders, 'cluster_id': identifiers[0]},
            **facts,
            clusters=identifiers,
        )
    if search.last.failure and search.last.failure.kind != 'Forbidden':
        return _without_resource(ctx, named, search.last)
    group = f' in resource group {named.resource_group}' if named.resource_group else ''
    return warned(
        problems.NOT_LISTED,
        f'no cluster {named.name}{group} among those that this account can read',
        placeholders=placeholders,
        **facts,
    )


def _without_resource(ctx: Context, named: Cluster, read: ArmResult) -> Outcome:
    """Return the outcome for a cluster that Azure Resource Manager didn't return."""
    assert read.failure is not None
    kind, text = read.failure.kind, read.failure.text
    if read.is_gone:
        return failed(problems.NOT_FOUND, text, **support_facts(read))
    if kind == 'InvalidProfile':
        return warned(problems.INVALID_PROFILE, text, **support_facts(read))
    if kind == 'NotLoggedIn':
        placeholders = refused_sign_in(read)
        return warned(problems.NOT_SIGNED_IN, text, None, placeholders, **support_facts(read))
    problem = problems.UNAVAILABLE if kind == 'Unavailable' else problems.FORBIDDEN
    return unread(ctx, read, named, problem, _ACTION)


def _judge(resource: ClusterResource, facts: dict[str, Any]) -> Outcome:
    properties, name = resource.properties, resource.cluster.name
    power = text_of(object_of(properties.get('powerState')).get('code'))
    state = text_of(properties.get('provisioningState'))
    facts = {**facts, **_facts(resource), 'powerState': power, 'provisioningState': state}
    placeholders, lower = cluster_placeholders(resource.cluster), (state or '').lower()
    if lower == 'deleting':
        detail = f'{name} is being deleted'
        return failed(problems.DELETING, detail, resource, placeholders, **facts)
    if power == 'Stopped':
        return failed(problems.STOPPED, f'{name} is stopped', resource, placeholders, **facts)
    if lower in _UNFINISHED or power != 'Running':
        detail = f'{name} is in state {power or "unknown"}, provisioning state {state or "unknown"}'
        return warned(problems.NOT_READY, detail, resource, placeholders, **facts)
    if lower in FAILED_STATES:
        detail = f'{name} is running, but its provisioning state is {state}'
        return warned(problems.OPERATION_FAILED, detail, resource, placeholders, **facts)
    return passed(_summary(resource, state), resource, **facts)


def _facts(resource: ClusterResource) -> dict[str, Any]:
    properties, pools = resource.properties, resource.node_pools
    network = object_of(properties.get('networkProfile'))
    bootstrap = object_of(properties.get('bootstrapProfile'))
    return {
        'location': text_of(resource.resource.get('location')),
        'kubernetesVersion': text_of(properties.get('currentKubernetesVersion')),
        'nodeResourceGroup': text_of(properties.get('nodeResourceGroup')),
        'outboundType': text_of(network.get('outboundType')),
        'artifactSource': text_of(bootstrap.get('artifactSource')),
        'nodePools': [pool.facts() for pool in pools[:_SHOWN]],
    }


def _summary(resource: ClusterResource, state: str | None) -> str:
    pools = resource.node_pools
    version = text_of(resource.properties.get('currentKubernetesVersion'))
    location = text_of(resource.resource.get('location'))
    parts = (
        f'{resource.cluster.name} is running{f" in {location}" if location else ""}',
        f'Kubernetes {version}' if version else '',
        f'{len(pools)} node pool{"" if len(pools) == 1 else "s"}' if pools else '',
        f'provisioning state {state}' if state and state.lower() != 'succeeded' else '',
    )
    return ', '.join(part for part in parts if part)
