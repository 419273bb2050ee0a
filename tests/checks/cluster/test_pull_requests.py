# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Which pods pull an image."""

from __future__ import annotations

from typing import Any

import pytest

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.pull_requests import pod_requests
from azext_acrhealth.model import Outcome
from azext_acrhealth.options import Cluster, Options
from tests.checks.cluster.fixtures import cluster_resource, pool

IMAGE = 'myregistry.azurecr.io/team/app:v1'
ARM = {'vmSize': 'Standard_D4ps_v5'}
WINDOWS = pool('win', osType='Windows', osSKU='Windows2022')


def requests(name: str | None, *pools: Any, **properties: Any) -> Any:
    resource = cluster_resource(agentPoolProfiles=list(pools), **properties)
    options = Options(node_pool=name, service_account='web')
    return pod_requests(IMAGE, resource, options, 'team', {})


@pytest.mark.parametrize(
    'pools, expected',
    [
        ([pool(), pool('more')], {'linux/amd64': 'amd64'}),
        ([pool(), pool('arm', **ARM)], {'linux/amd64': 'amd64', 'linux/arm64': 'arm64'}),
        ([pool(), WINDOWS, pool('off', count=0, **ARM)], {'linux/amd64': 'amd64'}),
        ([pool(powerState={'code': 'Stopped'}), pool('arm', **ARM)], {'linux/arm64': 'arm64'}),
        ([pool(vmSize=None)], {'linux': None}),
    ],
)
def test_a_pod_for_each_platform(pools: Any, expected: dict[str, Any]) -> None:
    found = requests(None, *pools)
    assert {name: request.arch for name, request in found.items()} == expected
    for request in found.values():
        assert (request.image, request.namespace, request.os) == (IMAGE, 'team', 'linux')
        assert request.service_account == 'web' and request.node_pool is None


@pytest.mark.parametrize('name, system', [('nodepool1', 'linux'), ('win', 'windows')])
def test_a_node_pool(name: str, system: str) -> None:
    ((shown, request),) = requests(name, pool(count=0), WINDOWS).items()
    assert (shown, request.os, request.arch) == (f'node pool {name}', system, None)
    assert request.node_pool == name


def test_a_cluster_that_adds_nodes_itself() -> None:
    found = requests(None, pool(count=0), nodeProvisioningProfile={'mode': 'Auto'})
    assert list(found) == ['linux']


@pytest.mark.parametrize(
    'name, pools, reason',
    [
        ('gpu', [pool()], 'NodePoolNotFound'),
        (None, [WINDOWS], 'NoLinuxNodes'),
        (None, [], 'NoLinuxNodes'),
    ],
)
def test_no_pod(name: str | None, pools: Any, reason: str) -> None:
    found = requests(name, *pools)
    assert isinstance(found, Outcome) and found.problem and found.problem.reason == reason


def of_context(**options: Any) -> Any:
    resource = ClusterResource(Cluster('kind-kind', is_context=True), {})
    return pod_requests(IMAGE, resource, Options(**options), 'team', {})


@pytest.mark.parametrize(
    'options, shown, system, architecture',
    [
        ({}, 'linux', 'linux', None),
        ({'node_platform': 'linux/arm64'}, 'linux/arm64', 'linux', 'arm64'),
        ({'node_platform': 'linux/arm/v7'}, 'linux/arm', 'linux', 'arm'),
        ({'node_platform': 'windows/amd64'}, 'windows/amd64', 'windows', 'amd64'),
        ({'node_pool': 'gpu'}, 'node pool gpu, linux', 'linux', None),
    ],
)
def test_a_cluster_by_its_context(
    options: Any, shown: str, system: str, architecture: str | None
) -> None:
    ((name, request),) = of_context(service_account='web', **options).items()
    assert (name, request.os, request.arch) == (shown, system, architecture)
    assert request.node_pool == options.get('node_pool')
    assert (request.namespace, request.service_account) == ('team', 'web')


def test_a_platform_that_no_node_has() -> None:
    found = of_context(node_platform='darwin/arm64')
    assert isinstance(found, Outcome) and found.detail == 'no node of Kubernetes runs darwin'
