# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The clusters that users name."""

from __future__ import annotations

import pytest
from azure.cli.core.azclierror import InvalidArgumentValueError, RequiredArgumentMissingError

from azext_acrhealth.options import Cluster
from tests.our_cli import fixture_settings, refusal, validated  # noqa: F401

pytestmark = pytest.mark.usefixtures('settings')
BAD, MISSING = InvalidArgumentValueError, RequiredArgumentMissingError
SUBSCRIPTION = '00000000-0000-0000-0000-00000000000a'
TYPE = 'providers/Microsoft.ContainerService/managedClusters'
ID = f'/subscriptions/{SUBSCRIPTION}/resourceGroups/Group/{TYPE}/aks1'
AKS = Cluster('aks1', 'Group', SUBSCRIPTION)
REGISTRY = ('-n', 'myregistry')


@pytest.mark.parametrize(
    'args, clusters',
    [
        ((), ()),
        (('--cluster', 'My_aks-1'), (Cluster('My_aks-1'),)),
        (('--cluster', 'a', 'b', '--cluster', 'c'), tuple(map(Cluster, 'abc'))),
        (('--cluster', 'aks1', 'AKS1'), (Cluster('aks1'),)),
        (('--cluster', 'a', '--cluster-group', 'g'), (Cluster('a', 'g'),)),
        (('--cluster', ID), (AKS,)),
        (('--cluster', ID + '/', ID.lower()), (AKS,)),
        (
            ('--cluster', ID.replace('resourceGroups', 'resourcegroups').upper()),
            (Cluster('AKS1', 'GROUP', SUBSCRIPTION.lower()),),
        ),
        (('--cluster', ID, '--cluster-group', 'group'), (AKS,)),
        (
            ('--cluster', ID, ID.replace('Group/', 'Other/'), 'aks1'),
            (
                Cluster('aks1', 'Group', SUBSCRIPTION, ID),
                Cluster('aks1', 'Other', SUBSCRIPTION, ID.replace('Group/', 'Other/')),
                Cluster('aks1', label='aks1'),
            ),
        ),
    ],
)
def test_clusters(args: tuple[str, ...], clusters: tuple[Cluster, ...]) -> None:
    assert validated(*REGISTRY, *args).clusters == clusters


def test_clusters_of_selected_registries_and_of_an_image() -> None:
    assert validated('--all', '--cluster', 'a').clusters == (Cluster('a'),)
    image = ('--image', 'myregistry.azurecr.io/app:v1')
    assert validated(*image, '--cluster', 'a').clusters == (Cluster('a'),)


@pytest.mark.parametrize(
    'args, error, text',
    [
        ((*REGISTRY, '--cluster', ''), BAD, 'A cluster name is empty'),
        ((*REGISTRY, '--cluster', 'a', ' '), BAD, 'A cluster name is empty'),
        ((*REGISTRY, '--cluster', 'a b'), BAD, "'a b' isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', 'a-'), BAD, "isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', "a'b"), BAD, "isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', 'a,b'), BAD, "isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', 'ä'), BAD, "isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', 'a' * 64), BAD, "isn't the name of an AKS cluster"),
        ((*REGISTRY, '--cluster', '/subscriptions/x'), BAD, "isn't the resource ID of an AKS"),
        (
            (*REGISTRY, '--cluster', ID.replace('managedClusters', 'fleets')),
            BAD,
            "isn't the resource ID of an AKS",
        ),
        ((*REGISTRY, '--cluster', f'{ID}/agentPools/x'), BAD, "isn't the resource ID of an AKS"),
        (
            (*REGISTRY, '--cluster', ID, '--cluster-group', 'g'),
            BAD,
            'is in the resource group Group, but --cluster-group is g',
        ),
        ((*REGISTRY, '--cluster', 'a', '--cluster-group', ''), BAD, '--cluster-group is empty'),
        ((*REGISTRY, '--cluster', 'a', '--cluster-group', 'x/y'), BAD, "'x/y' isn't the name of"),
        ((*REGISTRY, '--cluster', 'a', '--cluster-group', 'ä'), BAD, "'ä' isn't the name of"),
        ((*REGISTRY, '--cluster-group', 'g'), MISSING, '--cluster-group requires --cluster'),
        (('--cluster', 'a'), MISSING, '--cluster requires a registry'),
        ((*REGISTRY, '--only', 'cluster'), MISSING, 'no cluster is specified'),
        ((*REGISTRY, '--only', 'dns', 'cluster'), MISSING, 'checks of a cluster (cluster)'),
    ],
)
def test_what_names_no_cluster(args: tuple[str, ...], error: type[Exception], text: str) -> None:
    refused = refusal(*args)
    assert isinstance(refused, error) and text in str(refused) and refused.recommendations


def test_checks_of_clusters_can_be_selected() -> None:
    assert validated(*REGISTRY, '--cluster', 'a', '--only', 'cluster').only == ('cluster',)
    assert validated(*REGISTRY, '--skip', 'cluster').skip == ('cluster',)
