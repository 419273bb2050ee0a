# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The platforms of node pools, and the images that are for them."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.cluster_resource import NodePool
from azext_acrhealth.checks.cluster.pool_platforms import image_fits, index_fits, platform_of
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import Descriptor, Manifest

AMD64, ARM64 = Platform('linux', 'amd64'), Platform('linux', 'arm64')
UBUNTU = 'AKSUbuntu-2204gen2{}containerd-202611.12.0'


def node_pool(
    size: str | None = 'Standard_D4ds_v5',
    os_type: str | None = 'Linux',
    version: str | None = None,
    sku: str | None = None,
) -> NodePool:
    return NodePool('pool', os_type, size, 3, 'Running', None, version, sku)


def windows(sku: str | None) -> NodePool:
    return node_pool(os_type='Windows', sku=sku)


def index(*platforms: Platform | None) -> Manifest:
    digest = 'sha256:' + 'a' * 64
    entries = tuple(
        Descriptor(digest, number, '', platform, unstated=platform is None)
        for number, platform in enumerate(platforms)
    )
    return Manifest(digest, '', True, entries)


def of_windows(build: int | None) -> Platform:
    return Platform('windows', 'amd64', '', f'10.0.{build}.2031' if build else '')


@pytest.mark.parametrize(
    'pool, platform',
    [
        (node_pool(), AMD64),
        (node_pool('Standard_D4ps_v5'), ARM64),
        (node_pool('Standard_D2pds_v6'), ARM64),
        (node_pool('Standard_E4-2ps_v5'), ARM64),
        (node_pool('Standard_NC4as_T4_v3'), AMD64),
        (node_pool('Standard_PB6s'), AMD64),
        (node_pool('Standard_NP10s'), AMD64),
        (node_pool('Standard_DS2_v2'), AMD64),
        (node_pool(version=UBUNTU.format('arm64')), ARM64),
        (node_pool('Standard_D4ps_v5', version=UBUNTU.format('')), ARM64),
        (node_pool(None, version=UBUNTU.format('')), AMD64),
        (node_pool(None), None),
        (node_pool('odd'), None),
        (node_pool(os_type=None), None),
        (node_pool(os_type='Plan9'), None),
        (windows('Windows2022'), Platform('windows', 'amd64')),
    ],
)
def test_platforms_of_pools(pool: NodePool, platform: Platform | None) -> None:
    assert platform_of(pool) == platform


UNKNOWN = node_pool(None)


@pytest.mark.parametrize(
    'found, pool, fits',
    [
        (index(AMD64, ARM64), node_pool(), True),
        (index(ARM64), node_pool(), False),
        (index(AMD64), node_pool('Standard_D4ps_v5'), False),
        (index(), node_pool(), False),
        (index(None), node_pool(), None),
        (index(AMD64), UNKNOWN, None),
        (index(AMD64), windows('Windows2022'), False),
        (index(AMD64, of_windows(20348)), windows('Windows2022'), True),
        (index(of_windows(17763), of_windows(20348)), windows('Windows2019'), True),
        (index(of_windows(20348)), windows('Windows2019'), False),
        (index(of_windows(17763)), windows('Windows2022'), False),
        (index(of_windows(20348)), windows('Windows2025'), None),
        (index(of_windows(17763)), windows('Windows2025'), False),
        (index(of_windows(None)), windows('Windows2022'), None),
        (index(of_windows(20348)), windows(None), None),
    ],
)
def test_indexes(found: Manifest, pool: NodePool, fits: bool | None) -> None:
    assert index_fits(found, pool) is fits


@pytest.mark.parametrize(
    'image, pool, fits',
    [
        (AMD64, node_pool(), True),
        (AMD64, node_pool('Standard_D4ps_v5'), False),
        (AMD64, UNKNOWN, None),
        (of_windows(20348), windows('Windows2022'), True),
        (of_windows(20348), windows('Windows2019'), False),
        (AMD64, windows('Windows2022'), False),
    ],
)
def test_images_for_a_single_platform(image: Platform, pool: Any, fits: bool | None) -> None:
    assert image_fits(image, pool) is fits
