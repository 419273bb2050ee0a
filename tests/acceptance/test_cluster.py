# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The options of clusters, and whether a cluster is found and runs."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from tests.acceptance.runs import Run, assert_clean, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

READ = 'Microsoft.ContainerService/managedClusters/read'
OTHER_GROUP = 'rg-aks2'


def put_cluster(sandbox: Sandbox, *arguments: str, **more: Any) -> dict[str, str]:
    """Put a cluster whose nodes have roles that allow pulls from every registry."""
    made = sandbox.put_cluster(*arguments, **more)
    for role in ('AcrPull', 'Container Registry Repository Reader'):
        sandbox.assign_role(made['objectId'], role, f'/subscriptions/{cloud.SUBSCRIPTION}')
    return made


def check_cluster(sandbox: Sandbox, *arguments: str, cluster: str = 'aks1', **more: Any) -> Run:
    """Check a cluster alone."""
    return check(
        sandbox, '-n', 'contoso', '--cluster', cluster, '--only', 'cluster', *arguments, **more
    )


def verdicts(run: Run) -> list[dict[str, Any]]:
    """Return the verdicts on clusters of the only registry."""
    (registry,) = run.report['registries']
    return list(registry['clusters'])


@pytest.mark.parametrize('by', ['name', 'group', 'id'])
def test_a_cluster_is_found(sandbox: Sandbox, by: str) -> None:
    made = put_cluster(sandbox)
    arguments = ('--cluster-group', 'RG-aks') if by == 'group' else ()
    run = check_cluster(sandbox, *arguments, cluster=made['id'] if by == 'id' else 'AKS1')
    row = run.has('cluster', 'Passed')
    assert 'is running in eastus, Kubernetes 1.33.5, 1 node pool' in row['detail']
    assert row['facts']['clusterId'].lower() == made['id'].lower()
    assert (row['registry'], row['cluster']) == ('contoso', 'aks1' if by == 'id' else 'AKS1')
    assert [entry['canPull'] for entry in verdicts(run)] == ['unknown']
    assert verdicts(run)[0]['id'].lower() == made['id'].lower()
    assert len(sandbox.requests('arm-cluster')) == 1
    zones = 1  # the query of `cluster-dns`
    assert len(sandbox.requests('arm-graph')) == zones + (0 if by == 'id' else 1)


def test_the_registry_s_own_checks_run_too(sandbox: Sandbox) -> None:
    put_cluster(sandbox)
    run = check(sandbox, '--image', 'contoso.azurecr.test/hello:v1', '--cluster', 'aks1')
    assert run.row('blob')['cluster'] is None and run.report['registries'][0]['canPull'] == 'yes'
    assert run.has('cluster', 'Passed')['cluster'] == 'aks1'
    assert 'cluster' not in {
        row['category'] for row in check(sandbox, '-n', 'contoso').report['checks']
    }


@pytest.mark.parametrize(
    'patch, status, code, reason, shown, solution',
    [
        (
            {'powerState': {'code': 'Stopped'}},
            *('Failed', 'CLUSTER_ERROR', 'ClusterStopped', 'aks1 is stopped'),
            f'az aks start --resource-group rg-aks --name aks1 --subscription {cloud.SUBSCRIPTION}',
        ),
        (
            {'provisioningState': 'Deleting'},
            *('Failed', 'CLUSTER_ERROR', 'ClusterBeingDeleted', 'is being deleted', 'az aks list'),
        ),
        (
            {'provisioningState': 'Starting'},
            *('Warning', 'CLUSTER_ERROR', 'ClusterNotReady', 'Starting', 'az aks show'),
        ),
        (
            {'provisioningState': 'Failed'},
            *('Warning', 'CLUSTER_ERROR', 'ClusterOperationFailed', 'Failed', 'az aks update'),
        ),
    ],
)
def test_states(
    sandbox: Sandbox,
    patch: Any,
    status: str,
    code: str,
    reason: str,
    shown: str,
    solution: str,
) -> None:
    made = put_cluster(sandbox)
    sandbox.patch_resource(made['id'], {'properties': patch})
    run = check_cluster(sandbox)
    row = run.has('cluster', status, code, reason)
    assert shown in row['detail'] and any(solution in text for text in row['solutions'])
    assert verdicts(run)[0]['canPull'] == ('no' if status == 'Failed' else 'unknown')
    assert run.report['registries'][0]['healthy'], 'the verdicts on the registry are its own'


def test_a_deleted_cluster(sandbox: Sandbox) -> None:
    made = put_cluster(sandbox)
    put_cluster(sandbox, 'aks2')
    sandbox.delete_resource(made['id'])
    run = check_cluster(sandbox, cluster=made['id'])
    row = run.has('cluster', 'Failed', 'CLUSTER_ERROR', 'ClusterNotFound')
    assert row['detail'].startswith('(ResourceNotFound)') and row['facts']['status'] == 404


@pytest.mark.parametrize('group', [None, OTHER_GROUP])
def test_a_name_that_is_not_found(sandbox: Sandbox, group: Optional[str]) -> None:
    put_cluster(sandbox)
    arguments = ('--cluster-group', group) if group else ()
    cluster = 'aks1' if group else 'aks9'
    row = check_cluster(sandbox, *arguments, cluster=cluster).has(
        'cluster', 'Warning', 'CLUSTER_ERROR', 'ClusterNotListed'
    )
    assert f'no cluster {cluster}' in row['detail'] and (group or '') in row['detail']
    assert sandbox.requests('arm-cluster') == []


def test_a_name_of_several_clusters(sandbox: Sandbox) -> None:
    made = [put_cluster(sandbox), put_cluster(sandbox, group=OTHER_GROUP)]
    row = check_cluster(sandbox).has('cluster', 'Warning', 'CLUSTER_ERROR', 'ClusterNameAmbiguous')
    assert [entry.lower() for entry in row['facts']['clusters']] == [
        entry['id'].lower() for entry in made
    ]
    check_cluster(sandbox, '--cluster-group', OTHER_GROUP).has('cluster', 'Passed')
    run = check_cluster(sandbox, '--cluster', made[1]['id'], cluster=made[0]['id'])
    names = [entry['name'].lower() for entry in verdicts(run)]
    assert names == [entry['id'].lower() for entry in made], 'the ID tells them apart'


def test_a_missing_permission_is_a_warning_with_the_action(sandbox: Sandbox) -> None:
    made = put_cluster(sandbox)
    sandbox.update_settings(deniedActions=[READ])
    row = check_cluster(sandbox).has('cluster', 'Warning', 'ARM_READ_ERROR', 'ClusterForbidden')
    assert row['facts']['requiredPermission'] == READ and READ in row['detail']
    assert f'--role Reader --scope {row["facts"].get("clusterId", "")}' in row['solutions'][0]
    assert made['id'].split('/')[-1] in row['solutions'][0]


@pytest.mark.parametrize(
    'stage, spec, kind',
    [
        ('arm-graph', 'status:503', 'name'),
        ('arm-cluster', 'status:500', 'id'),
        ('arm-cluster', 'status:429', 'id'),
        ('arm-cluster', 'notjson', 'id'),
    ],
)
def test_what_arm_does_not_return(sandbox: Sandbox, stage: str, spec: str, kind: str) -> None:
    made = put_cluster(sandbox)
    sandbox.set_fault(stage, spec)
    run = check_cluster(sandbox, cluster=made['id'] if kind == 'id' else 'aks1')
    run.has('cluster', 'Warning', 'ARM_READ_ERROR', 'ClusterUnavailable')


def test_without_a_sign_in(sandbox: Sandbox) -> None:
    put_cluster(sandbox)
    run = check_cluster(sandbox, login=False)
    row = run.has('cluster', 'Warning', 'CLUSTER_ERROR', 'NotSignedIn')
    assert 'az login' in row['solutions'][0]


def test_several_registries_and_clusters(sandbox: Sandbox) -> None:
    made = [put_cluster(sandbox), put_cluster(sandbox, 'aks2')]
    sandbox.patch_resource(made[1]['id'], {'properties': {'powerState': {'code': 'Stopped'}}})
    run = check(
        sandbox,
        *('-n', 'contoso', 'fabrikam', '--cluster', 'aks1', '--cluster', 'aks2'),
        *('--only', 'cluster'),
    )
    rows = [row for row in run.report['checks'] if row['check'] == 'cluster']
    assert [(row['registry'], row['cluster'], row['status']) for row in rows] == [
        ('contoso', 'aks1', 'Passed'),
        ('contoso', 'aks2', 'Failed'),
        ('fabrikam', 'aks1', 'Passed'),
        ('fabrikam', 'aks2', 'Failed'),
    ]
    assert len(sandbox.requests('arm-cluster')) == 2
    assert len(sandbox.requests('arm-graph')) == 3, 'both names, and the zones once'
    assert 'cluster of contoso and aks2 (CLUSTER_ERROR, ClusterStopped)' in run.finished.stderr


@pytest.mark.parametrize('registries', [('contoso',), ('contoso', 'fabrikam')])
def test_the_table_shows_the_cluster(sandbox: Sandbox, registries: tuple[str, ...]) -> None:
    put_cluster(sandbox)
    finished = sandbox.az(
        *('acrhealth', 'check', '-n', *registries, '--cluster', 'aks1'),
        *('--skip', 'environment', '-o', 'table'),
    )
    assert_clean(sandbox, finished)
    lines = finished.stdout.splitlines()
    heading = 'Cluster' if len(registries) == 1 else 'Pull by clusters'
    assert heading in lines[0]
    if len(registries) == 1:
        assert any(line.split()[:3] == ['cluster', 'aks1', 'Passed'] for line in lines)


def test_a_cluster_that_starts_is_waited_for(sandbox: Sandbox) -> None:
    put_cluster(sandbox)
    sandbox.set_fault('arm-cluster', 'status:503', times=2)
    finished = sandbox.az(
        *('acrhealth', 'check', '-n', 'contoso', '--cluster', 'aks1', '--only', 'cluster'),
        *('--strict', '--wait', '60', '-o', 'json'),
    )
    assert finished.code == 0 and finished.json['wait']['attempts'] == 3, finished.stderr
    assert 'waiting for cluster (ARM_READ_ERROR, ClusterUnavailable)' in finished.stderr


def test_a_cluster_that_does_not_respond_ends_in_time(sandbox: Sandbox) -> None:
    made = put_cluster(sandbox)
    sandbox.set_fault('arm-cluster', 'hang')
    run = check_cluster(sandbox, '--timeout', '3', cluster=made['id'])
    assert run.row('cluster')['reason'] == 'ClusterUnavailable'
    assert run.finished.seconds < 15


@pytest.mark.parametrize(
    'arguments, text',
    [
        (('--cluster', 'aks1'), '--cluster requires a registry'),
        (('-n', 'contoso', '--cluster', 'a b'), "'a b' isn't the name of an AKS cluster"),
        (('-n', 'contoso', '--cluster-group', 'g'), '--cluster-group requires --cluster'),
        (('-n', 'contoso', '--only', 'cluster'), 'no cluster is specified'),
    ],
)
def test_what_is_rejected(sandbox: Sandbox, arguments: tuple[str, ...], text: str) -> None:
    finished = sandbox.az('acrhealth', 'check', *arguments)
    assert (finished.code, finished.stdout) == (1, '') and text in finished.stderr
    assert sandbox.requests() == []
