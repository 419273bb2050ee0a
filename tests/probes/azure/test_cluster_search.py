# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Clusters found by Resource Graph, which is a local TLS server here."""

from __future__ import annotations

import json

import pytest

from azext_acrhealth.options import Cluster
from azext_acrhealth.probes.azure.arm_client import ArmClient
from azext_acrhealth.probes.azure.cli import Cli
from azext_acrhealth.probes.azure.cluster_search import find_clusters, query
from azext_acrhealth.probes.azure.credentials import CliLogin
from tests.probes import servers
from tests.probes.azure_cli import OTHER_SUBSCRIPTION, TENANT
from tests.probes.clock import soon

UNLISTED = '00000000-0000-0000-0000-00000000dead'
TYPE = 'Microsoft.ContainerService/managedClusters'
AKS = Cluster('aks1')


def identifier(subscription):
    # AKS spells its IDs like this.
    return f'/subscriptions/{subscription}/resourcegroups/rg-aks/providers/{TYPE}/aks1'


def page(*records, status='200 OK'):
    body = json.dumps({'data': list(records)}).encode()
    return servers.http(body, status, 'Content-Type: application/json')


@pytest.mark.parametrize(
    'cluster, filters',
    [
        (AKS, ["where name =~ 'aks1'"]),
        (
            Cluster('a_k-s', 'My.Group'),
            ["where name =~ 'a_k-s'", "where resourceGroup =~ 'My.Group'"],
        ),
    ],
)
def test_the_query(cluster, filters):
    assert query(cluster).split(' | ') == [
        'resources',
        "where type =~ 'microsoft.containerservice/managedclusters'",
        *filters,
        'project id',
        'order by id asc',
    ]


def test_what_is_found(arm):
    records = ({'id': identifier(OTHER_SUBSCRIPTION)}, {'id': 7}, {}, {'id': identifier(UNLISTED)})
    client, server, login = arm(servers.answering(page(*records)))
    search = find_clusters(client, login, AKS, soon())
    assert search.found == (
        Cluster('aks1', 'rg-aks', OTHER_SUBSCRIPTION),
        Cluster('aks1', 'rg-aks', UNLISTED),
    )
    assert (search.last.status, search.last.failure, len(server.heard)) == (200, None, 1)
    assert 'subscriptions' not in json.loads(server.heard[0].partition(b'\r\n\r\n')[2])


def test_a_subscription_that_the_cli_does_not_list(arm, monkeypatch):
    client, _, login = arm(servers.answering(page({'id': identifier(UNLISTED)})))
    monkeypatch.setattr(
        'azext_acrhealth.probes.azure.resources.claims', lambda token: {'tid': TENANT}
    )
    find_clusters(client, login, AKS, soon())
    assert login.token('x', soon(), UNLISTED).tenant == TENANT


def test_a_failure(arm):
    body = b'{"error":{"code":"Forbidden","message":"no"}}'
    refusal = servers.http(body, '403 Forbidden', 'Content-Type: application/json')
    client, _, login = arm(servers.answering(refusal))
    search = find_clusters(client, login, AKS, soon())
    assert search.found == () and search.last.failure.kind == 'Forbidden'


def test_not_logged_in(azure):
    cli = Cli(azure.cli())
    login = CliLogin(cli)
    search = find_clusters(ArmClient(cli, login), login, AKS, soon())
    assert search.last.failure.kind == 'NotLoggedIn'
