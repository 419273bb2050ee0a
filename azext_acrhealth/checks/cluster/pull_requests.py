# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which pods pull an image in a cluster: one for each platform of its nodes, or for one pool."""

from __future__ import annotations

from collections.abc import Mapping

from azext_acrhealth.catalogue.cluster import cluster_pull as problems
from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.pool_platforms import platform_of
from azext_acrhealth.model import Outcome, not_applicable, warned
from azext_acrhealth.options import Options
from azext_acrhealth.probes.cluster.pod import OperatingSystem, PodRequest


def pod_requests(
    image: str,
    resource: ClusterResource,
    options: Options,
    namespace: str,
    placeholders: Mapping[str, str],
) -> Mapping[str, PodRequest] | Outcome:
    """Return the pods by what their nodes are, or the outcome if no node can pull."""
    if resource.cluster.is_context:
        return _of_context(image, options, namespace)
    pools, pool_name = resource.node_pools, options.node_pool
    service_account = options.service_account
    if pool_name is not None:
        pool = next((pool for pool in pools if pool.name == pool_name), None)
        if pool is None:
            listed = ', '.join(pool.name for pool in pools[:5])
            return warned(
                problems.NO_POOL,
                f'no node pool {pool_name}; the node pools are {listed}',
                placeholders=placeholders,
            )
        system: OperatingSystem = 'windows' if pool.is_windows else 'linux'
        request = PodRequest(image, namespace, system, None, service_account, node_pool=pool.name)
        return {f'node pool {pool.name}': request}
    running = [pool for pool in pools if pool.has_nodes and not pool.is_windows]
    platforms = dict.fromkeys(platform_of(pool) for pool in running)
    if resource.adds_nodes_itself and not platforms:
        platforms = {None: None}
    if not platforms:
        return warned(
            problems.NO_NODES,
            'no Linux node pool has nodes that run',
            placeholders=placeholders,
            nodePools=[pool.facts() for pool in pools[:20]],
        )
    return {
        str(platform or 'linux'): PodRequest(
            image,
            namespace,
            'linux',
            platform.architecture if platform else None,
            service_account,
        )
        for platform in platforms
    }


def _of_context(image: str, options: Options, namespace: str) -> Mapping[str, PodRequest] | Outcome:
    """Return the pod for a cluster of which only a context is known, by what its nodes are."""
    system, _, rest = (options.node_platform or 'linux').partition('/')
    if system not in ('linux', 'windows'):
        return not_applicable(f'no node of Kubernetes runs {system}')
    architecture = rest.partition('/')[0] or None
    request = PodRequest(
        image,
        namespace,
        'windows' if system == 'windows' else 'linux',
        architecture,
        options.service_account,
        node_pool=options.node_pool,
    )
    pool = f'node pool {options.node_pool}, ' if options.node_pool else ''
    return {f'{pool}{system}{f"/{architecture}" if architecture else ""}': request}
