# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the image is for the platforms of the cluster's node pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azext_acrhealth.catalogue.cluster import cluster_platforms as problems
from azext_acrhealth.checks.cluster.cluster import cluster
from azext_acrhealth.checks.cluster.cluster_resource import (
    ClusterResource,
    NodePool,
    cluster_placeholders,
)
from azext_acrhealth.checks.cluster.pool_platforms import image_fits, index_fits, platform_of
from azext_acrhealth.checks.data.blob import blob
from azext_acrhealth.checks.data.manifest import VerifiedImage, manifest
from azext_acrhealth.model import Context, Outcome, check, failed, not_applicable, passed, warned
from azext_acrhealth.probes.registry.image_platform import Platform

_SHOWN = 20
# Nodes that a cluster adds by itself can have either processor.
_ADDED = tuple(
    NodePool(f'(added nodes, {name})', 'Linux', size, None, None, None)
    for name, size in (('amd64', 'Standard_D2s_v5'), ('arm64', 'Standard_D2ps_v5'))
)


@check(
    'cluster-platforms',
    'Platforms of node pools',
    'cluster',
    per='cluster',
    needs=(cluster,),
    after=(manifest, blob),
    skip_reason=lambda options: None if options.image else "--image wasn't specified",
    verifies='With --image, the image is for the operating system and the processor of every node '
    'pool that has nodes.',
    problems=problems.PROBLEMS,
)
def cluster_platforms(
    _: Context, resource: ClusterResource, image: VerifiedImage | None, found: Any
) -> Outcome:
    if image is None:
        return not_applicable('requires the `manifest` check, which has no result')
    if not image.manifest.is_image:
        return not_applicable("the artifact isn't for a platform")
    platform = found if isinstance(found, Platform) else None
    if image.index is None and platform is None:
        return not_applicable(
            "the image's platform is not known; see `blob`, and specify --platform"
        )
    return _judge(resource, image, platform)


def _judge(resource: ClusterResource, image: VerifiedImage, platform: Platform | None) -> Outcome:
    pools = [*resource.active_pools, *(_ADDED if resource.adds_nodes_itself else ())]
    fits = {pool: _fits(image, platform, pool) for pool in pools}
    available = image.index.platforms() if image.index else [platform] if platform else []
    listed = list(dict.fromkeys(entry.description for entry in available))
    facts: dict[str, Any] = {
        'platforms': listed[:_SHOWN],
        'nodePools': [_facts(pool, fits[pool]) for pool in pools[:_SHOWN]],
    }
    if image.index is None:
        # Such an image is pulled; only its containers fail to start.
        facts['missing'] = ['run']
    unsuitable = [pool for pool in pools if fits[pool] is False and pool not in _ADDED]
    placeholders = {
        **image.placeholders,
        **cluster_placeholders(resource.cluster),
        'platforms': _to_build(available, unsuitable),
    }
    shown = ', '.join(listed[:5]) or 'no platform'
    if unsuitable and not any(fits[pool] is not False for pool in pools):
        text = f'no node pool runs {shown}: {_shown(unsuitable)}'
        return failed(problems.NO_POOL, text, None, placeholders, **facts)
    if unsuitable:
        text = f'not for {_shown(unsuitable)}; the image is for {shown}'
        return warned(problems.SOME_POOLS, text, None, placeholders, **facts)
    unknown = [pool for pool in pools if fits[pool] is not True]
    if unknown or not pools:
        text = f'not determined for {_shown(unknown) or "any node pool"}; the image is for {shown}'
        return warned(problems.UNKNOWN, text, None, placeholders, **facts)
    return passed(f'the image is for {_shown(pools)}', **facts)


def _fits(image: VerifiedImage, platform: Platform | None, pool: NodePool) -> bool | None:
    if image.index:
        return index_fits(image.index, pool)
    return image_fits(platform, pool) if platform else None


def _facts(pool: NodePool, fits: bool | None) -> Mapping[str, Any]:
    platform = platform_of(pool)
    named = {'name': pool.name, 'platform': str(platform) if platform else None}
    return {**named, 'osSku': pool.os_sku, 'imageFits': fits}


def _shown(pools: Sequence[NodePool]) -> str:
    """Return the names of node pools with their platforms, five at most."""
    named = [f'{pool.name} ({platform_of(pool) or "unknown platform"})' for pool in pools[:5]]
    more = f' and {len(pools) - 5} more' if len(pools) > 5 else ''
    return ', '.join(named) + more


def _to_build(available: Sequence[Platform], pools: Sequence[NodePool]) -> str:
    """Return the platforms of an image and of node pools for a build; empty with Windows."""
    needed = [*available, *(platform for pool in pools if (platform := platform_of(pool)))]
    if any(platform.os.lower() == 'windows' for platform in needed):
        return ''
    return ','.join(dict.fromkeys(map(str, needed)))
