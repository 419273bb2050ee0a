# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether an image is for the platforms of a cluster's node pools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox

ROW, CODE = 'cluster-platforms', 'IMAGE_PULL_ERROR'
LINUX, ARM = {'name': 'linux'}, {'name': 'arm', 'vmSize': 'Standard_D4ps_v5'}
ARM_IMAGE = {
    'name': 'arm',
    'vmSize': None,
    'nodeImageVersion': 'AKSUbuntu-2204gen2arm64containerd-202611.12.0',
}
WINDOWS = {'name': 'win', 'osType': 'Windows', 'osSKU': 'Windows2022'}
AMD64_ONLY, BOTH = {'platforms': ['linux/amd64']}, {'platforms': ['linux/amd64', 'linux/arm64']}


def check_platforms(
    sandbox: Sandbox, image: dict[str, Any], *pools: dict[str, Any], **properties: Any
) -> Run:
    """Check an image that is put into contoso for a cluster with these node pools."""
    made = sandbox.put_cluster(pools=pools, **properties)
    sandbox.assign_role(made['objectId'], 'AcrPull')
    sandbox.put_image('contoso', 'team/app', 'v1', **image)
    arguments = ('--platform', 'linux/amd64', '--cluster', 'aks1')
    return check(sandbox, '--image', 'contoso.azurecr.test/team/app:v1', *arguments)


@pytest.mark.parametrize(
    'image, pools',
    [
        (BOTH, [LINUX, ARM]),
        (AMD64_ONLY, [LINUX, {**ARM, 'count': 0}]),
        ({'platform': 'linux/amd64'}, [LINUX]),
    ],
)
def test_an_image_for_every_pool(sandbox: Sandbox, image: Any, pools: Any) -> None:
    run = check_platforms(sandbox, image, *pools)
    assert 'linux (linux/amd64)' in run.has(ROW, 'Passed')['detail']
    assert run.report['registries'][0]['canPull'] == 'yes'


@pytest.mark.parametrize(
    'image, pools, status, reason, shown, verdict',
    [
        (AMD64_ONLY, [ARM], 'Failed', 'NoNodePoolForImage', 'arm (linux/arm64)', 'no'),
        (AMD64_ONLY, [ARM_IMAGE], 'Failed', 'NoNodePoolForImage', 'arm (linux/arm64)', 'no'),
        (AMD64_ONLY, [WINDOWS], 'Failed', 'NoNodePoolForImage', 'win (windows/amd64)', 'no'),
        # Nodes pull such an image, but can't run it.
        (
            {'platform': 'linux/amd64'},
            [ARM],
            *('Failed', 'NoNodePoolForImage', 'no node pool runs linux/amd64', 'unknown'),
        ),
        (
            {
                'platforms': ['linux/amd64', 'windows/amd64'],
                'osVersions': ['', '10.0.17763.6414'],
            },
            [LINUX, WINDOWS],
            *('Warning', 'SomeNodePoolsUnsuitable', 'not for win', 'unknown'),
        ),
        (
            AMD64_ONLY,
            [LINUX, ARM],
            *('Warning', 'SomeNodePoolsUnsuitable', 'not for arm (linux/arm64)', 'unknown'),
        ),
        (
            AMD64_ONLY,
            [{'name': 'odd', 'vmSize': None, 'nodeImageVersion': None}],
            *('Warning', 'NodePoolPlatformUnknown', 'odd (unknown platform)', 'unknown'),
        ),
    ],
)
def test_pools_that_the_image_is_not_for(
    sandbox: Sandbox, image: Any, pools: Any, status: str, reason: str, shown: str, verdict: str
) -> None:
    run = check_platforms(sandbox, image, *pools)
    assert shown in run.has(ROW, status, CODE, reason)['detail']
    (registry,) = run.report['registries']
    assert (registry['canPull'], registry['clusters'][0]['canPull']) == ('yes', verdict)


def test_a_cluster_that_adds_nodes_itself(sandbox: Sandbox) -> None:
    run = check_platforms(sandbox, AMD64_ONLY, LINUX, nodeProvisioningProfile={'mode': 'Auto'})
    run.has(ROW, 'Warning', CODE, 'NodePoolPlatformUnknown')


def test_without_an_image(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    run = check(sandbox, '-n', 'contoso', '--cluster', 'aks1', '--only', 'cluster')
    assert run.has(ROW, 'Skipped')['detail'] == "--image wasn't specified"
