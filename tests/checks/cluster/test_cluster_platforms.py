# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the image's platforms against those of the node pools."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.authentication.scope import Access
from azext_acrhealth.checks.cluster.cluster_platforms import cluster_platforms
from azext_acrhealth.checks.data.manifest import VerifiedImage
from azext_acrhealth.options import Image
from azext_acrhealth.probes.registry.image_platform import Platform
from azext_acrhealth.probes.registry.manifest import Descriptor, Manifest
from tests.checks.authentication.test_refresh_token import CHALLENGED
from tests.checks.cluster.fixtures import OPTIONS, SUBSCRIPTION, TARGET, cluster_resource, pool
from tests.checks.cluster.test_pool_platforms import AMD64, ARM64, index, of_windows
from tests.checks.fake_probes import HOST, USER
from tests.checks.table import Row, verify

WITH_IMAGE = OPTIONS._replace(image=Image('team/app', 'v1'), repository='team/app')
CONFIG = 'application/vnd.oci.image.config.v1+json'
ARM = {'vmSize': 'Standard_D4ps_v5'}
PLACEHOLDERS = {'login_server': HOST, 'repository': 'team/app', 'tag': 'v1'}
WINDOWS = {'osType': 'Windows', 'osSKU': 'Windows2022'}


def image(*platforms: Platform | None, config: str = CONFIG) -> VerifiedImage:
    """Return an image with an index of platforms; without any, one for a single platform."""
    digest = 'sha256:' + 'a' * 64
    manifest = Manifest(digest, '', False, (Descriptor(digest, 2, config),))
    found = index(*platforms) if platforms else None
    access = Access('token', None, USER)
    return VerifiedImage(manifest, access, CHALLENGED, AMD64, PLACEHOLDERS, None, found)


def row(
    name: str,
    status: str,
    problem: str = '',
    found: VerifiedImage | None = None,
    *pools: Any,
    platform: Any = True,
    **more: Any,
) -> Row:
    """Return a row for an image and node pools; `platform` is what the `blob` check found."""
    properties = more.pop('properties', {})
    resource = cluster_resource(agentPoolProfiles=list(pools), **properties)
    return Row(
        name,
        cluster_platforms,
        status,
        problem and f'IMAGE_PULL_ERROR {problem}',
        **{
            'needs': (resource, found, platform),
            'options': WITH_IMAGE,
            'target': TARGET,
            **more,
        },
    )


TABLE = (
    row(
        'an index for all pools',
        'Passed',
        '',
        image(AMD64, ARM64),
        pool(),
        pool('arm', **ARM),
        detail='the image is for nodepool1 (linux/amd64), arm (linux/arm64)',
        facts={
            'platforms': ['linux/amd64', 'linux/arm64'],
            'nodePools': [
                {
                    'name': 'nodepool1',
                    'platform': 'linux/amd64',
                    'osSku': None,
                    'imageFits': True,
                },
                {'name': 'arm', 'platform': 'linux/arm64', 'osSku': None, 'imageFits': True},
            ],
        },
    ),
    row('an image for a single platform', 'Passed', '', image(), pool(), platform=AMD64),
    row(
        'pools without nodes do not count',
        'Passed',
        '',
        image(AMD64),
        pool(),
        pool('arm', count=0, **ARM),
        pool('stopped', powerState={'code': 'Stopped'}, **ARM),
    ),
    row(
        'nodes of any processor',
        'Passed',
        '',
        image(AMD64, ARM64),
        pool(),
        properties={'nodeProvisioningProfile': {'mode': 'Auto'}},
    ),
    row(
        'no pool',
        'Failed',
        'NoNodePoolForImage',
        image(AMD64),
        pool('arm', **ARM),
        detail='no node pool runs linux/amd64: arm (linux/arm64)',
        solution=f'--platform linux/amd64,linux/arm64 --tag {HOST}/team/app:v1 --push .',
    ),
    row(
        'no pool, and an image for a single platform',
        'Failed',
        'NoNodePoolForImage',
        image(),
        pool('arm', count=0, **ARM),
        platform=AMD64,
        facts={'missing': ['run']},
        solution=f'az aks nodepool add --resource-group rg-aks --cluster-name aks1 --subscription '
        f'{SUBSCRIPTION}',
    ),
    row(
        'no pool with Windows',
        'Failed',
        'NoNodePoolForImage',
        image(AMD64),
        pool('win', **WINDOWS),
        solution='on a machine with the same version of Windows',
    ),
    row(
        'another build of Windows',
        'Failed',
        'NoNodePoolForImage',
        image(of_windows(17763)),
        pool('win', **WINDOWS),
        detail='no node pool runs windows/amd64 10.0.17763.2031: win (windows/amd64)',
    ),
    row(
        'some pools',
        'Warning',
        'SomeNodePoolsUnsuitable',
        image(AMD64),
        pool(),
        pool('arm', **ARM),
        detail='not for arm (linux/arm64); the image is for linux/amd64',
        solution='kubernetes.io/arch',
    ),
    row(
        'many pools',
        'Warning',
        'SomeNodePoolsUnsuitable',
        image(AMD64),
        pool(),
        *(pool(f'arm{number}', **ARM) for number in range(7)),
        detail='arm4 (linux/arm64) and 2 more; the image',
    ),
    row(
        'an unknown size',
        'Warning',
        'NodePoolPlatformUnknown',
        image(AMD64),
        pool(vmSize=None),
        detail='not determined for nodepool1 (unknown platform)',
        solution='az aks show',
    ),
    row(
        'nodes that may have another processor',
        'Warning',
        'NodePoolPlatformUnknown',
        image(AMD64),
        pool(),
        properties={'nodeProvisioningProfile': {'mode': 'Auto'}},
        detail='not determined for (added nodes, arm64) (linux/arm64)',
    ),
    row(
        'no pools',
        'Warning',
        'NodePoolPlatformUnknown',
        image(AMD64),
        detail='not determined for any node pool',
    ),
    row('no manifest', 'Skipped', '', None, pool(), detail='`manifest`'),
    row('an artifact', 'Skipped', '', image(config='application/vnd.cncf.helm.config'), pool()),
    *(
        row(
            f'an unknown platform: {platform}',
            'Skipped',
            '',
            image(),
            pool(),
            platform=platform,
            detail='specify --platform',
        )
        for platform in (True, None)
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


def test_it_requires_an_image() -> None:
    assert cluster_platforms.skip_reason(OPTIONS) == "--image wasn't specified"
    assert cluster_platforms.skip_reason(WITH_IMAGE) is None
