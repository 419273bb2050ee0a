# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""What the nodes of a node pool run: their platform, and whether an image is for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from azext_acrhealth.checks.cluster.cluster_resource import NodePool
from azext_acrhealth.lazy_patterns import lazy_pattern
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import Manifest

# The letters after the number of a size are its features; `p` is an Arm processor (Learn, "Azure
# virtual machine sizes naming conventions").
_SIZE = lazy_pattern(r'Standard_[A-Z]+\d+(?:-\d+)?(?P<features>[a-z]*)', re.ASCII)
# The builds of Windows by what a node pool calls them.
_WINDOWS_BUILDS: Mapping[str, int] = {
    'windows2019': 17763,
    'windows2022': 20348,
    'windows2025': 26100,
}
# This version of Windows may run images of the one before.
_COMPATIBLE = (26100, 20348)


def platform_of(pool: NodePool) -> Platform | None:
    """Return the platform of a pool's nodes; None if it isn't known.

    Azure Resource Manager has no property for the architecture: the name of the node image has it,
    or the size of the nodes.
    """
    system = (pool.os_type or '').lower()
    if system == 'windows':
        return Platform('windows', 'amd64')
    if system != 'linux':
        return None
    if 'arm64' in (pool.image_version or '').lower():
        return Platform('linux', 'arm64')
    size = _SIZE.match(pool.size or '')
    if size is None:
        return Platform('linux', 'amd64') if pool.image_version else None
    return Platform('linux', 'arm64' if 'p' in size['features'] else 'amd64')


def index_fits(index: Manifest, pool: NodePool) -> bool | None:
    """Return whether an index has an image for a pool's nodes; None if that is unknown."""
    platform = platform_of(pool)
    if platform is None:
        return None
    entry = index.entry_for(platform)
    if entry is None:
        return False
    if entry.platform is None:
        return None
    if platform.os != 'windows':
        return True
    return _windows_fits([found for found in index.platforms() if found.fits(platform)], pool)


def image_fits(image: Platform, pool: NodePool) -> bool | None:
    """Return whether an image for a single platform runs on a pool's nodes; None if unknown."""
    platform = platform_of(pool)
    if platform is None:
        return None
    if not image.fits(platform):
        return False
    return True if platform.os != 'windows' else _windows_fits([image], pool)


def _windows_fits(images: Sequence[Platform], pool: NodePool) -> bool | None:
    """Return whether one of the images is for the nodes' build of Windows."""
    host = _WINDOWS_BUILDS.get((pool.os_sku or '').lower())
    builds = {image.windows_build[2:3] for image in images}
    if host is None or () in builds:
        return None
    if (host,) in builds:
        return True
    return None if host == _COMPATIBLE[0] and (_COMPATIBLE[1],) in builds else False
