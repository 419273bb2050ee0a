# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""Whether the identity by which the nodes of a cluster pull exists, and whether they have it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.runs import Run, check
from tests.sandbox.control.sandbox import Sandbox
from tests.sandbox.services import cloud

ROW = 'kubelet-identity'
CODE = 'KUBELET_IDENTITY_ERROR'
ARGUMENTS = f'--resource-group rg-aks --name aks1 --subscription {cloud.SUBSCRIPTION}'


def check_identity(sandbox: Sandbox, cluster: str = 'aks1') -> Run:
    """Check what the nodes of a cluster pull as."""
    return check(sandbox, '-n', 'contoso', '--cluster', cluster, '--only', ROW)


def scale_sets(sandbox: Sandbox) -> list[str]:
    """Return the IDs of all scale sets."""
    return [entry for entry in sandbox.call('GET', 'resources') if 'scalesets' in entry]


def test_an_identity_that_the_nodes_have(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster(pools=[{'name': 'one'}, {'name': 'two'}])
    run = check_identity(sandbox, made['id'])
    row = run.has(ROW, 'Passed')
    assert row['detail'] == 'aks1-agentpool exists and is assigned to 2 scale sets'
    assert row['facts']['objectId'] == made['objectId']
    assert [node['nodePool'] for node in row['facts']['nodes']] == ['one', 'two']
    stages = ('arm-cluster', 'arm-identity', 'arm-scale-sets')
    assert [len(sandbox.requests(stage)) for stage in stages] == [1, 1, 1]
    assert run.report['registries'][0]['clusters'][0]['canPull'] == 'unknown'


def test_a_deleted_identity(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.delete_resource(made['identity'])
    run = check_identity(sandbox)
    row = run.has(ROW, 'Failed', CODE, 'IdentityDeleted')
    assert row['detail'] == "aks1-agentpool doesn't exist"
    assert f'`az aks update {ARGUMENTS}`' in row['solutions'][0]
    assert run.report['registries'][0]['clusters'][0]['canPull'] == 'no'


def test_an_identity_that_was_made_again(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    principal = cloud.guid('made again')
    sandbox.patch_resource(made['identity'], {'properties': {'principalId': principal}})
    row = check_identity(sandbox).has(ROW, 'Failed', CODE, 'IdentityReplaced')
    assert made['objectId'] in row['detail']


def test_a_pool_without_the_identity(sandbox: Sandbox) -> None:
    sandbox.put_cluster(pools=[{'name': 'one'}, {'name': 'two'}])
    patch: dict[str, Any] = {'identity': {'type': 'None', 'userAssignedIdentities': None}}
    sandbox.patch_resource(scale_sets(sandbox)[1], patch)
    row = check_identity(sandbox).has(ROW, 'Failed', CODE, 'IdentityNotAttached')
    assert 'aks-two-12345671-vmss (node pool two)' in row['detail']
    assert any('az aks nodepool upgrade' in text for text in row['solutions'])


def test_a_service_principal(sandbox: Sandbox) -> None:
    sandbox.put_cluster(service_principal=cloud.APP)
    row = check_identity(sandbox).has(ROW, 'Warning', CODE, 'ServicePrincipal')
    assert f'service principal {cloud.APP}' in row['detail']
    assert f'az ad sp show --id {cloud.APP}' in row['solutions'][0]


def test_no_nodes(sandbox: Sandbox) -> None:
    sandbox.put_cluster()
    sandbox.delete_resource(scale_sets(sandbox)[0])
    check_identity(sandbox).has(ROW, 'Warning', CODE, 'NodesNotFound')


@pytest.mark.parametrize(
    'action, reason',
    [
        ('Microsoft.ManagedIdentity/userAssignedIdentities/read', 'KubeletIdentityForbidden'),
        ('Microsoft.Compute/virtualMachineScaleSets/read', 'NodesForbidden'),
    ],
)
def test_a_missing_permission_is_a_warning_with_the_action(
    sandbox: Sandbox, action: str, reason: str
) -> None:
    sandbox.put_cluster()
    sandbox.update_settings(deniedActions=[action])
    run = check_identity(sandbox)
    row = run.has(ROW, 'Warning', 'ARM_READ_ERROR', reason)
    assert row['facts']['requiredPermission'] == action and action in row['detail']
    assert '--role Reader --scope /subscriptions/' in row['solutions'][0]
    assert run.finished.code == 0


@pytest.mark.parametrize(
    'stage, reason',
    [('arm-identity', 'KubeletIdentityUnavailable'), ('arm-scale-sets', 'NodesUnavailable')],
)
def test_what_arm_does_not_return(sandbox: Sandbox, stage: str, reason: str) -> None:
    sandbox.put_cluster()
    sandbox.set_fault(stage, 'status:503')
    check_identity(sandbox).has(ROW, 'Warning', 'ARM_READ_ERROR', reason)


def test_a_stopped_cluster_has_its_identity_checked(sandbox: Sandbox) -> None:
    made = sandbox.put_cluster()
    sandbox.patch_resource(made['id'], {'properties': {'powerState': {'code': 'Stopped'}}})
    run = check_identity(sandbox)
    run.has('cluster', 'Failed', 'CLUSTER_ERROR', 'ClusterStopped')
    run.has(ROW, 'Passed')
