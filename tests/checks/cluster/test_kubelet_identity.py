# --------------------------------------------------------------------------------------------
# Copyright (c) the acrhealth authors. Licensed under the MIT License.
# See LICENSE in the project root.
# --------------------------------------------------------------------------------------------
"""The check of the identity by which nodes pull."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrhealth.checks.cluster.cluster_resource import ClusterResource
from azext_acrhealth.checks.cluster.kubelet_identity import kubelet_identity
from azext_acrhealth.probes.azure.resources import ArmResult
from tests.checks.cluster.fixtures import (
    AKS,
    CLIENT,
    IDENTITY_ID,
    KUBELET,
    NODES,
    OPTIONS,
    SUBSCRIPTION,
    TARGET,
    cluster_resource,
    failure,
    identity_resource,
    listed,
    pool,
    scale_set,
)
from tests.checks.fake_probes import ACCOUNT, USER_CLAIMS, FakeProbes
from tests.checks.table import Row, run, shown, verify

SCALE_SETS, MACHINES = (
    f'providers/Microsoft.Compute/{kind}' for kind in ('virtualMachineScaleSets', 'virtualMachines')
)
ARGUMENTS = f'--resource-group rg-aks --name aks1 --subscription {SUBSCRIPTION}'
OWN_ID = IDENTITY_ID.replace('MC_rg-aks_aks1_eastus', 'rg-identities')
OWN = {'kubeletidentity': {'resourceId': OWN_ID, 'clientId': CLIENT, 'objectId': KUBELET}}
FORBIDDEN = failure('Forbidden', '(AuthorizationFailed) no', 403)._replace(claims=USER_CLAIMS)
SETS = listed(scale_set())


def row(
    name: str,
    status: str,
    problem: str = '',
    identity: ArmResult | None = None,
    nodes: ArmResult = SETS,
    machines: ArmResult | None = None,
    properties: Any = (),
    **more: Any,
) -> Row:
    """Return a row for a cluster, its identity's resource, and its nodes.

    Without `machines`, they must not be listed.
    """
    identity = identity or identity_resource()
    lists = {SCALE_SETS: nodes, **({MACHINES: machines} if machines else {})}
    probes = FakeProbes(resources={IDENTITY_ID: identity, OWN_ID: identity}, lists=lists)
    return Row(
        name,
        kubelet_identity,
        status,
        problem and (problem if ' ' in problem else f'KUBELET_IDENTITY_ERROR {problem}'),
        **{
            'probes': probes,
            'needs': (cluster_resource(**dict(properties)),),
            'options': OPTIONS,
            'target': TARGET,
            **more,
        },
    )


TABLE = (
    row(
        'there and assigned',
        'Passed',
        detail='aks1-agentpool exists and is assigned to 1 scale set',
        facts={
            'identityId': IDENTITY_ID,
            'objectId': KUBELET,
            'clientId': CLIENT,
            'nodeCount': 1,
            'nodes': [
                {
                    'name': 'aks-nodepool1-12345670-vmss',
                    'nodePool': 'nodepool1',
                    'hasIdentity': True,
                }
            ],
        },
    ),
    row(
        'several scale sets, more than were read',
        'Passed',
        nodes=listed(scale_set(), scale_set('two', number=1), more=True),
        detail='is assigned to the first 2 scale sets',
    ),
    row(
        'machines, too',
        'Passed',
        machines=listed(scale_set(None), scale_set(None)),
        properties={'agentPoolProfiles': [pool(), pool('vms', type='VirtualMachines')]},
        detail='is assigned to 1 scale set and 2 virtual machines',
    ),
    row(
        'machines of automatic provisioning',
        'Passed',
        nodes=listed(),
        machines=listed(scale_set(None)),
        properties={'nodeProvisioningProfile': {'mode': 'Auto'}},
        detail='is assigned to 1 virtual machine',
    ),
    row(
        'an identity of the customer',
        'Passed',
        nodes=listed(scale_set(identity=OWN_ID)),
        properties={'identityProfile': OWN},
    ),
    row(
        'deleted',
        'Failed',
        'IdentityDeleted',
        failure('NotFound', '(ResourceNotFound) gone', 404),
        detail="aks1-agentpool doesn't exist",
        solution=f'az aks update {ARGUMENTS}`',
        facts={'status': 404, 'objectId': KUBELET},
    ),
    row(
        'an identity of the customer that is deleted',
        'Failed',
        'IdentityDeleted',
        failure('NotFound', '(ResourceNotFound) gone', 404),
        properties={'identityProfile': OWN},
        solution='--assign-kubelet-identity NEW_IDENTITY',
    ),
    row(
        'made again',
        'Failed',
        'IdentityReplaced',
        identity_resource(CLIENT),
        detail=f'aks1-agentpool has another object ID than the cluster reports, {KUBELET}',
        solution='az aks update',
    ),
    row(
        'not assigned',
        'Failed',
        'IdentityNotAttached',
        nodes=listed(scale_set(), scale_set('two', None), scale_set('three', OWN_ID)),
        detail='aks1-agentpool is not assigned to aks-two-12345670-vmss (node pool two) and 1 more',
        solution='--name two --node-image-only',
        facts={'nodeCount': 3},
    ),
    row(
        'not assigned to a machine without a pool',
        'Failed',
        'IdentityNotAttached',
        machines=listed({}, 7),
        properties={'nodeProvisioningProfile': {'mode': 'Auto'}},
        detail='is not assigned to unnamed and 1 more',
        unfilled_placeholders=['node_pool'],
    ),
    row(
        'not assigned, and unread',
        'Failed',
        'IdentityNotAttached',
        FORBIDDEN,
        nodes=listed(scale_set(identity=None)),
    ),
    row(
        'no nodes',
        'Warning',
        'NodesNotFound',
        nodes=listed(),
        detail='aks1-agentpool exists, but no node is found that has it',
        solution='az aks show',
    ),
    row(
        'a service principal',
        'Warning',
        'ServicePrincipal',
        properties={'servicePrincipalProfile': {'clientId': CLIENT}},
        detail=f'the nodes pull as service principal {CLIENT}, which is not verified',
        facts={'clientId': CLIENT},
        solution=f'az ad sp show --id {CLIENT}',
    ),
    row(
        'nothing reported',
        'Warning',
        'IdentityNotReported',
        properties={'identityProfile': None},
        solution='identityProfile.kubeletidentity',
    ),
    row(
        'an identity that is forbidden',
        'Warning',
        'ARM_READ_ERROR KubeletIdentityForbidden',
        FORBIDDEN,
        detail='Microsoft.ManagedIdentity/userAssignedIdentities/read is required: (Auth',
        solution=f'--assignee-object-id {ACCOUNT} --assignee-principal-type User --role Reader '
        f'--scope {IDENTITY_ID}',
        facts={'requiredPermission': 'Microsoft.ManagedIdentity/userAssignedIdentities/read'},
    ),
    row(
        'an identity that is not returned',
        'Warning',
        'ARM_READ_ERROR KubeletIdentityUnavailable',
        failure('Unavailable', 'timed out'),
        detail='timed out',
    ),
    row(
        'an identity without a principal',
        'Warning',
        'ARM_READ_ERROR KubeletIdentityUnavailable',
        identity_resource(None),
        detail='aks1-agentpool has no principal ID',
    ),
    row(
        'scale sets that are forbidden',
        'Warning',
        'ARM_READ_ERROR NodesForbidden',
        nodes=FORBIDDEN,
        detail='Microsoft.Compute/virtualMachineScaleSets/read is required',
        solution=f'--role Reader --scope {NODES}',
    ),
    row(
        'machines that are forbidden',
        'Warning',
        'ARM_READ_ERROR NodesForbidden',
        machines=FORBIDDEN,
        properties={'agentPoolProfiles': [pool(type='AvailabilitySet')]},
        detail='Microsoft.Compute/virtualMachines/read is required',
    ),
    row(
        'scale sets that are not returned',
        'Warning',
        'ARM_READ_ERROR NodesUnavailable',
        nodes=failure('Unavailable', 'throttled'),
        detail='throttled',
    ),
    *(
        row(
            f'a node resource group {name!r}',
            'Warning',
            'ARM_READ_ERROR NodesUnavailable',
            properties={'nodeResourceGroup': name},
            detail='the cluster has no node resource group',
        )
        for name in (None, '../x')
    ),
)


@pytest.mark.parametrize('case', TABLE, ids=str)
def test_row(case: Row) -> None:
    verify(case)


KEYS = ['properties', 'identityProfile', 'kubeletidentity', 'resourceId', 'objectId', 'identity']
KEYS += ['nodeResourceGroup', 'agentPoolProfiles', 'name', 'tags', 'userAssignedIdentities']
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([KUBELET, IDENTITY_ID, 'x']),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON), JSON, JSON)
def test_any_json_makes_a_row(properties: Any, identity: Any, nodes: Any) -> None:
    resource = ClusterResource(AKS, {'properties': properties})
    for needed in (resource, cluster_resource()):
        case = row(
            'any JSON',
            '',
            identity=ArmResult({'properties': identity}),
            nodes=ArmResult({'value': nodes}),
            machines=ArmResult({'value': nodes}),
            needs=(needed,),
        )
        entry = shown(kubelet_identity, run(case), TARGET)
        assert entry['status'] in ('Passed', 'Warning', 'Failed')
